#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "config_reader.h"
#include "finding.h"
#include "nearest.h"
#include "options.h"
#include "quoted.h"

#define MAX_LIST_ITEMS 10000

/* The keys of one mapping of picdesk.yml: what stands behind `prefix` in the table's keys. */
struct section {
	const char *prefix; /* "", "fetch." */
	const char *root;   /* of the site, for `content` */
	const char *path;   /* of the file */
	const char *names[OPTION_MAX];
	const struct option *options[OPTION_MAX]; /* NULL: a section of its own */
	size_t count;
};

static const char *const section_names[] = {"fetch", "check", "cache"};

static void collect_keys(struct section *section)
{
	size_t prefix_bytes = strlen(section->prefix);

	for (size_t i = 0; i < option_count; i++) {
		const char *key = option_table[i].key;

		if (!key || strncmp(key, section->prefix, prefix_bytes) ||
		    strchr(key + prefix_bytes, '.'))
			continue;
		section->names[section->count] = key + prefix_bytes;
		section->options[section->count++] = &option_table[i];
	}
	for (size_t i = 0; !prefix_bytes && i < ARRAY_LENGTH(section_names); i++)
		section->names[section->count++] = section_names[i];
}

/* A path relative to picdesk.yml as one relative to the current folder. */
static char *path_from_file(const struct section *section, const char *text)
{
	const char *slash = strrchr(section->path, '/');
	size_t folder_bytes = slash ? (size_t)(slash - section->path) + 1 : 0;

	return alloc_printf("%.*s%s", (int)folder_bytes, section->path, text);
}

/* A value as a flag or a variable would give it. */
static void read_scalar(struct config_reader *reader, const struct section *section,
			const struct option *option, const struct data_node *node)
{
	CLEANUP(cleanup_free) char *path = NULL;
	struct fault fault = {0};
	const char *text;

	if (!config_text(reader, node, option->key, &text))
		return;
	if (option->kind == OPTION_FILE && *text != '/')
		text = path = path_from_file(section, text);
	if (option_set(option, text, SOURCE_FILE, config_line(reader, node->offset),
		       reader->settings, &fault))
		config_error(reader, node->offset, "%s: %s", option->key, fault.text);
	else if (option->kind == OPTION_FILE && !reader->settings->asks_no_one &&
		 reader->settings->origins[option->setting].source == SOURCE_FILE &&
		 access(text, R_OK))
		config_error(reader, node->offset, "%s: %s cannot be read: %s", option->key,
			     quoted(text).text, strerror(errno));
}

/* Walks "a/b/../c" on from `path`, which is absolute and normal; stays below "/". */
static void walk_on(struct buf *path, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "/");

		if (length == 2 && !memcmp(text, "..", 2)) {
			while (path->length_bytes && path->data[path->length_bytes - 1] != '/')
				path->data[--path->length_bytes] = '\0';
			if (path->length_bytes)
				path->data[--path->length_bytes] = '\0';
		} else if (length && !(length == 1 && *text == '.')) {
			buf_append_char(path, '/');
			buf_append(path, text, length);
		}
		text += length;
		text += strspn(text, "/");
	}
}

/* Where picdesk.yml stands; what a symbolic link of that name leads to may stand anywhere. */
static char *folder_of_file(const struct section *section)
{
	CLEANUP(cleanup_free) char *folder = path_from_file(section, ".");

	return realpath(folder, NULL);
}

/* A path relative to picdesk.yml as one relative to the root; NULL when it lies outside. */
static char *path_from_root(const struct section *section, const char *text)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(4 * PATH_MAX);
	CLEANUP(cleanup_free) char *folder = folder_of_file(section);
	CLEANUP(cleanup_free) char *root = realpath(section->root, NULL);
	size_t root_bytes;

	if (!folder || !root || *text == '/')
		return NULL;
	buf_append_string(&path, strcmp(folder, "/") ? folder : "");
	walk_on(&path, text);
	root_bytes = strcmp(root, "/") ? strlen(root) : 0;
	if (path.overflowed || strncmp(buf_string(&path), root, root_bytes))
		return NULL;
	if (path.length_bytes == root_bytes)
		return alloc_string(".");
	return path.data[root_bytes] == '/' ? alloc_string(path.data + root_bytes + 1) : NULL;
}

static void read_item(struct config_reader *reader, const struct section *section,
		      const struct option *option, const struct data_node *node)
{
	CLEANUP(cleanup_free) char *path = NULL;
	struct fault fault = {0};
	const char *text;

	if (node->kind != DATA_SCALAR) {
		config_error(reader, node->offset, "each item of %s must be one value",
			     option->key);
		return;
	}
	if (!config_text(reader, node, option->key, &text))
		return;
	if (option->kind == OPTION_PATHS) {
		path = path_from_root(section, text);
		if (!path) {
			config_error(
				reader, node->offset,
				"%s: %s; it takes a path inside the site, relative to this file",
				option->key, quoted(text).text);
			return;
		}
	}
	if (option_set(option, path ? path : text, SOURCE_FILE, config_line(reader, node->offset),
		       reader->settings, &fault))
		config_error(reader, node->offset, "%s: %s", option->key, fault.text);
}

/* [a, b], or one value for a list of one. */
static void read_list(struct config_reader *reader, const struct section *section,
		      const struct option *option, const struct data_node *node)
{
	if (node->kind == DATA_SCALAR) {
		read_item(reader, section, option, node);
		return;
	}
	if (!config_expect(reader, node, DATA_SEQUENCE, option->key))
		return;
	if (node->count > MAX_LIST_ITEMS) {
		config_error(reader, node->offset, "%s has more than %d items", option->key,
			     MAX_LIST_ITEMS);
		return;
	}
	if (!node->count && option->kind == OPTION_PATHS)
		config_error(reader, node->offset,
			     "%s is empty; leave it out to scan the whole site", option->key);
	if (!node->count && settings_claim(reader->settings, option->setting, SOURCE_FILE,
					   config_line(reader, node->offset)))
		string_list_clear(option_field(option, reader->settings));
	for (size_t i = 0; i < node->count; i++)
		read_item(reader, section, option, node->items[i]);
}

static void read_headers(struct config_reader *reader, const struct option *option,
			 const struct data_node *node)
{
	CLEANUP(string_list_release) struct string_list headers = {0};
	struct string_list *field = option_field(option, reader->settings), spare;

	config_headers(reader, node, option->key, &headers);
	if (!settings_claim(reader->settings, option->setting, SOURCE_FILE,
			    config_line(reader, node->offset)))
		return;
	spare = *field;
	*field = headers;
	headers = spare;
}

static void read_private(struct config_reader *reader, const struct section *section,
			 const struct option *option, const struct data_node *node)
{
	if (node->kind == DATA_SEQUENCE && node->count)
		read_list(reader, section, option, node);
	else
		read_scalar(reader, section, option, node);
}

static void read_severity(struct config_reader *reader, const struct data_node *key,
			  const struct data_node *node, void *context)
{
	struct settings *settings = reader->settings;
	const char *names[FINDING_COUNT], *nearest, *text;
	enum finding_code code;
	enum severity severity;

	(void)context;
	if (config_is_null(node))
		return;
	for (int i = 0; i < FINDING_COUNT; i++)
		names[i] = finding_code_name((enum finding_code)i);
	if (!finding_code_parse(key->text.data, &code)) {
		nearest = nearest_word(key->text.data, names, FINDING_COUNT);
		config_error(reader, key->offset, "check.severity: unknown finding %s%s%s%s",
			     quoted(key->text.data).text, nearest ? "; did you mean " : "",
			     nearest ? nearest : "", nearest ? "?" : "");
		return;
	}
	if (!config_text(reader, node, "check.severity", &text))
		return;
	if (!severity_parse(text, &severity)) {
		config_error(
			reader, node->offset,
			"check.severity.%s: %s; it takes off, info, warning, blocked or broken",
			finding_code_name(code), quoted(text).text);
		return;
	}
	settings->severities = alloc_resized(settings->severities, settings->n_severities + 1,
					     sizeof *settings->severities);
	settings->severities[settings->n_severities++] = (struct severity_override){
		alloc_string(finding_code_name(code)), alloc_string(severity_name(severity))};
}

static void read_option(struct config_reader *reader, const struct section *section,
			const struct option *option, const struct data_node *node)
{
	unsigned line = config_line(reader, node->offset);

	switch (option->kind) {
	case OPTION_PATTERNS:
	case OPTION_LIST:
	case OPTION_PATHS:
		read_list(reader, section, option, node);
		return;
	case OPTION_HEADERS:
		read_headers(reader, option, node);
		return;
	case OPTION_PRIVATE:
		read_private(reader, section, option, node);
		return;
	case OPTION_SPECS:
		settings_claim(reader->settings, option->setting, SOURCE_FILE, line);
		config_thumbs(reader, node);
		return;
	case OPTION_HOSTS:
		settings_claim(reader->settings, option->setting, SOURCE_FILE, line);
		config_hosts(reader, node);
		return;
	case OPTION_SEVERITY:
		settings_claim(reader->settings, option->setting, SOURCE_FILE, line);
		if (config_expect(reader, node, DATA_MAPPING, option->key))
			config_each_any(reader, node, option->key, OPTION_MAX, read_severity, NULL);
		return;
	default:
		read_scalar(reader, section, option, node);
	}
}

static size_t offset_of(const struct data_node *mapping, const char *key)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (!strcmp(mapping->keys[i]->text.data, key))
			return mapping->items[i]->offset;
	return mapping->offset;
}

/* Where another source gave one of them, options_check() has the word. */
static void check_ages(struct config_reader *reader, const struct data_node *cache)
{
	const struct settings *settings = reader->settings;

	if (settings->origins[SETTING_MIN_AGE].source == SOURCE_FILE &&
	    settings->origins[SETTING_MAX_AGE].source == SOURCE_FILE &&
	    settings->min_age_ms > settings->max_age_ms)
		config_error(reader, offset_of(cache, "min_age"),
			     "cache.min_age is larger than cache.max_age");
}

static void use_key(struct config_reader *reader, size_t index, const struct data_node *node,
		    void *context)
{
	const struct section *section = context;
	struct section inner = {.root = section->root, .path = section->path};
	CLEANUP(cleanup_free) char *prefix = NULL;

	if (section->options[index]) {
		read_option(reader, section, section->options[index], node);
		return;
	}
	if (!config_expect(reader, node, DATA_MAPPING, section->names[index]))
		return;
	prefix = alloc_printf("%s.", section->names[index]);
	inner.prefix = prefix;
	collect_keys(&inner);
	config_each(reader, node, prefix, inner.names, inner.count, use_key, &inner);
	if (!strcmp(section->names[index], "cache"))
		check_ages(reader, node);
}

static void read_tree(struct config_reader *reader, const struct data_tree *tree, const char *path,
		      const char *root)
{
	struct section section = {.prefix = "", .root = root, .path = path};
	const struct data_node *node = data_tree_documents(tree) ? data_tree_root(tree, 0) : NULL;

	if (data_tree_documents(tree) > 1)
		config_error(reader, 0, "holds several documents ('---'); it may hold one");
	if (!node || config_is_null(node))
		return;
	if (node->kind != DATA_MAPPING) {
		config_error(reader, node->offset, "must hold 'key: value' lines");
		return;
	}
	collect_keys(&section);
	config_each(reader, node, "", section.names, section.count, use_key, &section);
	config_places(reader, node, root);
}

/* 0 or a negative errno. */
static int read_file(const char *path, struct buf *ret_text)
{
	CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char piece[16384];
	struct stat status;
	ssize_t got;

	if (fd < 0 || fstat(fd, &status))
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) /* /dev/null: no settings */
		return -EINVAL;
	while ((got = read(fd, piece, sizeof piece)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (buf_append(ret_text, piece, (size_t)got))
			return -E2BIG;
	}
	return 0;
}

enum config_result config_file(struct settings *settings, const char *path, const char *shown,
			       const char *root, struct buf *ret_errors)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(CONFIG_MAX_BYTES);
	struct config_reader reader = {.shown = shown, .settings = settings, .errors = ret_errors};
	struct data_error parse_error;
	struct data_tree *tree;
	int error = read_file(path, &text);

	if (error) {
		buf_printf(ret_errors, "%s: cannot be read: %s\n", shown,
			   error == -E2BIG    ? "larger than 1 MiB"
			   : error == -EINVAL ? "not a regular file"
					      : strerror(-error));
		return CONFIG_BAD_FILE;
	}
	free(settings->config_loaded);
	settings->config_loaded = alloc_string(shown);
	reader.text = (struct slice){buf_string(&text), text.length_bytes};
	config_lines_init(&reader);
	if (!yaml_walk_parse(reader.text.data, reader.text.length_bytes, 0, &tree, &parse_error)) {
		read_tree(&reader, tree, path, root);
		config_errors_finish(&reader);
		data_tree_free(tree);
	} else {
		config_error(&reader, parse_error.offset, "%s", parse_error.message);
	}
	free(reader.line_starts);
	return reader.n_errors ? CONFIG_BAD_FILE : CONFIG_OK;
}

enum config_result config_environment(struct settings *settings, struct buf *ret_errors)
{
	enum config_result result = CONFIG_OK;
	const char *no_color = getenv("NO_COLOR");

	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		char name[OPTION_VARIABLE_BYTES];
		struct fault fault = {0};
		const char *text;

		if (!option_variable(option, name))
			continue;
		text = getenv(name);
		if (!text || !*text)
			continue;
		if (option_set(option, text, SOURCE_ENVIRONMENT, 0, settings, &fault)) {
			buf_printf(ret_errors, "%s: %s\n", name, fault.text);
			result = CONFIG_BAD_ENVIRONMENT;
		}
	}
	if (no_color && *no_color && settings->origins[SETTING_COLOR].source == SOURCE_DEFAULT) {
		settings_claim(settings, SETTING_COLOR, SOURCE_ENVIRONMENT, 0);
		settings->color = COLOR_NEVER;
	}
	return result;
}

void config_unknown_variables(void (*each)(void *context, const char *name, const char *nearest),
			      void *context)
{
	char names[OPTION_MAX][OPTION_VARIABLE_BYTES];
	const char *known[OPTION_MAX];
	size_t n = 0;

	for (size_t i = 0; i < option_count; i++) {
		if (!option_variable(&option_table[i], names[n]))
			continue;
		known[n] = names[n];
		n++;
	}
	for (char **variable = environ; *variable; variable++) {
		CLEANUP(cleanup_free)
		char *name = alloc_string_n(*variable, strcspn(*variable, "="));
		bool is_known = false;

		if (strncmp(name, "PICDESK_", 8))
			continue;
		for (size_t i = 0; i < n; i++)
			is_known |= !strcmp(known[i], name);
		if (!is_known)
			each(context, name, nearest_word(name, known, n));
	}
}

const char *config_publish(const struct settings *settings, const struct site *site)
{
	return settings->publish ? settings->publish : site->publish;
}

const char *config_manifest(const struct settings *settings, const struct site *site)
{
	return settings->manifest ? settings->manifest : site->manifest;
}
