#include "command.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "config.h"
#include "human.h"
#include "json_out.h"
#include "options.h"
#include "quoted.h"
#include "run.h"
#include "units.h"

/* One setting as lines of text: what a person reads, and what JSON holds as a string or an array.
 */
struct value_lines {
	struct string_list lines;
	bool is_list; /* JSON: an array, whatever the number of lines */
	bool is_word; /* nothing was set, and the line says what holds then; JSON: null */
};

static void add_masked_header(struct string_list *lines, const char *prefix, const char *header)
{
	CLEANUP(cleanup_free)
	char *line = alloc_printf("%s%.*s: ***", prefix, (int)strcspn(header, ":"), header);

	string_list_add(lines, line);
}

/* "http://user:secret@proxy:3128": what stands before the last '@' of the authority may be secret.
 */
static char *masked_url(const char *url)
{
	const char *start = strstr(url, "://");
	const char *end, *at;

	start = start ? start + 3 : url;
	end = start + strcspn(start, "/?#");
	at = memrchr(start, '@', (size_t)(end - start));
	if (!at)
		return alloc_string(url);
	return alloc_printf("%.*s***%s", (int)(start - url), url, at);
}

static void add_spec(struct string_list *lines, const struct thumb_spec *spec)
{
	CLEANUP(cleanup_free) char *line = NULL;
	char text[200];

	thumb_spec_format(spec, text, sizeof text);
	line = alloc_printf("%s: %s", spec->name, text);
	string_list_add(lines, line);
}

static void add_host(struct string_list *lines, const struct fetch_host_options *host)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(4096);
	CLEANUP(cleanup_free) char *prefix = alloc_printf("%s: ", host->host);
	char interval[UNITS_TEXT_BYTES];

	buf_append_string(&line, prefix);
	if (host->concurrency)
		buf_printf(&line, "concurrency %u", host->concurrency);
	if (host->interval_ms >= 0)
		buf_printf(&line, "%sinterval %s", host->concurrency ? ", " : "",
			   units_format_duration(host->interval_ms, interval));
	if (host->concurrency || host->interval_ms >= 0 || !host->headers)
		string_list_add(lines, buf_string(&line));
	for (size_t i = 0; host->headers && host->headers[i]; i++)
		add_masked_header(lines, prefix, host->headers[i]);
}

static const char *const *default_list(enum setting setting)
{
	switch (setting) {
	case SETTING_IMAGE_KEYS:
		return scanner_default_image_keys;
	case SETTING_LAZY_ATTRIBUTES:
		return scanner_default_lazy_attributes;
	case SETTING_SHORTCODES:
		return scanner_default_shortcodes;
	default:
		return NULL;
	}
}

static void list_lines(const struct option *option, const struct settings *settings,
		       struct value_lines *ret_value)
{
	const struct string_list *list =
		(const struct string_list *)((const char *)settings + option->offset);
	const char *const *items = string_list_or_null(list);

	ret_value->is_list = true;
	if (!items)
		items = default_list(option->setting);
	ret_value->is_word = !items && option->otherwise;
	if (ret_value->is_word)
		string_list_add(&ret_value->lines, option->otherwise);
	for (size_t i = 0; items && items[i]; i++) {
		if (option->kind == OPTION_HEADERS)
			add_masked_header(&ret_value->lines, "", items[i]);
		else
			string_list_add(&ret_value->lines, items[i]);
	}
}

/* "10.0.0.0/8", "fd00::/8": the v4 ones are kept as ::ffff:a.b.c.d. */
static void add_cidr(struct string_list *lines, const struct fetch_cidr *cidr)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	const unsigned char *a = cidr->address;
	unsigned bits = cidr->prefix_bits;
	char text[INET6_ADDRSTRLEN];
	CLEANUP(buf_release) struct buf line = BUF_INIT(100);

	if (!memcmp(a, mapped, sizeof mapped) && cidr->prefix_bits >= 96) {
		inet_ntop(AF_INET, a + sizeof mapped, text, sizeof text);
		bits -= 96;
	} else {
		inet_ntop(AF_INET6, a, text, sizeof text);
	}
	buf_printf(&line, "%s/%u", text, bits);
	string_list_add(lines, buf_string(&line));
}

static void private_lines(const struct settings *settings, struct value_lines *ret_value)
{
	if (settings->allow_private || !settings->n_allow_cidrs)
		string_list_add(&ret_value->lines, settings->allow_private ? "true" : "false");
	ret_value->is_list = settings->n_allow_cidrs > 0;
	for (size_t i = 0; i < settings->n_allow_cidrs; i++)
		add_cidr(&ret_value->lines, &settings->allow_cidrs[i]);
}

static void output_lines(const struct option *option, const struct settings *settings,
			 struct value_lines *ret_value)
{
	const char *const *names = option_of_setting(SETTING_FORMAT)->choices;

	ret_value->is_list = true;
	for (size_t i = 0; i < settings->n_outputs; i++) {
		const struct report_output *output = &settings->outputs[i];

		string_list_add(&ret_value->lines, option->kind == OPTION_FORMAT
							   ? names[output->format]
						   : output->path ? output->path
								  : "-");
	}
}

/* What is in force when a string was not set; NULL when that is no value. */
static const char *unset_string(enum setting setting, const struct settings *settings,
				const struct site *site)
{
	switch (setting) {
	case SETTING_CONFIG:
		return settings->config_loaded;
	case SETTING_ROOT_DIR:
		return site->root;
	case SETTING_CACHE_DIR:
		return ".cache/picdesk";
	case SETTING_PUBLISH:
		return config_publish(settings, site);
	case SETTING_MANIFEST:
		return config_manifest(settings, site);
	default:
		return NULL;
	}
}

static void string_line(const struct option *option, const struct settings *settings,
			const struct site *site, struct value_lines *ret_value)
{
	const char *text = *(char *const *)((const char *)settings + option->offset);
	CLEANUP(cleanup_free) char *masked = NULL;

	if (!text)
		text = unset_string(option->setting, settings, site);
	else if (option->setting == SETTING_PROXY)
		text = masked = masked_url(text);
	ret_value->is_word = !text;
	if (!text)
		text = option->otherwise ? option->otherwise : "none";
	string_list_add(&ret_value->lines, text);
}

static void int64_line(const struct option *option, const struct settings *settings,
		       struct value_lines *ret_value)
{
	int64_t value = *(const int64_t *)((const char *)settings + option->offset);
	char text[UNITS_TEXT_BYTES];

	ret_value->is_word = value == option->initial && option->otherwise;
	string_list_add(&ret_value->lines, ret_value->is_word
						   ? option->otherwise
						   : option_format_int64(option, value, text));
}

static void value_of(const struct option *option, const struct settings *settings,
		     const struct site *site, struct value_lines *ret_value)
{
	const char *field = (const char *)settings + option->offset;
	struct string_list *lines = &ret_value->lines;
	char number[UNITS_TEXT_BYTES];
	int choice;

	switch (option->kind) {
	case OPTION_BOOL:
		string_list_add(lines, *(const bool *)field ? "true" : "false");
		break;
	case OPTION_COUNTED:
		string_list_add(lines, units_format_number(*(const int *)field, number));
		break;
	case OPTION_CHOICE:
		choice = *(const int *)field;
		ret_value->is_word = choice < 0;
		string_list_add(lines, choice < 0 ? option->otherwise : option->choices[choice]);
		break;
	case OPTION_PRIVATE:
		private_lines(settings, ret_value);
		break;
	case OPTION_FORMAT:
	case OPTION_OUTPUT:
		output_lines(option, settings, ret_value);
		break;
	case OPTION_SPECS:
		ret_value->is_list = true;
		for (size_t i = 0; i < settings->n_specs; i++)
			add_spec(lines, &settings->specs[i]);
		break;
	case OPTION_HOSTS:
		ret_value->is_list = true;
		for (size_t i = 0; i < settings->n_hosts; i++)
			add_host(lines, &settings->hosts[i]);
		break;
	case OPTION_SEVERITY:
		ret_value->is_list = true;
		for (size_t i = 0; i < settings->n_severities; i++) {
			CLEANUP(cleanup_free)
			char *line = alloc_printf("%s: %s", settings->severities[i].code,
						  settings->severities[i].severity);

			string_list_add(lines, line);
		}
		break;
	default:
		if (option_is_int64(option))
			int64_line(option, settings, ret_value);
		else if (option_is_list(option))
			list_lines(option, settings, ret_value);
		else
			string_line(option, settings, site, ret_value);
	}
}

/* The variable that was read: NO_COLOR decides too. */
static void variable_of(const struct option *option, char *ret_name)
{
	option_variable(option, ret_name);
	if (option->setting == SETTING_COLOR && !getenv(ret_name))
		strcpy(ret_name, "NO_COLOR");
}

static void append_origin(struct buf *text, const struct option *option,
			  const struct settings *settings)
{
	const struct setting_origin *origin = &settings->origins[option->setting];
	char variable[OPTION_VARIABLE_BYTES];

	switch (origin->source) {
	case SOURCE_FILE:
		human_text(text, settings->config_loaded);
		buf_printf(text, ":%u", origin->line);
		break;
	case SOURCE_ENVIRONMENT:
		variable_of(option, variable);
		buf_append_string(text, variable);
		break;
	case SOURCE_FLAG:
		buf_printf(text, "--%s", option->flag);
		break;
	default:
		buf_append_string(text, "default");
	}
}

/* By its key where it has one: that is what stands in picdesk.yml; else by its flag. */
static void append_name(struct buf *text, const struct option *option)
{
	if (option->key)
		buf_append_string(text, option->key);
	else
		buf_printf(text, "--%s", option->flag);
}

#define NAME_COLUMNS 24
#define ORIGIN_COLUMNS 16
#define VALUE_AT (2 + NAME_COLUMNS + 1 + ORIGIN_COLUMNS + 1)

/* The lists that picdesk brings are words, and long. */
static void append_words(struct buf *text, const struct string_list *words)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(1u << 16);

	for (size_t i = 0; i < words->count; i++)
		buf_printf(&line, "%s%s", i ? ", " : "", words->items[i]);
	human_folded(text, buf_string(&line), VALUE_AT, VALUE_AT, 80);
	buf_append_char(text, '\n');
}

static void append_lines(struct buf *text, const struct string_list *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		if (i)
			buf_printf(text, "%*s", VALUE_AT, "");
		human_text(text, lines->items[i]);
		buf_append_char(text, '\n');
	}
}

static void append_text(struct buf *text, const struct option *option,
			const struct settings *settings, const struct site *site)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(200), origin = BUF_INIT(8192);
	bool is_default = settings->origins[option->setting].source == SOURCE_DEFAULT;
	struct value_lines value = {0};

	append_name(&name, option);
	append_origin(&origin, option, settings);
	value_of(option, settings, site, &value);
	buf_printf(text, "  %-*s %-*s ", NAME_COLUMNS, buf_string(&name), ORIGIN_COLUMNS,
		   buf_string(&origin));
	if (!value.lines.count)
		buf_append_string(text, "none\n");
	else if (is_default && option_is_list(option))
		append_words(text, &value.lines);
	else
		append_lines(text, &value.lines);
	string_list_release(&value.lines);
}

static void append_unknown_variable(void *context, const char *name, const char *nearest)
{
	struct buf *text = context;

	buf_printf(text, "\n%s is set, but is no setting%s%s%s", quoted(name).text,
		   nearest ? "; did you mean " : "", nearest ? nearest : "",
		   nearest ? "?\n" : "\n");
}

static void write_text(const struct settings *settings, const struct site *site, struct buf *text)
{
	buf_append_string(text, "Settings of ");
	human_text(text, site->root);
	buf_printf(text, " (generator: %s)\n", site->builder);
	for (int group = 0; group < GROUP_COUNT; group++) {
		buf_printf(text, "\n%s\n", option_group_titles[group]);
		for (size_t i = 0; i < option_count; i++)
			if ((int)option_table[i].group == group &&
			    option_table[i].setting != SETTING_COUNT)
				append_text(text, &option_table[i], settings, site);
	}
	config_unknown_variables(append_unknown_variable, text);
}

static void write_json_value(struct json_out *out, const struct option *option,
			     const struct settings *settings, const struct site *site)
{
	struct value_lines value = {0};
	const char *first;

	value_of(option, settings, site, &value);
	first = value.lines.count ? value.lines.items[0] : NULL;
	if (value.is_word) {
		json_null(out);
	} else if (value.is_list) {
		json_array_begin(out);
		for (size_t i = 0; i < value.lines.count; i++)
			json_string(out, value.lines.items[i]);
		json_array_end(out);
	} else if (option->kind == OPTION_BOOL || option->kind == OPTION_PRIVATE) {
		json_bool(out, !strcmp(first, "true"));
	} else if (option->kind == OPTION_NUMBER || option->kind == OPTION_COUNTED) {
		json_int(out, strtoll(first, NULL, 10));
	} else {
		json_string(out, first);
	}
	string_list_release(&value.lines);
}

static void write_json_setting(struct json_out *out, const struct option *option,
			       const struct settings *settings, const struct site *site)
{
	static const char *const sources[] = {"default", "file", "environment", "flag"};
	const struct setting_origin *origin = &settings->origins[option->setting];
	char variable[OPTION_VARIABLE_BYTES];

	json_object_begin(out);
	json_key(out, "key");
	json_string(out, option->key);
	json_key(out, "flag");
	json_string(out, option->flag);
	json_key(out, "variable");
	json_string(out, option_variable(option, variable) ? variable : NULL);
	json_key(out, "value");
	write_json_value(out, option, settings, site);
	json_key(out, "source");
	json_string(out, sources[origin->source]);
	json_key(out, "line");
	if (origin->source == SOURCE_FILE)
		json_int(out, origin->line);
	else
		json_null(out);
	json_object_end(out);
}

static void write_unknown_variable(void *context, const char *name, const char *nearest)
{
	(void)nearest;
	json_string(context, name);
}

static void write_json(const struct settings *settings, const struct site *site, struct buf *text)
{
	struct json_out out;

	json_out_init(&out, text, true);
	json_object_begin(&out);
	json_key(&out, "schema");
	json_string(&out, "picdesk/config/1");
	json_key(&out, "root");
	json_string(&out, site->root);
	json_key(&out, "generator");
	json_string(&out, site->builder);
	json_key(&out, "file");
	json_string(&out, settings->config_loaded);
	json_key(&out, "settings");
	json_array_begin(&out);
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].setting != SETTING_COUNT)
			write_json_setting(&out, &option_table[i], settings, site);
	json_array_end(&out);
	json_key(&out, "unknown_variables");
	json_array_begin(&out);
	config_unknown_variables(write_unknown_variable, &out);
	json_array_end(&out);
	json_object_end(&out);
	buf_append_char(text, '\n');
}

int cmd_config(struct settings *settings, const struct site *site)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64u << 20);
	struct fault fault = {0};

	if (settings->outputs[0].format == FORMAT_JSON)
		write_json(settings, site, &text);
	else
		write_text(settings, site, &text);
	if (!run_write_text(&text, NULL, &fault))
		return EXIT_ALL_WELL;
	run_print_fault(&fault);
	return EXIT_RUNTIME;
}
