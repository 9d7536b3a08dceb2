#include "rewrite.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "map.h"
#include "rewrite_data.h"
#include "utf8.h"

#define COLUMNS_BETWEEN_MARKS 1024

/* Where the first column of a line is; a byte order mark has none. */
static size_t line_start(const struct rewrite *rewrite, size_t line)
{
	const struct buf *text = &rewrite->before;
	bool has_bom =
		!line && text->length_bytes >= 3 && !memcmp(buf_string(text), "\xef\xbb\xbf", 3);

	return has_bom ? 3 : rewrite->lines[line];
}

/* A byte that is no UTF-8 counts as one column. */
static size_t next_column(const struct rewrite *rewrite, size_t at, size_t end)
{
	uint32_t code_point;
	size_t n = utf8_decode(buf_string(&rewrite->before) + at, end - at, &code_point);

	return at + (n ? n : 1);
}

static void mark_columns(struct rewrite *rewrite, size_t line, size_t end)
{
	size_t at = line_start(rewrite, line);

	if (end - rewrite->lines[line] <= COLUMNS_BETWEEN_MARKS)
		return;
	for (unsigned column = 1; at < end; column++) {
		if (column % COLUMNS_BETWEEN_MARKS == 0) {
			ALLOC_GROW(rewrite->marks, rewrite->n_marks, rewrite->marks_capacity);
			rewrite->marks[rewrite->n_marks++] =
				(struct rewrite_mark){(unsigned)line + 1, column, at};
		}
		at = next_column(rewrite, at, end);
	}
}

static void find_lines(struct rewrite *rewrite)
{
	const char *text = buf_string(&rewrite->before);
	size_t length = rewrite->before.length_bytes, at = 0;

	while (at < length) {
		const char *end = memchr(text + at, '\n', length - at);

		ALLOC_GROW(rewrite->lines, rewrite->n_lines, rewrite->lines_capacity);
		rewrite->lines[rewrite->n_lines++] = at;
		at = end ? (size_t)(end - text) + 1 : length;
		mark_columns(rewrite, rewrite->n_lines - 1, at);
	}
}

void rewrite_init(struct rewrite *rewrite, const char *file, struct buf *text)
{
	*rewrite = (struct rewrite){
		.file = alloc_string(file),
		.before = *text,
		.after = BUF_INIT(BUF_UNLIMITED),
	};
	buf_init(text, text->max_bytes);
	rewrite->taken = alloc_zeroed(rewrite->before.length_bytes / CHAR_BIT + 1, 1);
	rewrite->by_place = map_new();
	find_lines(rewrite);
}

bool rewrite_has_edit(const struct rewrite *rewrite, size_t first, size_t last)
{
	for (size_t at = first; at < last; at++)
		if (rewrite->taken[at / CHAR_BIT] >> at % CHAR_BIT & 1)
			return true;
	return false;
}

static void toggle_taken(struct rewrite *rewrite, const struct rewrite_edit *edit)
{
	for (size_t at = edit->offset; at < edit->offset + edit->old_bytes; at++)
		rewrite->taken[at / CHAR_BIT] ^= (unsigned char)(1u << at % CHAR_BIT);
}

void rewrite_drop(struct rewrite *rewrite, size_t n_kept)
{
	while (rewrite->n_edits > n_kept) {
		struct rewrite_edit *edit = &rewrite->edits[--rewrite->n_edits];

		if (rewrite->taken)
			toggle_taken(rewrite, edit);
		free(edit->old);
		free(edit->new);
		free(edit->was);
		free(edit->means);
	}
}

/* All but the edits. */
static void release_text(struct rewrite *rewrite)
{
	rewrite_data_release(rewrite);
	map_free(rewrite->by_place);
	free(rewrite->taken);
	free(rewrite->lines);
	free(rewrite->marks);
	buf_release(&rewrite->before);
	buf_release(&rewrite->after);
}

void rewrite_release(struct rewrite *rewrite)
{
	rewrite_drop(rewrite, 0);
	release_text(rewrite);
	free(rewrite->edits);
	free(rewrite->file);
}

static struct object_id id_of(const struct buf *text)
{
	return object_id_of(buf_string(text), text->length_bytes);
}

static void drop_meanings(struct rewrite_edit *edit)
{
	free(edit->was);
	free(edit->means);
	edit->was = edit->means = NULL;
}

void rewrite_pack(struct rewrite *rewrite)
{
	struct rewrite packed = {
		.file = rewrite->file,
		.edits = rewrite->edits,
		.n_edits = rewrite->n_edits,
		.edits_capacity = rewrite->n_edits,
		.before_id = id_of(&rewrite->before),
		.after_id = id_of(&rewrite->after),
	};

	for (size_t i = 0; i < packed.n_edits; i++)
		drop_meanings(&packed.edits[i]);
	if (packed.n_edits)
		packed.edits = alloc_resized(packed.edits, packed.n_edits, sizeof *packed.edits);
	release_text(rewrite);
	*rewrite = packed;
}

/* --- places -------------------------------------------------------------------------------------
 */

static size_t line_end(const struct rewrite *rewrite, size_t line)
{
	return line + 1 < rewrite->n_lines ? rewrite->lines[line + 1]
					   : rewrite->before.length_bytes;
}

/* The last mark that is not behind the place; NULL: none in its line. */
static const struct rewrite_mark *mark_before(const struct rewrite *rewrite, unsigned line,
					      unsigned column)
{
	size_t low = 0, high = rewrite->n_marks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct rewrite_mark *mark = &rewrite->marks[middle];

		if (mark->line < line || (mark->line == line && mark->column <= column))
			low = middle + 1;
		else
			high = middle;
	}
	return low && rewrite->marks[low - 1].line == line ? &rewrite->marks[low - 1] : NULL;
}

bool rewrite_place(const struct rewrite *rewrite, unsigned line, unsigned column,
		   size_t *ret_offset)
{
	const struct rewrite_mark *mark = mark_before(rewrite, line, column);
	size_t at, end;

	if (!line || line > rewrite->n_lines || !column)
		return false;
	at = mark ? mark->offset : line_start(rewrite, line - 1);
	end = line_end(rewrite, line - 1);
	for (unsigned i = mark ? mark->column : 1; i < column && at < end; i++)
		at = next_column(rewrite, at, end);
	*ret_offset = at;
	return at < end;
}

/* -1: they are not all hexadecimal digits; at most eight. */
static int64_t hex_value(const char *text, size_t length)
{
	int64_t value = 0;

	for (size_t i = 0; i < length; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* "\x26", "\u0026", "\U00000026" */
static bool is_hex_escape(const char *at, size_t left, char letter, size_t digits, uint32_t unit)
{
	return left >= 2 + digits && at[0] == '\\' && at[1] == letter &&
	       hex_value(at + 2, digits) == unit;
}

/* A value has the ones or the others: 'it''s' (YAML, CSV), or "\u0069t''s". */
enum escapes { ESCAPES_DOUBLED, ESCAPES_BACKSLASH };

/* Bytes of the escape at `at` that stands for the code point `c`, or 0. */
static size_t escape_length(const char *at, size_t left, uint32_t c, enum escapes escapes)
{
	if (escapes == ESCAPES_DOUBLED)
		return left >= 2 && (uint32_t)at[0] == c && at[1] == at[0] && strchr("'\"", at[0])
			       ? 2
			       : 0;
	if (left >= 2 && at[0] == '\\' && (uint32_t)at[1] == c && strchr("/\\\"", at[1]))
		return 2;
	if (is_hex_escape(at, left, 'u', 4, c))
		return 6;
	if (is_hex_escape(at, left, 'x', 2, c))
		return 4;
	if (is_hex_escape(at, left, 'U', 8, c))
		return 10;
	/* JSON's two halves of a code point beyond 16 bits */
	return c > 0xffff && is_hex_escape(at, left, 'u', 4, 0xd7c0 + (c >> 10)) &&
			       is_hex_escape(at + 6, left - 6, 'u', 4, 0xdc00 + (c & 0x3ff))
		       ? 12
		       : 0;
}

/* Escapes undone on the way. */
static size_t escaped_length(const char *text, size_t left, const char *written,
			     enum escapes escapes)
{
	size_t at = 0, n = strlen(written);

	for (size_t i = 0, step; i < n; i += step) {
		uint32_t code_point = UINT32_MAX;
		size_t escape;

		step = utf8_decode(written + i, n - i, &code_point);
		step = step ? step : 1;
		escape = escape_length(text + at, left - at, code_point, escapes);
		if (!escape && (step > left - at || memcmp(text + at, written + i, step) != 0))
			return 0;
		at += escape ? escape : step;
	}
	return at;
}

/* Those with which most of `text` stands for `written`: of "it''", whose end is an escaped quote,
 * "it'" is only a part. */
static enum escapes find_escapes(const char *text, size_t left, const char *written)
{
	size_t doubled = escaped_length(text, left, written, ESCAPES_DOUBLED);
	size_t backslash = escaped_length(text, left, written, ESCAPES_BACKSLASH);

	return backslash > doubled ? ESCAPES_BACKSLASH : ESCAPES_DOUBLED;
}

size_t rewrite_written_length(const struct rewrite *rewrite, size_t offset, const char *written,
			      bool is_data)
{
	const char *text = buf_string(&rewrite->before) + offset;
	size_t left = rewrite->before.length_bytes - offset, n = strlen(written);

	if (is_data)
		return escaped_length(text, left, written, find_escapes(text, left, written));
	return n <= left && !memcmp(text, written, n) ? n : 0;
}

void rewrite_respell(const struct rewrite *rewrite, size_t offset, const char *written,
		     const char *new, bool is_data, struct buf *ret_text)
{
	const char *text = buf_string(&rewrite->before) + offset;
	size_t left = rewrite->before.length_bytes - offset, n = strlen(written);
	enum escapes escapes;

	if (!is_data) {
		buf_append_string(ret_text, new);
		return;
	}
	escapes = find_escapes(text, left, written);
	for (size_t i = 0, step; i < n; i += step) {
		uint32_t code_point = UINT32_MAX;
		size_t escape;

		step = utf8_decode(written + i, n - i, &code_point);
		step = step ? step : 1;
		escape = escape_length(text, left, code_point, escapes);
		if (memcmp(written + i, new + i, step) != 0)
			buf_append(ret_text, new + i, step);
		else
			buf_append(ret_text, text, escape ? escape : step);
		text += escape ? escape : step;
		left -= escape ? escape : step;
	}
}

/* --- edits --------------------------------------------------------------------------------------
 */

/* The edit of just these bytes. The map counts from 1, and knows dropped edits. */
static const struct rewrite_edit *edit_at(const struct rewrite *rewrite, const size_t place[2])
{
	uintptr_t number = (uintptr_t)map_get(rewrite->by_place, place, 2 * sizeof *place);
	const struct rewrite_edit *edit;

	if (!number || number > rewrite->n_edits)
		return NULL;
	edit = &rewrite->edits[number - 1];
	return edit->offset == place[0] && edit->old_bytes == place[1] ? edit : NULL;
}

bool rewrite_add_within(struct rewrite *rewrite, size_t offset, size_t length_bytes,
			const char *new, const char *was, const char *means)
{
	const char *text = buf_string(&rewrite->before) + offset;
	const size_t place[] = {offset, length_bytes};
	const struct rewrite_edit *other = edit_at(rewrite, place);

	if (memchr(text, '\n', length_bytes) || strchr(new, '\n'))
		return false;
	if (other)
		return !strcmp(other->new, new);
	if (rewrite_has_edit(rewrite, offset, offset + length_bytes))
		return false;
	ALLOC_GROW(rewrite->edits, rewrite->n_edits, rewrite->edits_capacity);
	rewrite->edits[rewrite->n_edits++] = (struct rewrite_edit){
		.offset = offset,
		.old_bytes = length_bytes,
		.old = alloc_string_n(text, length_bytes),
		.new = alloc_string(new),
		.was = was ? alloc_string(was) : NULL,
		.means = means ? alloc_string(means) : NULL,
	};
	toggle_taken(rewrite, &rewrite->edits[rewrite->n_edits - 1]);
	map_put(rewrite->by_place, place, sizeof place, (void *)(uintptr_t)rewrite->n_edits);
	return true;
}

bool rewrite_add(struct rewrite *rewrite, size_t offset, size_t length_bytes, const char *new,
		 const char *means)
{
	return rewrite_add_within(rewrite, offset, length_bytes, new, NULL, means);
}

static int compare_edits(const void *a, const void *b)
{
	const struct rewrite_edit *left = a, *right = b;

	return left->offset < right->offset ? -1 : left->offset > right->offset;
}

void rewrite_redo(const struct rewrite_edit *edits, size_t n_edits, const struct buf *before,
		  struct buf *ret_after)
{
	const char *text = buf_string(before);
	size_t at = 0;

	for (size_t i = 0; i < n_edits; i++) {
		buf_append(ret_after, text + at, edits[i].offset - at);
		buf_append_string(ret_after, edits[i].new);
		at = edits[i].offset + edits[i].old_bytes;
	}
	buf_append(ret_after, text + at, before->length_bytes - at);
}

/* The first `n_edits` of the sorted edits make the new text. */
static bool apply(struct rewrite *rewrite, size_t n_edits)
{
	rewrite->n_edits = n_edits;
	buf_clear(&rewrite->after);
	rewrite_redo(rewrite->edits, n_edits, &rewrite->before, &rewrite->after);
	return rewrite_data_is_kept(rewrite);
}

/* The edit with which the data breaks first. */
static size_t first_harmful(struct rewrite *rewrite)
{
	size_t n_edits = rewrite->n_edits, n_good = 0, n_bad = n_edits;

	while (n_bad - n_good > 1) {
		size_t middle = n_good + (n_bad - n_good) / 2;

		if (apply(rewrite, middle))
			n_good = middle;
		else
			n_bad = middle;
	}
	rewrite->n_edits = n_edits;
	return n_good;
}

static unsigned line_of(const struct rewrite *rewrite, size_t offset)
{
	size_t n = 1;

	while (n < rewrite->n_lines && rewrite->lines[n] <= offset)
		n++;
	return (unsigned)n;
}

bool rewrite_finish(struct rewrite *rewrite, unsigned *ret_line)
{
	if (rewrite->n_edits)
		qsort(rewrite->edits, rewrite->n_edits, sizeof *rewrite->edits, compare_edits);
	if (apply(rewrite, rewrite->n_edits))
		return true;
	*ret_line = line_of(rewrite, rewrite->edits[first_harmful(rewrite)].offset);
	return false;
}

bool rewrite_undo(const struct rewrite_edit *edits, size_t n_edits, const struct buf *after,
		  struct buf *ret_before)
{
	const char *text = buf_string(after);
	size_t at = 0; /* in `after` */

	for (size_t i = 0; i < n_edits; i++) {
		const struct rewrite_edit *edit = &edits[i];
		size_t n = strlen(edit->new), kept = edit->offset - ret_before->length_bytes;

		if (edit->offset < ret_before->length_bytes || kept > after->length_bytes - at ||
		    n > after->length_bytes - at - kept || memcmp(text + at + kept, edit->new, n))
			return false;
		buf_append(ret_before, text + at, kept);
		buf_append_string(ret_before, edit->old);
		at += kept + n;
	}
	buf_append(ret_before, text + at, after->length_bytes - at);
	return true;
}
