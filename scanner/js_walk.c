#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_builder.h"

/* Longer ones are no settings. Each has the keys around it: unbounded they outgrow the text. */
#define NAME_MAX_BYTES 256

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING,
	TOKEN_MARK, /* any other character, or an expression that is not looked into */
};

struct token {
	enum token_kind kind;
	struct slice text; /* without the quotes */
};

/* What is open: '{', '[' or '('. */
struct level {
	char mark;
	struct slice name;     /* the key whose value it belongs to; empty: none */
	struct slice key;      /* '{': whose value is being read */
	struct slice function; /* '(': what is called */
};

struct js_reader {
	const char *at, *end, *start;
	struct token last, before_last;
	struct level levels[DATA_TREE_MAX_DEPTH];
	size_t depth;
	bool is_behind_key;
	struct slice value; /* behind its key; what follows it tells whether it is all */
	size_t base_offset;
	struct data_builder builder;
};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$';
}

static void skip_blanks_and_comments(struct js_reader *reader)
{
	const char *end = reader->end;

	while (reader->at < end) {
		const char *at = reader->at, *close;

		if (*at == ' ' || (*at >= '\t' && *at <= '\r')) {
			reader->at++;
		} else if (end - at > 1 && at[0] == '/' && at[1] == '/') {
			close = memchr(at, '\n', (size_t)(end - at));
			reader->at = close ? close : end;
		} else if (end - at > 1 && at[0] == '/' && at[1] == '*') {
			close = memmem(at + 2, (size_t)(end - at) - 2, "*/", 2);
			reader->at = close ? close + 2 : end;
		} else {
			return;
		}
	}
}

/* Behind the closing quote, or the end. */
static const char *end_of_quoted(const char *at, const char *end, char quote)
{
	while (at < end && *at != quote)
		at += *at == '\\' && at + 1 < end ? 2 : 1;
	return at < end ? at + 1 : end;
}

/* A '/' divides behind a value; else it begins a regular expression. */
static bool may_be_expression(const struct token *last)
{
	if (last->kind == TOKEN_WORD)
		return slice_equals(last->text, "return");
	return last->kind != TOKEN_STRING &&
	       !(last->text.length_bytes && strchr(")]}", last->text.data[0]));
}

static const char *end_of_expression(const char *at, const char *end)
{
	bool in_class = false;

	for (; at < end && *at != '\n' && (*at != '/' || in_class); at++) {
		if (*at == '\\' && at + 1 < end)
			at++;
		else if (*at == '[' || *at == ']')
			in_class = *at == '[';
	}
	return at < end ? at + 1 : end;
}

static struct token next_token(struct js_reader *reader)
{
	struct token token = {.kind = TOKEN_MARK};
	const char *from;

	skip_blanks_and_comments(reader);
	from = reader->at;
	if (from == reader->end)
		return (struct token){.kind = TOKEN_END};
	if (is_word(*from)) {
		while (reader->at < reader->end && is_word(*reader->at))
			reader->at++;
		token.kind = TOKEN_WORD;
	} else if (*from && strchr("\"'`", *from)) {
		reader->at = end_of_quoted(from + 1, reader->end, *from);
		token.text = (struct slice){from + 1, (size_t)(reader->at - from) - 1};
		if (token.text.length_bytes && reader->at[-1] == *from)
			token.text.length_bytes--;
		/* With an escape or `${…}` in it, its value is not plain to see. */
		token.kind = memchr(from, '\\', (size_t)(reader->at - from)) ||
					     memmem(from, (size_t)(reader->at - from), "${", 2)
				     ? TOKEN_MARK
				     : TOKEN_STRING;
		return token;
	} else if (*from == '/' && may_be_expression(&reader->last)) {
		reader->at = end_of_expression(from + 1, reader->end);
	} else {
		reader->at++;
	}
	token.text = (struct slice){from, (size_t)(reader->at - from)};
	return token;
}

static struct level *innermost(struct js_reader *reader)
{
	return reader->depth ? &reader->levels[reader->depth - 1] : NULL;
}

static void add_pair(struct js_reader *reader, const struct buf *name, struct slice value)
{
	struct data_builder *builder = &reader->builder;
	size_t offset = reader->base_offset + (size_t)(value.data - reader->start);
	size_t end = offset + value.length_bytes;
	struct data_node *key, *item;

	if (name->overflowed)
		return;
	key = data_tree_scalar(builder->tree, buf_string(name), name->length_bytes, offset, offset,
			       false);
	item = data_tree_scalar(builder->tree, value.data, value.length_bytes, offset, end, false);
	if (!key || !item)
		return;
	data_builder_push(builder, key);
	data_builder_push(builder, item);
}

/* "addPassthroughCopy().src": of an object that is an argument itself. */
static void add_argument(struct js_reader *reader, struct slice key)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_MAX_BYTES);
	struct slice function =
		reader->depth > 1 ? reader->levels[reader->depth - 2].function : (struct slice){0};

	if (!function.length_bytes)
		return;
	buf_append(&name, function.data, function.length_bytes);
	buf_append_string(&name, "().");
	buf_append(&name, key.data, key.length_bytes);
	add_pair(reader, &name, reader->value);
}

/* "dir": the keys around what stands here, outermost first. */
static void append_outer_keys(const struct js_reader *reader, struct buf *name)
{
	for (size_t i = 0; i < reader->depth; i++) {
		struct slice outer = reader->levels[i].name;

		if (!outer.length_bytes)
			continue;
		if (name->length_bytes)
			buf_append_char(name, '.');
		buf_append(name, outer.data, outer.length_bytes);
	}
}

/* "dir.input" */
static void add_value(struct js_reader *reader, struct slice key)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_MAX_BYTES);

	append_outer_keys(reader, &name);
	if (name.length_bytes)
		buf_append_char(&name, '.');
	buf_append(&name, key.data, key.length_bytes);
	add_pair(reader, &name, reader->value);
	add_argument(reader, key);
}

/* "setInputDirectory()": a call whose only argument is a string. */
static void add_call(struct js_reader *reader, struct slice function, struct slice argument)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_MAX_BYTES);

	buf_append(&name, function.data, function.length_bytes);
	buf_append_string(&name, "()");
	add_pair(reader, &name, argument);
}

static bool is_mark(const struct token *token, char mark)
{
	return token->kind == TOKEN_MARK && token->text.length_bytes == 1 &&
	       token->text.data[0] == mark;
}

static bool open_level(struct js_reader *reader, char mark)
{
	const struct level *outer = innermost(reader);

	if (reader->depth == ARRAY_LENGTH(reader->levels))
		return data_tree_fail_too_deep(reader->builder.tree,
					       reader->base_offset +
						       (size_t)(reader->at - reader->start));
	reader->levels[reader->depth++] = (struct level){
		.mark = mark,
		.name = outer ? outer->key : (struct slice){0},
		.function = mark == '(' && reader->last.kind == TOKEN_WORD ? reader->last.text
									   : (struct slice){0},
	};
	return true;
}

/* "staticDirectories[]": a string that is an item of a list, once for each. */
static void take_item(struct js_reader *reader)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_MAX_BYTES);
	const struct level *level = innermost(reader);

	if (!level || level->mark != '[' || !level->name.length_bytes ||
	    reader->last.kind != TOKEN_STRING ||
	    !(is_mark(&reader->before_last, '[') || is_mark(&reader->before_last, ',')))
		return;
	append_outer_keys(reader, &name);
	buf_append_string(&name, "[]");
	add_pair(reader, &name, reader->last.text);
}

/* A key stands behind the '{' or a ','; elsewhere a ':' is that of a type or of `?`. */
static void take_key(struct js_reader *reader)
{
	struct level *level = innermost(reader);
	bool is_name = reader->last.kind == TOKEN_WORD || reader->last.kind == TOKEN_STRING;

	if (level && level->mark == '{' && is_name &&
	    (is_mark(&reader->before_last, '{') || is_mark(&reader->before_last, ','))) {
		level->key = reader->last.text;
		reader->is_behind_key = true;
	}
}

static void end_value(struct js_reader *reader)
{
	struct level *level = innermost(reader);

	if (!level || level->mark != '{')
		return;
	if (reader->value.data)
		add_value(reader, level->key);
	reader->value = (struct slice){0};
	level->key = (struct slice){0};
}

static bool take_mark(struct js_reader *reader, char mark)
{
	switch (mark) {
	case '{':
	case '[':
	case '(':
		return open_level(reader, mark);
	case ':':
		take_key(reader);
		return true;
	case ',':
		take_item(reader);
		end_value(reader);
		return true;
	case '}':
	case ']':
	case ')':
		if (mark == ']')
			take_item(reader);
		if (mark == '}')
			end_value(reader);
		if (reader->depth)
			reader->depth--;
		return true;
	default:
		return true;
	}
}

/* The value is all that stands between the ':' and the next ',' or '}'. */
static void note_value(struct js_reader *reader, const struct token *token)
{
	if (token->kind == TOKEN_STRING && reader->is_behind_key)
		reader->value = token->text;
	else if (!is_mark(token, ',') && !is_mark(token, '}'))
		reader->value = (struct slice){0};
	reader->is_behind_key = false;
}

static bool read_tokens(struct js_reader *reader)
{
	struct slice function = {0}; /* before the '(' that the last string stands behind */
	struct token token;

	while ((token = next_token(reader)).kind != TOKEN_END) {
		note_value(reader, &token);
		if (token.kind == TOKEN_STRING)
			function = is_mark(&reader->last, '(') &&
						   reader->before_last.kind == TOKEN_WORD
					   ? reader->before_last.text
					   : (struct slice){0};
		if (is_mark(&token, ')') && reader->last.kind == TOKEN_STRING &&
		    function.length_bytes)
			add_call(reader, function, reader->last.text);
		if (token.kind == TOKEN_MARK && token.text.length_bytes == 1 &&
		    !take_mark(reader, token.text.data[0]))
			return false;
		reader->before_last = reader->last;
		reader->last = token;
	}
	return true;
}

int js_walk_parse(const char *text, size_t length_bytes, size_t base_offset,
		  struct data_tree **ret_tree, struct data_error *ret_error)
{
	struct data_tree *tree = data_tree_new();
	struct js_reader reader = {
		.at = text,
		.start = text,
		.end = text + length_bytes,
		.base_offset = base_offset,
		.builder.tree = tree,
	};
	bool is_read;

	data_builder_begin(&reader.builder, DATA_MAPPING, base_offset);
	is_read = read_tokens(&reader) &&
		  data_builder_end(&reader.builder, base_offset + length_bytes, false);
	data_builder_release(&reader.builder);
	if (!is_read) {
		*ret_error = tree->error;
		data_tree_free(tree);
		return -1;
	}
	*ret_tree = tree;
	return 0;
}
