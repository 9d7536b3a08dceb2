/*
 * The tokenizer against html5lib's tokenizer tests: $HTML5LIB_TOKENIZER, else
 * ../shared/suites/html5lib-tokenizer from the project's root. Skipped where they are missing.
 *
 * Both sides are written down in one form: two letters of the kind, then strings with their
 * lengths. Left out: the lists of parse errors, which this tokenizer does not make, and
 * "xmlViolationTests", which ask for a coercion to XML's character set that the standard's
 * tokenizer does not do.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <yajl/yajl_parse.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "html_tokenizer.h"
#include "utf8.h"

#define SKIPPED 77

/* A JSON value: strings keep their length, since they may hold NUL. */
struct node {
	enum { NODE_NULL, NODE_BOOL, NODE_STRING, NODE_LIST } kind;
	bool is_true;
	struct slice string;
	struct node *items; /* of a mapping: keys and values by turns */
	size_t count, capacity;
};

struct reader {
	struct node *open[16];
	size_t depth;
};

static struct node *add_node(struct reader *reader, struct node node)
{
	struct node *list = reader->open[reader->depth];

	ALLOC_GROW(list->items, list->count, list->capacity);
	list->items[list->count] = node;
	return &list->items[list->count++];
}

static int on_null(void *context)
{
	add_node(context, (struct node){.kind = NODE_NULL});
	return 1;
}

static int on_bool(void *context, int is_true)
{
	add_node(context, (struct node){.kind = NODE_BOOL, .is_true = is_true});
	return 1;
}

static int on_number(void *context, const char *digits, size_t length)
{
	(void)digits;
	(void)length;
	return on_null(context);
}

static int on_string(void *context, const unsigned char *text, size_t length)
{
	struct slice copy = {alloc_string_n((const char *)text, length), length};

	add_node(context, (struct node){.kind = NODE_STRING, .string = copy});
	return 1;
}

static int on_open(void *context)
{
	struct reader *reader = context;
	struct node *list = add_node(reader, (struct node){.kind = NODE_LIST});

	if (reader->depth + 1 == ARRAY_LENGTH(reader->open))
		return 0;
	reader->open[++reader->depth] = list;
	return 1;
}

static int on_close(void *context)
{
	((struct reader *)context)->depth--;
	return 1;
}

static void node_release(struct node *node)
{
	for (size_t i = 0; i < node->count; i++)
		node_release(&node->items[i]);
	free(node->items);
	free((char *)node->string.data);
}

static const struct node *get(const struct node *mapping, const char *key)
{
	for (size_t i = 0; i + 1 < mapping->count; i += 2)
		if (slice_equals(mapping->items[i].string, key))
			return &mapping->items[i + 1];
	return NULL;
}

/* Surrogates that stand alone are encoded like any other code point, as the test's characters. */
static void append_code_point(struct buf *text, uint32_t code_point)
{
	char utf8[4];

	buf_append(text, utf8, utf8_encode(code_point, utf8));
}

/* Undoes the second escaping (\uHHHH) of a "doubleEscaped" test. */
static void append_string(struct buf *text, struct slice string, bool is_double)
{
	for (size_t i = 0; i < string.length_bytes; i++) {
		char digits[5] = "";

		if (!is_double || string.length_bytes - i < 6 ||
		    memcmp(string.data + i, "\\u", 2)) {
			buf_append_char(text, string.data[i]);
			continue;
		}
		memcpy(digits, string.data + i + 2, 4);
		append_code_point(text, (uint32_t)strtoul(digits, NULL, 16));
		i += 5;
	}
}

static void write_string(struct buf *out, struct slice string, bool is_double)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

	if (!string.data) {
		buf_append_string(out, " null");
		return;
	}
	append_string(&text, string, is_double);
	buf_printf(out, " %zu:", text.length_bytes);
	buf_append(out, buf_string(&text), text.length_bytes);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Attributes are unordered: written one by one, sorted, then joined. */
static void write_sorted(struct buf *out, char **lines, size_t count)
{
	qsort(lines, count, sizeof *lines, compare_lines);
	for (size_t i = 0; i < count; i++) {
		buf_append_string(out, lines[i]);
		free(lines[i]);
	}
}

static char *attribute_line(struct slice name, struct slice value, bool is_double)
{
	struct buf line = BUF_INIT(BUF_UNLIMITED);

	write_string(&line, name, is_double);
	buf_append_char(&line, '=');
	write_string(&line, value, is_double);
	for (size_t i = 0; i < line.length_bytes; i++)
		if (!line.data[i]) /* the lines are sorted as C strings */
			line.data[i] = '\x01';
	return buf_steal(&line);
}

static void write_expected(struct buf *out, const struct node *output, bool is_double)
{
	char *lines[64];

	for (size_t i = 0; i < output->count; i++) {
		const struct node *token = &output->items[i], *items = token->items;
		bool is_start = slice_equals(items[0].string, "StartTag");
		size_t count = 0;

		buf_append(out, items[0].string.data, 2); /* "Comment" is not "Character" */
		for (size_t j = 1; j < token->count; j++)
			if (items[j].kind == NODE_STRING || items[j].kind == NODE_NULL)
				write_string(out, items[j].string, is_double);
			else if (items[j].kind == NODE_BOOL)
				buf_append_string(out, items[j].is_true ? " true" : " false");
		for (size_t j = 0; is_start && j + 1 < items[2].count; j += 2)
			lines[count++] = attribute_line(items[2].items[j].string,
							items[2].items[j + 1].string, is_double);
		write_sorted(out, lines, count);
		buf_append_char(out, '\n');
	}
}

static void write_decoded(struct buf *out, struct slice raw, enum html_content content)
{
	CLEANUP(html_text_release) struct html_text text = {0};

	if (raw.data)
		html_text_decode(&text, raw, content);
	write_string(out, raw.data ? text.text : raw, false);
}

static char *actual_attribute(const struct html_attribute *attribute)
{
	CLEANUP(html_text_release) struct html_text name = {0}, value = {0};

	html_text_decode(&name, attribute->name, HTML_NAME);
	html_text_decode(&value, attribute->value, HTML_ATTRIBUTE);
	return attribute_line(name.text, value.text, false);
}

static bool is_repeated(const struct html_token *token, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (token->attributes[j].name.length_bytes ==
			    token->attributes[i].name.length_bytes &&
		    !strncasecmp(token->attributes[j].name.data, token->attributes[i].name.data,
				 token->attributes[i].name.length_bytes))
			return true;
	return false;
}

static void write_tag(struct buf *out, const struct html_token *token)
{
	char *lines[64];
	size_t count = 0;

	buf_append_string(out, token->kind == HTML_TOKEN_START_TAG ? "St" : "En");
	write_decoded(out, token->name, HTML_NAME);
	if (token->kind == HTML_TOKEN_START_TAG) {
		if (token->self_closing)
			buf_append_string(out, " true");
		for (size_t i = 0; i < token->n_attributes && count < ARRAY_LENGTH(lines); i++)
			if (!is_repeated(token, i))
				lines[count++] = actual_attribute(&token->attributes[i]);
		write_sorted(out, lines, count);
	}
	buf_append_char(out, '\n');
}

static void write_doctype(struct buf *out, const struct html_token *token)
{
	buf_append_string(out, "DO");
	write_decoded(out, token->name, HTML_NAME);
	write_decoded(out, token->public_id, HTML_RAWTEXT);
	write_decoded(out, token->system_id, HTML_RAWTEXT);
	buf_append_string(out, token->force_quirks ? " false\n" : " true\n");
}

static void flush_text(struct buf *out, struct buf *text)
{
	if (!text->length_bytes)
		return;
	buf_append_string(out, "Ch");
	write_string(out, (struct slice){text->data, text->length_bytes}, false);
	buf_append_char(out, '\n');
	buf_clear(text);
}

static void append_decoded(struct buf *text, const struct html_token *token)
{
	CLEANUP(html_text_release) struct html_text decoded = {0};

	html_text_decode(&decoded, token->text, token->content);
	buf_append(text, decoded.text.data, decoded.text.length_bytes);
}

static void write_actual(struct buf *out, struct html_tokenizer *tokenizer)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	struct html_token token;

	while (html_tokenizer_next(tokenizer, &token)) {
		if (token.kind == HTML_TOKEN_TEXT) {
			append_decoded(&text, &token);
			continue;
		}
		flush_text(out, &text);
		if (token.kind == HTML_TOKEN_DOCTYPE) {
			write_doctype(out, &token);
		} else if (token.kind == HTML_TOKEN_COMMENT) {
			buf_append_string(out, "Co");
			write_decoded(out, token.text, HTML_RAWTEXT);
			buf_append_char(out, '\n');
		} else {
			write_tag(out, &token);
		}
	}
	flush_text(out, &text);
}

static enum html_content content_of(struct slice state)
{
	static const struct {
		const char *state;
		enum html_content content;
	} states[] = {
		{"Data state", HTML_DATA},           {"PLAINTEXT state", HTML_PLAINTEXT},
		{"RCDATA state", HTML_RCDATA},       {"RAWTEXT state", HTML_RAWTEXT},
		{"CDATA section state", HTML_CDATA}, {"Script data state", HTML_SCRIPT_DATA},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(states); i++)
		if (slice_equals(state, states[i].state))
			return states[i].content;
	fprintf(stderr, "unknown state %.*s\n", (int)state.length_bytes, state.data);
	exit(1);
}

static bool passes(const struct node *test, enum html_content content, const char *file)
{
	CLEANUP(html_tokenizer_release) struct html_tokenizer tokenizer;
	CLEANUP(buf_release) struct buf input = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf expected = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf actual = BUF_INIT(BUF_UNLIMITED);
	const struct node *last = get(test, "lastStartTag"), *doubled = get(test, "doubleEscaped");
	bool is_double = doubled && doubled->is_true;

	append_string(&input, get(test, "input")->string, is_double);
	write_expected(&expected, get(test, "output"), is_double);
	html_tokenizer_init(&tokenizer, buf_string(&input), input.length_bytes);
	html_tokenizer_set_content(&tokenizer, content);
	if (last)
		tokenizer.last_start_tag = last->string;
	write_actual(&actual, &tokenizer);
	if (expected.length_bytes == actual.length_bytes &&
	    !memcmp(buf_string(&expected), buf_string(&actual), actual.length_bytes))
		return true;
	fprintf(stderr, "%s: %s (content %d)\n input: %s\n expected:\n%s actual:\n%s\n", file,
		get(test, "description")->string.data, content, buf_string(&input),
		buf_string(&expected), buf_string(&actual));
	return false;
}

static void run_tests(const struct node *tests, const char *file, size_t *run, size_t *failed)
{
	for (size_t i = 0; i < tests->count; i++) {
		const struct node *states = get(&tests->items[i], "initialStates");

		for (size_t j = 0; j < (states ? states->count : 1); j++) {
			enum html_content content =
				states ? content_of(states->items[j].string) : HTML_DATA;

			*failed += !passes(&tests->items[i], content, file);
			++*run;
		}
	}
}

static void read_whole(const char *path, struct buf *text)
{
	char piece[4096];
	size_t got;
	FILE *file = fopen(path, "r");

	while (file && (got = fread(piece, 1, sizeof piece, file)) > 0)
		buf_append(text, piece, got);
	if (file)
		fclose(file);
}

static void run_file(const char *path, size_t *run, size_t *failed)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_null,
		.yajl_boolean = on_bool,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_map_key = on_string,
		.yajl_start_map = on_open,
		.yajl_end_map = on_close,
		.yajl_start_array = on_open,
		.yajl_end_array = on_close,
	};
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	struct node root = {.kind = NODE_LIST};
	struct reader reader = {.open = {&root}};
	yajl_handle handle = yajl_alloc(&callbacks, NULL, &reader);

	read_whole(path, &text);
	if (yajl_parse(handle, (const unsigned char *)buf_string(&text), text.length_bytes) !=
		    yajl_status_ok ||
	    yajl_complete_parse(handle) != yajl_status_ok || root.count != 1) {
		fprintf(stderr, "%s: no JSON\n", path);
		++*failed;
	} else if (get(&root.items[0], "tests")) {
		run_tests(get(&root.items[0], "tests"), path, run, failed);
	}
	yajl_free(handle);
	node_release(&root);
}

int main(void)
{
	const char *folder = getenv("HTML5LIB_TOKENIZER");
	size_t run = 0, failed = 0;
	struct dirent *entry;
	DIR *dir;

	folder = folder ? folder : "../shared/suites/html5lib-tokenizer";
	dir = opendir(folder);
	if (!dir) {
		printf("skipped: no %s\n", folder);
		return SKIPPED;
	}
	while ((entry = readdir(dir))) {
		char *path = alloc_printf("%s/%s", folder, entry->d_name);
		const char *dot = strrchr(entry->d_name, '.');

		if (dot && !strcmp(dot, ".test"))
			run_file(path, &run, &failed);
		free(path);
	}
	closedir(dir);
	printf("%zu tests, %zu failed\n", run, failed);
	return failed || !run;
}
