#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_builder.h"
#include "scanner.h"
#include "site_aliases.h"
#include "site_config.h"
#include "site_folders.h"
#include "site_framework.h"
#include "site_marks.h"
#include "system_error.h"

const char *generator_name(enum generator generator)
{
	static const char *const names[] = {
		[GENERATOR_NONE] = "none",   [GENERATOR_JEKYLL] = "Jekyll",
		[GENERATOR_HUGO] = "Hugo",   [GENERATOR_ELEVENTY] = "Eleventy",
		[GENERATOR_ASTRO] = "Astro", [GENERATOR_MKDOCS] = "MkDocs",
	};

	return names[generator];
}

/* In this and the next two what the disk does not tell of is there: it is to be complained of, not
 * to be overlooked. */
static bool exists(const char *folder, const char *name)
{
	CLEANUP(cleanup_free) char *path = site_config_path(folder, name);
	struct stat status;

	return stat(path, &status) == 0 || is_system_error(-errno);
}

static bool has_file(const char *folder, const char *name)
{
	CLEANUP(cleanup_free) char *path = site_config_path(folder, name);
	struct stat status;

	return stat(path, &status) == 0 ? !S_ISDIR(status.st_mode) : is_system_error(-errno);
}

/* A link to nowhere is there too. */
static bool has_config(const char *folder)
{
	CLEANUP(cleanup_free) char *path = site_config_path(folder, "picdesk.yml");
	struct stat status;

	return lstat(path, &status) == 0 || is_system_error(-errno);
}

typedef int parse_config(const char *text, size_t length_bytes, size_t base_offset,
			 struct data_tree **ret_tree, struct data_error *ret_error);

/* Of a generator's files the first one counts. */
static const struct {
	enum generator generator;
	const char *name;
	parse_config *parse;
	/* Others have files of these names too: with articles beside them they are Hugo's. */
	bool needs_content;
} configs[] = {
	{GENERATOR_JEKYLL, "_config.yml", yaml_walk_parse},
	{GENERATOR_JEKYLL, "_config.yaml", yaml_walk_parse},
	{GENERATOR_JEKYLL, "_config.toml", toml_walk_parse},
	{GENERATOR_HUGO, "hugo.toml", toml_walk_parse},
	{GENERATOR_HUGO, "hugo.yaml", yaml_walk_parse},
	{GENERATOR_HUGO, "hugo.yml", yaml_walk_parse},
	{GENERATOR_HUGO, "hugo.json", json_walk_parse},
	{GENERATOR_HUGO, "config.toml", toml_walk_parse, true},
	{GENERATOR_HUGO, "config.yaml", yaml_walk_parse, true},
	{GENERATOR_HUGO, "config.yml", yaml_walk_parse, true},
	{GENERATOR_HUGO, "config.json", json_walk_parse, true},
	{GENERATOR_HUGO, "config/_default/hugo.toml", toml_walk_parse, true},
	{GENERATOR_HUGO, "config/_default/hugo.yaml", yaml_walk_parse, true},
	{GENERATOR_HUGO, "config/_default/hugo.yml", yaml_walk_parse, true},
	{GENERATOR_HUGO, "config/_default/hugo.json", json_walk_parse, true},
	{GENERATOR_HUGO, "config/_default/config.toml", toml_walk_parse, true},
	{GENERATOR_HUGO, "config/_default/config.yaml", yaml_walk_parse, true},
	{GENERATOR_HUGO, "config/_default/config.yml", yaml_walk_parse, true},
	{GENERATOR_HUGO, "config/_default/config.json", json_walk_parse, true},
	{GENERATOR_ELEVENTY, ".eleventy.js", js_walk_parse},
	{GENERATOR_ELEVENTY, "eleventy.config.js", js_walk_parse},
	{GENERATOR_ELEVENTY, "eleventy.config.mjs", js_walk_parse},
	{GENERATOR_ELEVENTY, "eleventy.config.cjs", js_walk_parse},
	{GENERATOR_ELEVENTY, "eleventy.config.ts", js_walk_parse},
	{GENERATOR_ELEVENTY, "eleventy.config.mts", js_walk_parse},
	{GENERATOR_ELEVENTY, "eleventy.config.cts", js_walk_parse},
	{GENERATOR_ASTRO, "astro.config.mjs", js_walk_parse},
	{GENERATOR_ASTRO, "astro.config.js", js_walk_parse},
	{GENERATOR_ASTRO, "astro.config.ts", js_walk_parse},
	{GENERATOR_ASTRO, "astro.config.mts", js_walk_parse},
	{GENERATOR_ASTRO, "astro.config.cjs", js_walk_parse},
	{GENERATOR_ASTRO, "astro.config.cts", js_walk_parse},
	{GENERATOR_MKDOCS, "mkdocs.yml", yaml_walk_parse},
	{GENERATOR_MKDOCS, "mkdocs.yaml", yaml_walk_parse},
	{GENERATOR_NONE, "book.toml", toml_walk_parse},
	{GENERATOR_NONE, ".vitepress/config.js", js_walk_parse},
	{GENERATOR_NONE, ".vitepress/config.ts", js_walk_parse},
	{GENERATOR_NONE, ".vitepress/config.mjs", js_walk_parse},
	{GENERATOR_NONE, ".vitepress/config.mts", js_walk_parse},
	{GENERATOR_NONE, ".vitepress/config/index.js", js_walk_parse},
	{GENERATOR_NONE, ".vitepress/config/index.ts", js_walk_parse},
	{GENERATOR_NONE, ".vitepress/config/index.mjs", js_walk_parse},
	{GENERATOR_NONE, ".vitepress/config/index.mts", js_walk_parse},
	{GENERATOR_NONE, "docs/.vitepress/config.js", js_walk_parse},
	{GENERATOR_NONE, "docs/.vitepress/config.ts", js_walk_parse},
	{GENERATOR_NONE, "docs/.vitepress/config.mjs", js_walk_parse},
	{GENERATOR_NONE, "docs/.vitepress/config.mts", js_walk_parse},
	{GENERATOR_NONE, "docs/.vitepress/config/index.js", js_walk_parse},
	{GENERATOR_NONE, "docs/.vitepress/config/index.ts", js_walk_parse},
	{GENERATOR_NONE, "docs/.vitepress/config/index.mjs", js_walk_parse},
	{GENERATOR_NONE, "docs/.vitepress/config/index.mts", js_walk_parse},
	{GENERATOR_NONE, ".vuepress/config.js", js_walk_parse},
	{GENERATOR_NONE, ".vuepress/config.ts", js_walk_parse},
	{GENERATOR_NONE, ".vuepress/config.mjs", js_walk_parse},
	{GENERATOR_NONE, "docs/.vuepress/config.js", js_walk_parse},
	{GENERATOR_NONE, "docs/.vuepress/config.ts", js_walk_parse},
	{GENERATOR_NONE, "docs/.vuepress/config.mjs", js_walk_parse},
	{GENERATOR_NONE, "docusaurus.config.js", js_walk_parse},
	{GENERATOR_NONE, "docusaurus.config.ts", js_walk_parse},
	{GENERATOR_NONE, "docusaurus.config.mjs", js_walk_parse},
	{GENERATOR_NONE, "docusaurus.config.cjs", js_walk_parse},
};

/* Hugo's settings may lie in several files, each of which holds what stands under its key. */
static const struct {
	const char *key, *name;
	parse_config *parse;
} hugo_parts[] = {
	{"module", "config/_default/module.toml", toml_walk_parse},
	{"module", "config/_default/module.yaml", yaml_walk_parse},
	{"module", "config/_default/module.yml", yaml_walk_parse},
	{"module", "config/_default/module.json", json_walk_parse},
	{"languages", "config/_default/languages.toml", toml_walk_parse},
	{"languages", "config/_default/languages.yaml", yaml_walk_parse},
	{"languages", "config/_default/languages.yml", yaml_walk_parse},
	{"languages", "config/_default/languages.json", json_walk_parse},
};

/* *ret_marker is what told, or what the disk does not tell of. */
static enum generator find_generator(const char *folder, const char **ret_marker)
{
	for (size_t i = 0; i < ARRAY_LENGTH(configs); i++)
		if (configs[i].generator != GENERATOR_NONE && has_file(folder, configs[i].name) &&
		    (!configs[i].needs_content || exists(folder, "content"))) {
			*ret_marker = configs[i].name;
			return configs[i].generator;
		}
	return GENERATOR_NONE;
}

/* Cuts the last name off; false at "/". */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !slash[1])
		return false;
	slash[slash == path] = '\0';
	return true;
}

static bool begins_site(const char *folder)
{
	const char *ignored;

	return has_config(folder) || find_generator(folder, &ignored) != GENERATOR_NONE;
}

/* The nearest folder upwards with picdesk.yml or a marker; NULL when there is none. */
static char *climb(const char *folder)
{
	CLEANUP(cleanup_free) char *at = alloc_string(folder);
	const char *ignored;

	do {
		if (begins_site(at) || site_framework_of(at, &ignored))
			return alloc_string(at);
	} while (!exists(at, ".git") && go_up(at));
	return NULL;
}

/* "/x" of "x", "/x/" and "x/"; "" of "/" and "". */
static char *normal_baseurl(struct slice text)
{
	while (text.length_bytes > 0 && text.data[0] == '/') {
		text.data++;
		text.length_bytes--;
	}
	while (text.length_bytes > 0 && text.data[text.length_bytes - 1] == '/')
		text.length_bytes--;
	return text.length_bytes ? alloc_printf("/%.*s", (int)text.length_bytes, text.data)
				 : alloc_string("");
}

static char *normal_url(struct slice text)
{
	while (text.length_bytes > 0 && text.data[text.length_bytes - 1] == '/')
		text.length_bytes--;
	return alloc_string_n(text.data, text.length_bytes);
}

static struct slice text_of(const struct data_node *node)
{
	return node && node->kind == DATA_SCALAR ? slice_trim(node->text) : (struct slice){"", 0};
}

static void replace(char **text, char *with)
{
	free(*text);
	*text = with;
}

/* https://example.org/blog/ names both: the site's address and its path. Without a scheme
 * (//example.org/blog/) the address is no whole one. */
static void take_whole_address(struct slice address, struct site *site)
{
	bool has_no_scheme = address.length_bytes > 1 && !memcmp(address.data, "//", 2);
	const char *end = address.data + address.length_bytes;
	const char *slashes = memmem(address.data, address.length_bytes, "//", 2);
	const char *path;

	if (!slashes || (!has_no_scheme && slashes[-1] != ':')) {
		replace(&site->baseurl, normal_baseurl(address));
		return;
	}
	path = memchr(slashes + 2, '/', (size_t)(end - slashes) - 2);
	if (!path)
		path = end;
	if (!has_no_scheme)
		replace(&site->url,
			normal_url((struct slice){address.data, (size_t)(path - address.data)}));
	replace(&site->baseurl, normal_baseurl((struct slice){path, (size_t)(end - path)}));
}

/* `!ENV NAME` is the name of a variable, and in `!ENV [NAME, address]` the address holds where the
 * variable is not set. */
static void take_mkdocs_address(const struct data_node *node, struct site *site)
{
	struct slice address;

	if (node && node->kind == DATA_SEQUENCE && node->count)
		node = node->items[node->count - 1];
	address = text_of(node);
	if (memmem(address.data, address.length_bytes, "://", 3))
		take_whole_address(address, site);
}

/* Under the older name until Chirpy 6. */
static void take_cdn(const struct data_node *config, struct site *site)
{
	struct slice cdn = text_of(data_node_get(config, "cdn"));

	if (!cdn.length_bytes)
		cdn = text_of(data_node_get(config, "img_cdn"));
	if (slice_starts_with(cdn, "https://") || slice_starts_with(cdn, "http://"))
		replace(&site->cdn, normal_url(cdn));
}

/* Hexo's path is that of its address where it names none. */
static void take_jekyll_address(const struct data_node *config, struct site *site)
{
	struct slice url = text_of(data_node_get(config, "url"));
	const struct data_node *path = data_node_get(config, "baseurl");

	if (site_config_is_of_hexo(config)) {
		site->builder = "Hexo";
		take_whole_address(url, site);
		path = data_node_get(config, "root");
		if (!path)
			return;
	} else {
		replace(&site->url, normal_url(url));
		take_cdn(config, site);
	}
	replace(&site->baseurl, normal_baseurl(text_of(path)));
}

/* Zola's sites look like Hugo's. */
static void take_hugo_address(const struct data_node *config, struct site *site)
{
	const struct data_node *address = site_config_get(config, GENERATOR_HUGO, "baseURL");
	const struct data_node *zolas = data_node_get(config, "base_url");

	if (!address && zolas)
		site->builder = "Zola";
	take_whole_address(text_of(address ? address : zolas), site);
}

static void take_astro_address(const struct data_node *config, struct site *site)
{
	const struct data_node *base = data_node_get(config, "defineConfig().base");

	take_whole_address(text_of(data_node_get(config, "site")), site);
	replace(&site->baseurl,
		normal_baseurl(text_of(base ? base : data_node_get(config, "base"))));
}

/* Its filter and its plugin put the path in front: it is in no address that picdesk writes. */
static void take_eleventy_address(const struct data_node *config, struct site *site)
{
	replace(&site->framework_base,
		normal_baseurl(text_of(data_node_get(config, "pathPrefix"))));
}

static bool has_key_below(const struct data_node *config, const char *start)
{
	size_t n = config && config->kind == DATA_MAPPING ? config->count : 0;

	for (size_t i = 0; i < n; i++)
		if (slice_starts_with(config->keys[i]->text, start))
			return true;
	return false;
}

/* What else is called `base`, a part of the side bar, stands in no such call. */
static void take_vue_address(const struct data_node *config, struct site *site)
{
	static const char *const calls[] = {"defineConfig().", "defineUserConfig()."};
	static const char *const keys[] = {"defineConfig().base", "defineUserConfig().base"};
	const struct data_node *base = NULL;
	bool is_called = false;

	for (size_t i = 0; i < ARRAY_LENGTH(calls) && !base; i++) {
		is_called = is_called || has_key_below(config, calls[i]);
		base = data_node_get(config, keys[i]);
	}
	if (!is_called)
		base = data_node_get(config, "base");
	replace(&site->framework_base, normal_baseurl(text_of(base)));
}

static void take_address(const struct data_node *config, struct site *site)
{
	switch (site->generator) {
	case GENERATOR_JEKYLL:
		take_jekyll_address(config, site);
		break;
	case GENERATOR_HUGO:
		take_hugo_address(config, site);
		break;
	case GENERATOR_ASTRO:
		take_astro_address(config, site);
		break;
	case GENERATOR_ELEVENTY:
		take_eleventy_address(config, site);
		break;
	case GENERATOR_MKDOCS:
		take_mkdocs_address(data_node_get(config, "site_url"), site);
		break;
	default:
		if (!strcmp(site->builder, "VitePress") || !strcmp(site->builder, "VuePress"))
			take_vue_address(config, site);
		break;
	}
}

/* One of the files that a configuration may consist of. */
struct config_file {
	char *text;
	struct data_tree *tree; /* NULL: there is none, or it is broken */
	const struct data_node *root;
};

static void config_file_release(struct config_file *file)
{
	data_tree_free(file->tree);
	free(file->text);
}

/* Without a text where there is none. One that is broken is reported where it is scanned; here it
 * says nothing. */
static int read_config_file(const char *folder, const char *name, parse_config *parse,
			    struct config_file *ret_file, struct fault *fault)
{
	struct data_error ignored;
	size_t length = 0;
	int error;

	*ret_file = (struct config_file){0};
	error = site_config_read(folder, name, &ret_file->text, &length, fault);
	if (ret_file->text && !parse(ret_file->text, length, 0, &ret_file->tree, &ignored))
		ret_file->root = data_tree_root(ret_file->tree, 0);
	return error;
}

/* The configuration with what other files hold of it, in `tree`. */
static const struct data_node *join_hugo_parts(const struct data_node *config,
					       const struct config_file *parts,
					       struct data_tree *tree)
{
	size_t n = config && config->kind == DATA_MAPPING ? config->count : 0;
	size_t capacity = n + ARRAY_LENGTH(hugo_parts);
	CLEANUP(cleanup_free) struct data_node **keys = alloc_zeroed(capacity, sizeof *keys);
	CLEANUP(cleanup_free) struct data_node **items = alloc_zeroed(capacity, sizeof *items);

	for (size_t i = 0; i < n; i++) {
		keys[i] = config->keys[i];
		items[i] = config->items[i];
	}
	for (size_t i = 0; i < ARRAY_LENGTH(hugo_parts); i++) {
		const char *key = hugo_parts[i].key;

		if (!parts[i].root)
			continue;
		keys[n] = data_tree_scalar(tree, key, strlen(key), 0, 0, false);
		items[n++] = (struct data_node *)parts[i].root;
	}
	return data_tree_collection(tree, DATA_MAPPING, 0, 0, keys, items, n);
}

static int take_hugo_config(const struct data_node *config, struct site *site, struct fault *fault)
{
	struct config_file parts[ARRAY_LENGTH(hugo_parts)] = {0};
	struct data_tree *tree = data_tree_new();
	int error = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(hugo_parts) && !error; i++)
		error = read_config_file(site->root, hugo_parts[i].name, hugo_parts[i].parse,
					 &parts[i], fault);
	if (!error)
		site_folders_take(join_hugo_parts(config, parts, tree), site);
	data_tree_free(tree);
	for (size_t i = 0; i < ARRAY_LENGTH(hugo_parts); i++)
		config_file_release(&parts[i]);
	return error;
}

static int read_generator_config(struct site *site, struct fault *fault)
{
	CLEANUP(config_file_release) struct config_file file = {0};

	for (size_t i = 0; i < ARRAY_LENGTH(configs) && !file.text; i++) {
		int error = configs[i].generator == site->generator
				    ? read_config_file(site->root, configs[i].name,
						       configs[i].parse, &file, fault)
				    : 0;

		if (error)
			return error;
	}
	if (file.root)
		take_address(file.root, site);
	if (site->generator == GENERATOR_HUGO)
		return take_hugo_config(file.root, site, fault);
	site_folders_take(file.root, site);
	return 0;
}

/* Authors write it in JSX and HTML alone, so that it is in no address that picdesk writes. */
static int read_framework_base(struct site *site, const char *marker, struct fault *fault)
{
	CLEANUP(config_file_release) struct config_file file = {0};
	const char *key = site->framework->base_key;
	int error = key ? read_config_file(site->root, marker, js_walk_parse, &file, fault) : 0;

	if (file.root)
		site->framework_base = normal_baseurl(text_of(data_node_get(file.root, key)));
	return error;
}

/* Of a file the one it lies in; NULL and errno: there is none. */
static char *folder_of(const char *path)
{
	char *real = realpath(path, NULL);
	struct stat status;

	if (!real || stat(real, &status) < 0) {
		free(real);
		return NULL;
	}
	if (!S_ISDIR(status.st_mode))
		go_up(real);
	return real;
}

static bool holds(const char *folder, const char *path)
{
	size_t length = strlen(folder);

	return !strncmp(folder, path, length) && (!path[length] || path[length] == '/');
}

/* Whether `folder`, or one between it and `above`, has settings of its own. */
static bool is_of_site_below(const char *above, const char *folder)
{
	CLEANUP(cleanup_free) char *at = alloc_string(folder);

	while (strcmp(at, above) != 0)
		if (begins_site(at) || !go_up(at))
			return true;
	return false;
}

/* Cuts `folder` down to what holds `other` as well. False where that leaves a repository, or a site
 * whose settings say how its images are found, or is the root of all files. */
static bool cut_to_common(char *folder, const char *other)
{
	while (!holds(folder, other))
		if (exists(folder, ".git") || begins_site(folder) || !go_up(folder) || !folder[1])
			return false;
	return !is_of_site_below(folder, other);
}

/* Of several paths, as a hook names the files of a commit: where `root`, the first one's, does not
 * hold all, a framework's mark gives way, as of the site in `docs` that README.md lies above. NULL:
 * they have no root in common. */
static char *common_root(const char *root, const char *const *paths, size_t n_paths)
{
	CLEANUP(cleanup_free) char *common = alloc_string(root);
	char *marked;

	for (size_t i = 1; i < n_paths; i++) {
		CLEANUP(cleanup_free) char *folder = folder_of(paths[i]);

		if (folder && !holds(common, folder) && !cut_to_common(common, folder))
			return NULL;
	}
	marked = strcmp(common, root) != 0 ? climb(common) : NULL;
	return marked ? marked : alloc_string(common);
}

static int find_root(const char *const *paths, size_t n_paths, char **ret_root, struct fault *fault)
{
	CLEANUP(cleanup_free) char *folder = folder_of(paths[0]);
	CLEANUP(cleanup_free) char *marked = NULL;
	const char *first;

	if (!folder)
		return fault_raise(fault, -errno, "%s: %s", paths[0], strerror(errno));
	marked = climb(folder);
	first = marked ? marked : folder;
	*ret_root = common_root(first, paths, n_paths);
	if (!*ret_root)
		*ret_root = alloc_string(first);
	return 0;
}

static int take_root(const char *root_dir, char **ret_root, struct fault *fault)
{
	CLEANUP(cleanup_free) char *real = realpath(root_dir, NULL);
	struct stat status;

	if (!real || stat(real, &status) < 0)
		return fault_raise(fault, -errno, "%s: %s", root_dir, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return fault_raise(fault, -ENOTDIR, "%s: is no folder", root_dir);
	*ret_root = alloc_string(real);
	return 0;
}

/* It may have been taken for one that is there, and says what it should. */
static int check_marker(const char *root, const char *marker, struct fault *fault)
{
	CLEANUP(cleanup_free) char *path = site_config_path(root, marker);
	CLEANUP(cleanup_free) char *ignored = NULL;
	struct stat status;
	size_t length;

	if (stat(path, &status) < 0)
		return site_config_fail(path, fault);
	return site_config_read(root, marker, &ignored, &length, fault);
}

/* Of a site whose root is known. */
static int fill(struct site *site, struct fault *fault)
{
	const char *marker = NULL;
	int error;

	site->generator = find_generator(site->root, &marker);
	if (site->generator == GENERATOR_NONE)
		site->framework = site_framework_of(site->root, &marker);
	site->builder = site->framework ? site->framework->name : generator_name(site->generator);
	site->baseurl = alloc_string("");
	site->url = alloc_string("");
	if (has_config(site->root))
		site->config_path = site_config_path(site->root, "picdesk.yml");
	error = marker ? check_marker(site->root, marker, fault) : 0;
	if (!error && (site->generator == GENERATOR_ASTRO || site->generator == GENERATOR_NONE))
		error = site_aliases_read(site, fault);
	if (!error && site->framework)
		error = read_framework_base(site, marker, fault);
	return error ? error : read_generator_config(site, fault);
}

int site_find(const char *const *paths, size_t n_paths, const char *root_dir, struct site *ret_site,
	      struct fault *fault)
{
	struct site site = {0};
	int error = root_dir ? take_root(root_dir, &site.root, fault)
			     : find_root(paths, n_paths, &site.root, fault);

	if (!error)
		error = fill(&site, fault);
	if (error)
		site_release(&site);
	else
		*ret_site = site;
	return error;
}

bool site_mark_begins_with(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(configs); i++)
		if (configs[i].generator != GENERATOR_NONE &&
		    site_config_begins_with(configs[i].name, name))
			return true;
	return site_framework_mark_begins_with(name);
}

/* `docs`, where its configuration marks the folder around it as well. */
static bool is_part_of(const struct site *outer, const char *folder)
{
	const char *marker;

	return outer->framework && site_framework_of(outer->root, &marker) == outer->framework &&
	       holds(folder, marker);
}

bool site_find_inner(const struct site *outer, const char *folder, struct site *ret_site)
{
	struct site site = {.outer = outer};
	struct fault ignored = {0};
	const char *below = outer->folder ? folder + strlen(outer->folder) + 1 : folder;
	int error;

	if (is_part_of(outer, below))
		return false;
	site.folder = alloc_string(folder);
	site.root = site_config_path(outer->root, below);
	error = fill(&site, &ignored);
	fault_clear(&ignored);
	if (error || (site.generator == GENERATOR_NONE && !site.framework)) {
		site_release(&site);
		return false;
	}
	*ret_site = site;
	return true;
}

void site_release(struct site *site)
{
	site_aliases_release(site);
	free(site->root);
	free(site->folder);
	free(site->config_path);
	free(site->baseurl);
	free(site->framework_base);
	free(site->cdn);
	free(site->url);
	for (size_t i = 0; i < SITE_MAX_FOLDERS; i++) {
		free(site->folders[i]);
		free(site->content_folders[i]);
		free(site->copies[i].address);
		free(site->copies[i].source);
	}
	free(site->public_folder);
	free(site->output);
	free(site->publish);
	free(site->manifest);
	free(site->data_folder);
	*site = (struct site){0};
}
