#include "markdown_paragraph.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

/* The joined lines, of which all before `at` is read. */
struct reader {
	char *text;
	size_t at, end;
	bool is_cut;
	struct markdown_code code;
	const char *last_comment_end; /* the last "-->", or NULL */
};

size_t markdown_code_backticks(const char *text, size_t at, size_t end)
{
	size_t n = 0;

	while (at + n < end && text[at + n] == '`')
		n++;
	return n;
}

size_t markdown_code_end(struct markdown_code *code, const char *text, size_t at, size_t end,
			 size_t n)
{
	size_t run;

	if (n > MARKDOWN_MAX_BACKTICKS || code->has_no_end[n])
		return 0;
	for (at += n; at < end; at += run ? run : 1) {
		run = markdown_code_backticks(text, at, end);
		if (run == n)
			return at + n;
	}
	code->has_no_end[n] = true;
	return 0;
}

void markdown_paragraph_release(struct markdown_paragraph *paragraph)
{
	free(paragraph->lines);
	buf_release(&paragraph->joined);
}

void markdown_paragraph_add(struct markdown_paragraph *paragraph, size_t start, size_t end)
{
	ALLOC_GROW(paragraph->lines, paragraph->n_lines, paragraph->capacity);
	paragraph->lines[paragraph->n_lines++] = (struct markdown_paragraph_line){start, end};
}

static void read_code(struct reader *reader)
{
	size_t n = markdown_code_backticks(reader->text, reader->at, reader->end);
	size_t end = markdown_code_end(&reader->code, reader->text, reader->at, reader->end, n);

	if (!end && reader->is_cut)
		memset(reader->text + reader->at, 'x', n);
	reader->at = end ? end : reader->at + n;
}

static bool starts(const struct reader *reader, const char *what)
{
	size_t n = strlen(what);

	return reader->end - reader->at >= n && !memcmp(reader->text + reader->at, what, n);
}

/* Behind `<!--`. */
static void read_comment(struct reader *reader)
{
	char *at = reader->text + reader->at, *close;

	if (!reader->last_comment_end || at > reader->last_comment_end) {
		if (reader->is_cut)
			at[-4] = 'x';
		return;
	}
	if (starts(reader, ">") || starts(reader, "->"))
		return;
	close = memmem(at, reader->end - reader->at, "-->", 3);
	reader->at = (size_t)(close - reader->text) + 3;
	for (; at < close; at++)
		if (at[0] == '-' && at[1] == '-')
			at[0] = 'x';
}

/* Behind the tag, 0 when none begins at `at`. A backtick in its name or in a value without quotes
 * makes it none. */
static size_t tag_end(const struct reader *reader, size_t at)
{
	const char *close;

	for (; at < reader->end; at++)
		switch (reader->text[at]) {
		case '>':
			return at + 1;
		case '<':
		case '`':
			return 0;
		case '"':
		case '\'':
			close = memchr(reader->text + at + 1, reader->text[at],
				       reader->end - at - 1);
			if (!close)
				return 0;
			at = (size_t)(close - reader->text);
			break;
		default:
			break;
		}
	return 0;
}

/* Behind the autolink, 0 when none begins at `at`. */
static size_t autolink_end(const struct reader *reader, size_t at)
{
	bool has_scheme = false;

	for (; at < reader->end; at++) {
		unsigned char c = (unsigned char)reader->text[at];

		if (c == '>')
			return has_scheme ? at + 1 : 0;
		if (c == ':')
			has_scheme = true;
		else if (c <= ' ' || c == '<' || (!has_scheme && !isalnum(c) && !strchr("+.-", c)))
			return 0;
	}
	return 0;
}

static void read_tag(struct reader *reader)
{
	size_t name, end;

	if (starts(reader, "<!--")) {
		reader->at += 4;
		read_comment(reader);
		return;
	}
	name = reader->at + (starts(reader, "</") ? 2 : 1);
	reader->at++;
	if (name >= reader->end || !isalpha((unsigned char)reader->text[name]))
		return;
	end = autolink_end(reader, name);
	if (!end)
		end = tag_end(reader, name);
	if (end)
		reader->at = end;
	else if (reader->is_cut)
		reader->text[reader->at - 1] = 'x';
}

const char *markdown_last_comment_end(const char *text, size_t end)
{
	const char *at;

	while ((at = memrchr(text, '>', end))) {
		end = (size_t)(at - text);
		if (end >= 2 && at[-1] == '-' && at[-2] == '-')
			return at - 2;
	}
	return NULL;
}

static void read_spans(char *text, size_t length_bytes, bool is_cut)
{
	struct reader reader = {
		.text = text,
		.end = length_bytes,
		.is_cut = is_cut,
		.last_comment_end = markdown_last_comment_end(text, length_bytes),
	};

	while (reader.at < reader.end) {
		if (text[reader.at] == '`')
			read_code(&reader);
		else if (text[reader.at] == '<')
			read_tag(&reader);
		else
			reader.at += text[reader.at] == '\\' ? 2 : 1;
	}
}

static bool has_comment(const struct markdown_paragraph *paragraph)
{
	for (size_t i = 0; i < paragraph->n_lines; i++) {
		const struct markdown_paragraph_line *line = &paragraph->lines[i];

		if (memmem(paragraph->text + line->start, line->end - line->start, "<!--", 4))
			return true;
	}
	return false;
}

static void join_lines(struct markdown_paragraph *paragraph)
{
	buf_clear(&paragraph->joined);
	for (size_t i = 0; i < paragraph->n_lines; i++) {
		const struct markdown_paragraph_line *line = &paragraph->lines[i];

		buf_append(&paragraph->joined, paragraph->text + line->start,
			   line->end - line->start);
		buf_append_char(&paragraph->joined, '\n');
	}
}

static void part_lines(const struct markdown_paragraph *paragraph)
{
	const char *from = paragraph->joined.data;

	for (size_t i = 0; i < paragraph->n_lines; i++) {
		const struct markdown_paragraph_line *line = &paragraph->lines[i];
		size_t n = line->end - line->start;

		memcpy(paragraph->text + line->start, from, n);
		from += n + 1;
	}
}

void markdown_paragraph_end(struct markdown_paragraph *paragraph, bool is_cut)
{
	if (paragraph->n_lines > 0 && (is_cut || has_comment(paragraph))) {
		paragraph->joined.max_bytes = BUF_UNLIMITED;
		join_lines(paragraph);
		read_spans(paragraph->joined.data, paragraph->joined.length_bytes, is_cut);
		part_lines(paragraph);
	}
	paragraph->n_lines = 0;
}
