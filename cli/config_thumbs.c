#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "config_reader.h"
#include "quoted.h"

#define MAX_DPR 4
#define MAX_NAME_BYTES 48 /* leaves room for "@4x" */

static const char *const spec_keys[] = {"width",   "height",     "fit",      "position", "format",
					"quality", "background", "animated", "dpr"};
enum spec_key {
	SPEC_WIDTH,
	SPEC_HEIGHT,
	SPEC_FIT,
	SPEC_POSITION,
	SPEC_FORMAT,
	SPEC_QUALITY,
	SPEC_BACKGROUND,
	SPEC_ANIMATED,
	SPEC_DPR,
};

struct spec_context {
	const char *name;
	struct thumb_spec spec;
	const struct data_node *given[ARRAY_LENGTH(spec_keys)]; /* NULL: not given */
	unsigned dprs; /* bit n: n device pixels a CSS pixel */
	size_t n_errors_before;
};

static bool hex_digits(const char *text, unsigned n_digits, unsigned *ret_value)
{
	char *end;

	for (unsigned i = 0; i < n_digits; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	*ret_value = (unsigned)strtoul(text, &end, 16);
	return !*end;
}

/* CSS Color: #rgb and #rrggbb. */
static bool parse_color(const char *text, unsigned char *ret_rgb)
{
	unsigned value;

	if (*text++ != '#')
		return false;
	if (strlen(text) == 6 && hex_digits(text, 6, &value)) {
		for (int i = 0; i < 3; i++)
			ret_rgb[i] = (unsigned char)(value >> (16 - 8 * i));
		return true;
	}
	if (strlen(text) != 3 || !hex_digits(text, 3, &value))
		return false;
	for (int i = 0; i < 3; i++)
		ret_rgb[i] = (unsigned char)(((value >> (8 - 4 * i)) & 15) * 17);
	return true;
}

static void read_dpr(struct config_reader *reader, const struct data_node *node, const char *key,
		     unsigned *ret_dprs)
{
	int64_t dpr;

	if (config_number(reader, node, key, 1, MAX_DPR, &dpr)) {
		if (*ret_dprs & 1u << dpr)
			config_error(reader, node->offset, "%s: %" PRId64 " is given twice", key,
				     dpr);
		*ret_dprs |= 1u << dpr;
	}
}

static void read_dprs(struct config_reader *reader, const struct data_node *node, const char *key,
		      unsigned *ret_dprs)
{
	if (node->kind != DATA_SEQUENCE) {
		read_dpr(reader, node, key, ret_dprs);
		return;
	}
	for (size_t i = 0; i < node->count && i <= MAX_DPR; i++)
		read_dpr(reader, node->items[i], key, ret_dprs);
	if (!node->count || node->count > MAX_DPR)
		config_error(reader, node->offset, "%s must be a list of 1 to %d numbers, [1, 2]",
			     key, MAX_DPR);
}

static void read_word(struct config_reader *reader, const struct data_node *node, const char *key,
		      enum spec_key which, struct thumb_spec *spec)
{
	const char *text;

	if (!config_text(reader, node, key, &text))
		return;
	if (which == SPEC_FIT && !thumb_fit_parse(text, &spec->fit))
		config_error(reader, node->offset, "%s: %s; it takes contain or cover", key,
			     quoted(text).text);
	if (which == SPEC_POSITION && !thumb_position_parse(text, &spec->position))
		config_error(reader, node->offset,
			     "%s: %s; it takes centre, top, bottom, left, right, top-left, "
			     "top-right, bottom-left, bottom-right, attention or entropy",
			     key, quoted(text).text);
	if (which == SPEC_FORMAT && !thumb_format_parse(text, &spec->format))
		config_error(reader, node->offset, "%s: %s; it takes webp, jpeg, png, avif or auto",
			     key, quoted(text).text);
	if (which == SPEC_BACKGROUND && !parse_color(text, spec->background))
		config_error(reader, node->offset, "%s: %s; it takes a color, '#fff' or '#1a2b3c'",
			     key, quoted(text).text);
	spec->has_background |= which == SPEC_BACKGROUND;
}

static void use_spec_key(struct config_reader *reader, size_t index, const struct data_node *node,
			 void *context)
{
	struct spec_context *into = context;
	CLEANUP(cleanup_free)
	char *key = alloc_printf("thumbs.%s.%s", into->name, spec_keys[index]);
	struct thumb_spec *spec = &into->spec;
	int64_t number;

	into->given[index] = node;
	switch ((enum spec_key)index) {
	case SPEC_WIDTH:
	case SPEC_HEIGHT:
		if (config_number(reader, node, key, 1, THUMB_MAX_EDGE_PX, &number))
			*(index == SPEC_WIDTH ? &spec->width_px : &spec->height_px) = (int)number;
		break;
	case SPEC_QUALITY:
		if (config_number(reader, node, key, 1, 100, &number))
			spec->quality = (int)number;
		break;
	case SPEC_ANIMATED:
		config_bool(reader, node, key, &spec->is_animated);
		break;
	case SPEC_DPR:
		read_dprs(reader, node, key, &into->dprs);
		break;
	default:
		read_word(reader, node, key, (enum spec_key)index, spec);
	}
}

/* An empty value counts as none, but YAML takes a color without quotes for a comment. */
static void check_background(struct config_reader *reader, const struct data_node *mapping,
			     const char *name)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (slice_equals(mapping->keys[i]->text, "background") &&
		    config_is_null(mapping->items[i]) && !mapping->items[i]->text.length_bytes)
			config_error(
				reader, mapping->keys[i]->offset,
				"thumbs.%s.background is empty; a color stands in quotes, '#fff'",
				name);
}

/* What single keys cannot see. */
static void check_spec(struct config_reader *reader, const struct data_node *node,
		       const struct spec_context *from)
{
	const struct thumb_spec *spec = &from->spec;

	if (!from->given[SPEC_WIDTH] && !from->given[SPEC_HEIGHT])
		config_error(reader, node->offset, "thumbs.%s needs a width or a height",
			     from->name);
	if (from->given[SPEC_FIT] && spec->fit == THUMB_COVER &&
	    (!from->given[SPEC_WIDTH] || !from->given[SPEC_HEIGHT]))
		config_error(reader, from->given[SPEC_FIT]->offset,
			     "thumbs.%s: 'fit: cover' needs both width and height", from->name);
	if (from->given[SPEC_POSITION] && spec->fit != THUMB_COVER)
		config_error(reader, from->given[SPEC_POSITION]->offset,
			     "thumbs.%s: a position is for 'fit: cover' only", from->name);
	if (spec->is_animated && spec->format != THUMB_WEBP && spec->format != THUMB_AUTO)
		config_error(reader, from->given[SPEC_ANIMATED]->offset,
			     "thumbs.%s: only 'format: webp' and 'format: auto' can be animated",
			     from->name);
}

/* One spec a dpr: small, small@2x. */
static void add_spec(struct config_reader *reader, const struct data_node *key,
		     const struct spec_context *from, int dpr)
{
	struct settings *settings = reader->settings;
	struct thumb_spec *spec;

	if (from->spec.width_px > THUMB_MAX_EDGE_PX / dpr ||
	    from->spec.height_px > THUMB_MAX_EDGE_PX / dpr) {
		config_error(reader, key->offset,
			     "thumbs.%s: at dpr %d a side is longer than %d px", from->name, dpr,
			     THUMB_MAX_EDGE_PX);
		return;
	}
	if (settings->n_specs == THUMB_MAX_SPECS) {
		config_error(reader, key->offset, "thumbs: more than %d, each dpr counted",
			     THUMB_MAX_SPECS);
		return;
	}
	spec = &settings->specs[settings->n_specs++];
	*spec = from->spec;
	spec->width_px *= dpr;
	spec->height_px *= dpr;
	if (dpr == 1)
		snprintf(spec->name, sizeof spec->name, "%s", from->name);
	else
		snprintf(spec->name, sizeof spec->name, "%s@%dx", from->name, dpr);
}

static bool is_name(struct slice text)
{
	if (!text.length_bytes || text.length_bytes > MAX_NAME_BYTES)
		return false;
	for (size_t i = 0; i < text.length_bytes; i++) {
		char c = text.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-')
			return false;
	}
	return true;
}

static void use_spec(struct config_reader *reader, const struct data_node *key,
		     const struct data_node *node, void *context)
{
	struct spec_context into = {
		.spec = {.format = THUMB_WEBP, .quality = 75, .background = {255, 255, 255}},
		.n_errors_before = reader->n_errors};
	CLEANUP(cleanup_free) char *label = NULL;

	(void)context;
	if (!is_name(key->text)) {
		config_error(reader, key->offset,
			     "thumbs: %s; it takes a name of 1 to %d letters a-z, digits, '_' "
			     "and '-'",
			     quoted(key->text.data).text, MAX_NAME_BYTES);
		return;
	}
	label = alloc_printf("thumbs.%s", key->text.data);
	if (!config_expect(reader, node, DATA_MAPPING, label))
		return;
	into.name = key->text.data;
	config_each(reader, node, "", spec_keys, ARRAY_LENGTH(spec_keys), use_spec_key, &into);
	check_background(reader, node, into.name);
	check_spec(reader, node, &into);
	if (reader->n_errors != into.n_errors_before)
		return;
	for (int dpr = 1; dpr <= MAX_DPR; dpr++)
		if ((into.dprs ? into.dprs : 1u << 1) & 1u << dpr)
			add_spec(reader, key, &into, dpr);
}

void config_thumbs(struct config_reader *reader, const struct data_node *node)
{
	if (!config_expect(reader, node, DATA_MAPPING, "thumbs"))
		return;
	reader->settings->n_specs = 0;
	config_each_any(reader, node, "thumbs", THUMB_MAX_SPECS, use_spec, NULL);
	if (!node->count)
		config_error(reader, node->offset,
			     "thumbs is empty; name one thumbnail at least, or leave the key out");
}
