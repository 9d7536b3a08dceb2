#include "html_size.h"

#include <limits.h>
#include <string.h>

int html_dimension_px(const struct html_attribute *attribute)
{
	struct slice value = attribute ? slice_trim(attribute->value) : (struct slice){0};
	long long number = 0;
	size_t i = 0;

	if (attribute && attribute->quote == '{' && value.length_bytes > 2)
		value = slice_trim((struct slice){value.data + 1, value.length_bytes - 2});
	for (; i < value.length_bytes && value.data[i] >= '0' && value.data[i] <= '9'; i++)
		if (number <= INT_MAX)
			number = number * 10 + (value.data[i] - '0');
	if (i < value.length_bytes && (value.data[i] == '%' || value.data[i] == '.'))
		return 0;
	return number > INT_MAX ? 0 : (int)number;
}

/* What stands before one of the bytes in `ends`; *text goes on behind it. */
static struct slice cut(struct slice *text, const char *ends)
{
	struct slice piece = {text->data, 0};

	while (piece.length_bytes < text->length_bytes &&
	       !strchr(ends, piece.data[piece.length_bytes]))
		piece.length_bytes++;
	text->data += piece.length_bytes;
	text->length_bytes -= piece.length_bytes;
	if (text->length_bytes) {
		text->data++;
		text->length_bytes--;
	}
	return slice_trim(piece);
}

/* The keyword without quotes and `!important`. */
static bool keeps_ratio(struct slice value)
{
	static const char *const keywords[] = {"contain", "cover", "none", "scale-down"};

	if (value.length_bytes > 2 && strchr("\"'`", value.data[0]))
		value = (struct slice){value.data + 1, value.length_bytes - 2};
	value = cut(&value, "!");
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (slice_equals_nocase(value, keywords[i]))
			return true;
	return false;
}

bool html_style_keeps_ratio(const struct html_attribute *style)
{
	struct slice text = style ? slice_trim(style->value) : (struct slice){0};
	bool is_object = style && style->quote == '{', is_kept = false;

	while (is_object && text.length_bytes && strchr("{ \t\n", text.data[0]))
		text = slice_trim((struct slice){text.data + 1, text.length_bytes - 1});
	while (text.length_bytes) {
		struct slice declaration = cut(&text, is_object ? ",}" : ";");
		struct slice name = cut(&declaration, ":");

		if (slice_equals_nocase(name, is_object ? "objectFit" : "object-fit"))
			is_kept = keeps_ratio(slice_trim(declaration));
	}
	return is_kept;
}
