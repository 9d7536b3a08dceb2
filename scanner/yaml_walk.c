/*
 * YAML 1.1 through libyaml's events. Its marks count code points and stand at a scalar's anchor,
 * tag, quote or block indicator; here they become byte offsets of the text itself.
 */
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "cleanup.h"
#include "data_builder.h"
#include "map.h"

struct yaml_walk {
	const char *text;
	size_t length_bytes, base_offset;
	struct data_builder builder;
	struct map *anchors; /* name -> node; NULL before the first */
	/* Marks grow, but for small steps back: code points up to here were turned into bytes. */
	size_t known_index, known_offset;
};

static void yaml_walk_release(struct yaml_walk *walk)
{
	data_builder_release(&walk->builder);
	map_free(walk->anchors);
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Byte offset of a code point index. Invalid UTF-8 never gets here: libyaml stops at it. */
static size_t offset_of(struct yaml_walk *walk, size_t index)
{
	while (walk->known_index > index && walk->known_offset > 0) {
		walk->known_offset--;
		while (walk->known_offset > 0 && is_continuation(walk->text[walk->known_offset]))
			walk->known_offset--;
		walk->known_index--;
	}
	while (walk->known_index < index && walk->known_offset < walk->length_bytes) {
		walk->known_offset++;
		while (walk->known_offset < walk->length_bytes &&
		       is_continuation(walk->text[walk->known_offset]))
			walk->known_offset++;
		walk->known_index++;
	}
	return walk->known_offset;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_line(const struct yaml_walk *walk, size_t offset, size_t end)
{
	while (offset < end && walk->text[offset] != '\n' && walk->text[offset] != '\r')
		offset++;
	return offset;
}

/* Past `&anchor`, `!tag` and what separates them from the text. */
static size_t skip_properties(const struct yaml_walk *walk, size_t offset, size_t end)
{
	while (offset < end) {
		char c = walk->text[offset];

		if (c == '&' || c == '!') {
			while (offset < end && !is_blank(walk->text[offset]))
				offset++;
		} else if (c == '#') {
			offset = skip_line(walk, offset, end);
		} else if (is_blank(c)) {
			offset++;
		} else {
			break;
		}
	}
	return offset;
}

/* Past `|2-` or `>` and its comment, to the first line's text. */
static size_t skip_block_indicator(const struct yaml_walk *walk, size_t offset, size_t end)
{
	offset = skip_line(walk, offset, end);
	while (offset < end && is_blank(walk->text[offset]))
		offset++;
	return offset;
}

static enum data_quoting quoting_of(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return DATA_DOUBLED;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return DATA_ESCAPED;
	default:
		return DATA_VERBATIM;
	}
}

static struct data_node *scalar(struct yaml_walk *walk, const yaml_event_t *event)
{
	size_t end = offset_of(walk, event->end_mark.index);
	size_t offset = skip_properties(walk, offset_of(walk, event->start_mark.index), end);
	yaml_scalar_style_t style = event->data.scalar.style;
	struct data_node *node;

	if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE) {
		offset = skip_block_indicator(walk, offset, end);
		while (end > offset && is_blank(walk->text[end - 1]))
			end--;
	} else if (style != YAML_PLAIN_SCALAR_STYLE && end > offset + 1) {
		offset++;
		end--;
	}
	node = data_tree_scalar(walk->builder.tree, (const char *)event->data.scalar.value,
				event->data.scalar.length, walk->base_offset + offset,
				walk->base_offset + end,
				style == YAML_PLAIN_SCALAR_STYLE && !event->data.scalar.tag);
	if (node)
		node->quoting = quoting_of(style);
	return node;
}

static struct data_node *alias(struct yaml_walk *walk, const yaml_event_t *event)
{
	size_t offset = walk->base_offset + offset_of(walk, event->start_mark.index);
	struct data_node *node =
		walk->anchors
			? map_get_string(walk->anchors, (const char *)event->data.alias.anchor)
			: NULL;

	if (!node) {
		data_tree_fail(walk->builder.tree, offset, "found an alias of no anchor");
		return NULL;
	}
	if (data_builder_is_open(&walk->builder, node))
		return data_tree_scalar(walk->builder.tree, "", 0, offset, offset, true);
	return node;
}

static void remember(struct yaml_walk *walk, const yaml_char_t *anchor, struct data_node *node)
{
	if (!anchor)
		return;
	if (!walk->anchors)
		walk->anchors = map_new();
	map_put_string(walk->anchors, (const char *)anchor, node);
}

static bool begin(struct yaml_walk *walk, const yaml_event_t *event, enum data_kind kind,
		  const yaml_char_t *anchor)
{
	size_t offset = walk->base_offset + offset_of(walk, event->start_mark.index);
	struct data_node *node = data_builder_begin(&walk->builder, kind, offset);

	if (!node)
		return false;
	remember(walk, anchor, node);
	return true;
}

static bool take(struct yaml_walk *walk, const yaml_event_t *event)
{
	struct data_node *node;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		node = scalar(walk, event);
		if (!node)
			return false;
		remember(walk, event->data.scalar.anchor, node);
		data_builder_push(&walk->builder, node);
		return true;
	case YAML_ALIAS_EVENT:
		node = alias(walk, event);
		if (!node)
			return false;
		data_builder_push(&walk->builder, node);
		return true;
	case YAML_SEQUENCE_START_EVENT:
		return begin(walk, event, DATA_SEQUENCE, event->data.sequence_start.anchor);
	case YAML_MAPPING_START_EVENT:
		return begin(walk, event, DATA_MAPPING, event->data.mapping_start.anchor);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return data_builder_end(&walk->builder,
					walk->base_offset + offset_of(walk, event->end_mark.index),
					true);
	default:
		return true;
	}
}

/* By the text: the library's own lines count one more at the end of its input. */
static size_t lines_between(struct yaml_walk *walk, size_t from_index, size_t to_index)
{
	size_t offset = offset_of(walk, from_index), end = offset_of(walk, to_index), lines = 0;

	for (; offset < end; offset++)
		lines += walk->text[offset] == '\n';
	return lines;
}

/* In the words of who wrote it, for what people mostly get wrong; NULL: something else. */
static const char *plain_words(const struct yaml_walk *walk, const char *problem, size_t offset)
{
	char c = offset < walk->length_bytes ? walk->text[offset] : '\0';

	if (!strcmp(problem, "mapping values are not allowed in this context"))
		return "a second ':' in one value: it needs quotes, or its line is indented too "
		       "far";
	if (strcmp(problem, "found character that cannot start any token") != 0)
		return NULL;
	if (c == '\t')
		return "a tab; YAML is indented with blanks alone";
	if (c == '@' || c == '`')
		return "a value that begins with '@' or '`' needs quotes around it";
	return NULL;
}

/* A key that begins a line, in a column of its own. */
static bool is_indented_alone(const struct yaml_walk *walk, const yaml_parser_t *parser,
			      size_t offset)
{
	if (strcmp(parser->problem, "did not find expected key") != 0 || !parser->context ||
	    strcmp(parser->context, "while parsing a block mapping") != 0 ||
	    parser->problem_mark.column == parser->context_mark.column)
		return false;
	while (offset > 0 && walk->text[offset - 1] == ' ')
		offset--;
	return offset == 0 || walk->text[offset - 1] == '\n';
}

static void describe(struct yaml_walk *walk, const yaml_parser_t *parser, struct data_error *error)
{
	const char *problem = parser->problem ? parser->problem : "is no YAML";
	const char *plain;
	size_t lines;

	error->offset = walk->base_offset;
	if (parser->error == YAML_READER_ERROR)
		error->offset += parser->problem_offset < walk->length_bytes
					 ? parser->problem_offset
					 : walk->length_bytes;
	else
		error->offset += offset_of(walk, parser->problem_mark.index);
	plain = plain_words(walk, problem, error->offset - walk->base_offset);
	if (plain) {
		snprintf(error->message, sizeof error->message, "%s", plain);
		return;
	}
	if (parser->problem && is_indented_alone(walk, parser, error->offset - walk->base_offset)) {
		snprintf(error->message, sizeof error->message,
			 "indented by %zu, as none of the keys above is",
			 parser->problem_mark.column);
		return;
	}
	if (!parser->context || strncmp(parser->context, "while ", 6) != 0) {
		snprintf(error->message, sizeof error->message, "%s", problem);
		return;
	}
	/* What was left open may begin far from where the parser noticed. */
	lines = lines_between(walk, parser->context_mark.index, parser->problem_mark.index);
	if (lines)
		snprintf(error->message, sizeof error->message,
			 "%s (%s that begins %zu line%s above)", problem, parser->context, lines,
			 lines == 1 ? "" : "s");
	else
		snprintf(error->message, sizeof error->message, "%s (%s)", problem,
			 parser->context);
}

static bool walk_events(struct yaml_walk *walk, yaml_parser_t *parser)
{
	yaml_event_type_t type = YAML_NO_EVENT;

	while (type != YAML_STREAM_END_EVENT) {
		yaml_event_t event;
		bool is_taken;

		if (!yaml_parser_parse(parser, &event)) {
			describe(walk, parser, &walk->builder.tree->error);
			return false;
		}
		type = event.type;
		is_taken = take(walk, &event);
		yaml_event_delete(&event);
		if (!is_taken)
			return false;
	}
	return true;
}

int yaml_walk_parse(const char *text, size_t length_bytes, size_t base_offset,
		    struct data_tree **ret_tree, struct data_error *ret_error)
{
	CLEANUP(yaml_walk_release)
	struct yaml_walk walk = {text, length_bytes, base_offset};
	struct data_tree *tree = data_tree_new();
	yaml_parser_t parser;
	bool is_whole = false;

	walk.builder.tree = tree;
	if (yaml_parser_initialize(&parser)) {
		yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
		yaml_parser_set_input_string(&parser, (const unsigned char *)text, length_bytes);
		is_whole = walk_events(&walk, &parser);
		yaml_parser_delete(&parser);
	} else {
		data_tree_fail(tree, base_offset, "no memory for a YAML parser");
	}
	if (!is_whole) {
		*ret_error = tree->error;
		data_tree_free(tree);
		return -1;
	}
	*ret_tree = tree;
	return 0;
}
