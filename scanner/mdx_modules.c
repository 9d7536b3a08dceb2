#include "mdx_modules.h"

#include <string.h>

struct document {
	char *text;
	const char *original;
	size_t length_bytes;
	char fence_mark; /* of the fenced code that is open; '\0': none is */
	size_t fence_length;
	size_t budget; /* bytes that may still be looked at for the ends of brackets */
};

static size_t line_end(const struct document *document, size_t start)
{
	const char *end = memchr(document->original + start, '\n', document->length_bytes - start);

	return end ? (size_t)(end - document->original) : document->length_bytes;
}

static bool has_only_blanks(const struct document *document, size_t start, size_t end)
{
	for (; start < end; start++)
		if (!strchr(" \t\r", document->original[start]) || !document->original[start])
			return false;
	return true;
}

static bool starts_statement(const struct document *document, size_t start, size_t end)
{
	return end - start > 7 && (!memcmp(document->original + start, "import ", 7) ||
				   !memcmp(document->original + start, "export ", 7));
}

/* Opens or closes fenced code; true when the line belongs to some. */
static bool is_fenced(struct document *document, size_t start, size_t end)
{
	const char *at = document->original + start, *stop = document->original + end;
	char mark;
	size_t n = 0;

	while (at < stop && (*at == ' ' || *at == '\t'))
		at++;
	mark = at < stop && (*at == '`' || *at == '~') ? *at : '\0';
	while (mark && at + n < stop && at[n] == mark)
		n++;
	if (document->fence_mark) {
		if (mark == document->fence_mark && n >= document->fence_length &&
		    has_only_blanks(document, (size_t)(at - document->original) + n, end))
			document->fence_mark = '\0';
		return true;
	}
	if (n < 3 || (mark == '`' && memchr(at + n, '`', (size_t)(stop - at) - n)))
		return false;
	document->fence_mark = mark;
	document->fence_length = n;
	return true;
}

/* Behind the string that begins at `start`. */
static size_t string_end(const struct document *document, size_t start)
{
	char quote = document->original[start];
	size_t at = start + 1;

	while (at < document->length_bytes && document->original[at] != quote &&
	       (quote == '`' || document->original[at] != '\n'))
		at += document->original[at] == '\\' ? 2 : 1;
	return at + 1;
}

/* The first empty line from `start` on where no bracket is open; the length when all of them stay
 * open, or the budget ends. */
static size_t closed_end(struct document *document, size_t start)
{
	size_t at = start, depth = 0;

	while (at < document->length_bytes && document->budget > 0) {
		char c = document->original[at];
		size_t next = at + 1;

		if (c == '"' || c == '\'' || c == '`')
			next = string_end(document, at);
		else if (c == '{' || c == '(' || c == '[')
			depth++;
		else if (c == '}' || c == ')' || c == ']')
			depth -= depth > 0;
		else if (c == '\n' && depth == 0 &&
			 has_only_blanks(document, next, line_end(document, next)))
			return at;
		document->budget -= next - at < document->budget ? next - at : document->budget;
		at = next;
	}
	return document->length_bytes;
}

/* The first empty line from `start` on. */
static size_t block_end(const struct document *document, size_t start)
{
	size_t end = line_end(document, start);

	while (end < document->length_bytes &&
	       !has_only_blanks(document, end + 1, line_end(document, end + 1)))
		end = line_end(document, end + 1);
	return end;
}

static size_t statement_end(struct document *document, size_t start)
{
	size_t end = closed_end(document, start);

	return end < document->length_bytes ? end : block_end(document, start);
}

void mdx_modules_blank(char *text, const char *original, size_t length_bytes)
{
	struct document document = {text, original, length_bytes, .budget = 4 * length_bytes};
	bool after_blank = true;

	for (size_t start = 0, end; start < length_bytes; start = end + 1) {
		end = line_end(&document, start);
		if (is_fenced(&document, start, end)) {
			after_blank = false;
		} else if (after_blank && starts_statement(&document, start, end)) {
			end = statement_end(&document, start);
			for (size_t i = start; i < end; i++)
				if (text[i] != '\n' && text[i] != '\r')
					text[i] = ' ';
		} else {
			after_blank = has_only_blanks(&document, start, end);
		}
	}
}

/* `={`, but no template's `={{` or `={%`. */
static bool has_braced_value(const char *text, size_t length_bytes)
{
	const char *at = text, *end = text + length_bytes;

	while ((at = memchr(at, '{', (size_t)(end - at)))) {
		if (at > text && at[-1] == '=' && at + 1 < end && at[1] != '{' && at[1] != '%')
			return true;
		at++;
	}
	return false;
}

static bool has(const struct document *document, size_t start, size_t end, const char *what)
{
	return memmem(document->original + start, end - start, what, strlen(what)) != NULL;
}

/* `import x from 'y'` */
static bool is_import(const struct document *document, size_t start, size_t end)
{
	return starts_statement(document, start, end) && document->original[start] == 'i' &&
	       (has(document, start, end, " from '") || has(document, start, end, " from \""));
}

/* Not behind the indent of code, nor on a line with code in it. */
static bool has_call_of_modules(const struct document *document, size_t start, size_t end)
{
	return !has(document, start, end, "`") &&
	       !has(document, start, end - start > 4 ? start + 4 : end, "    ") &&
	       (has(document, start, end, "={useBaseUrl(") ||
		has(document, start, end, "={require("));
}

bool mdx_is_likely(const char *text, size_t length_bytes)
{
	struct document document = {.original = text, .length_bytes = length_bytes};
	bool after_blank = true;

	if (!has_braced_value(text, length_bytes))
		return false;
	for (size_t start = 0, end; start < length_bytes; start = end + 1) {
		end = line_end(&document, start);
		if (is_fenced(&document, start, end)) {
			after_blank = false;
			continue;
		}
		if ((after_blank && is_import(&document, start, end)) ||
		    has_call_of_modules(&document, start, end))
			return true;
		after_blank = has_only_blanks(&document, start, end) ||
			      (after_blank && starts_statement(&document, start, end));
	}
	return false;
}
