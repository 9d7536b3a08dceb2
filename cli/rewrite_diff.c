#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "rewrite.h"

#define CONTEXT_LINES 3

/* A line of the old text, and the edits in it. */
struct diff_line {
	size_t start, end;
	size_t first_edit, n_edits;
};

struct diff {
	const struct rewrite *rewrite;
	struct diff_line *lines;
	size_t n_lines;
	struct buf *text;
};

static void find_edits(struct diff *diff)
{
	const struct rewrite *rewrite = diff->rewrite;
	size_t edit = 0;

	for (size_t i = 0; i < diff->n_lines; i++) {
		struct diff_line *line = &diff->lines[i];

		line->start = rewrite->lines[i];
		line->end = i + 1 < diff->n_lines ? rewrite->lines[i + 1]
						  : rewrite->before.length_bytes;
		line->first_edit = edit;
		while (edit < rewrite->n_edits && rewrite->edits[edit].offset < line->end)
			edit++;
		line->n_edits = edit - line->first_edit;
	}
}

static void end_line(struct diff *diff, bool has_newline)
{
	if (!has_newline)
		buf_append_string(diff->text, "\n\\ No newline at end of file\n");
}

static bool has_newline(const struct diff *diff, const struct diff_line *line)
{
	return line->end > line->start && diff->rewrite->before.data[line->end - 1] == '\n';
}

static void put_old(struct diff *diff, char mark, const struct diff_line *line)
{
	buf_append_char(diff->text, mark);
	buf_append(diff->text, buf_string(&diff->rewrite->before) + line->start,
		   line->end - line->start);
	end_line(diff, has_newline(diff, line));
}

static void put_new(struct diff *diff, const struct diff_line *line)
{
	const char *text = buf_string(&diff->rewrite->before);
	size_t at = line->start;

	buf_append_char(diff->text, '+');
	for (size_t i = 0; i < line->n_edits; i++) {
		const struct rewrite_edit *edit = &diff->rewrite->edits[line->first_edit + i];

		buf_append(diff->text, text + at, edit->offset - at);
		buf_append_string(diff->text, edit->new);
		at = edit->offset + edit->old_bytes;
	}
	buf_append(diff->text, text + at, line->end - at);
	end_line(diff, has_newline(diff, line));
}

/* Changed lines that follow each other: first all old ones, then all new ones. Returns the next. */
static size_t put_block(struct diff *diff, size_t first)
{
	size_t end = first;

	while (end < diff->n_lines && diff->lines[end].n_edits)
		put_old(diff, '-', &diff->lines[end++]);
	for (size_t i = first; i < end; i++)
		put_new(diff, &diff->lines[i]);
	return end;
}

/* The end of the hunk around the changed line `first`: contexts that touch are one hunk. */
static size_t hunk_end(const struct diff *diff, size_t first)
{
	size_t last = first;

	for (size_t i = first; i < diff->n_lines && i <= last + 2 * CONTEXT_LINES + 1; i++)
		if (diff->lines[i].n_edits)
			last = i;
	return last + CONTEXT_LINES + 1 < diff->n_lines ? last + CONTEXT_LINES + 1 : diff->n_lines;
}

static size_t put_hunk(struct diff *diff, size_t first)
{
	size_t start = first > CONTEXT_LINES ? first - CONTEXT_LINES : 0;
	size_t end = hunk_end(diff, first);

	buf_printf(diff->text, "@@ -%zu,%zu +%zu,%zu @@\n", start + 1, end - start, start + 1,
		   end - start);
	for (size_t i = start; i < end;) {
		if (diff->lines[i].n_edits)
			i = put_block(diff, i);
		else
			put_old(diff, ' ', &diff->lines[i++]);
	}
	return end;
}

static bool needs_quotes(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || strchr("\"\\\177", *name))
			return true;
	return false;
}

/* As Git writes it and `patch` reads it: a name with a blank ends with a tab, or it would end at
 * the blank; one that a line cannot hold is a string of C. */
static void put_name(struct buf *text, const char *mark, const char *name)
{
	if (!needs_quotes(name)) {
		buf_printf(text, "%s%s%s\n", mark, name, strchr(name, ' ') ? "\t" : "");
		return;
	}
	buf_printf(text, "%.4s\"%s", mark, mark + 4);
	for (; *name; name++) {
		if ((unsigned char)*name < ' ' || *name == '\177')
			buf_printf(text, "\\%03o", (unsigned)*name);
		else if (strchr("\"\\", *name))
			buf_printf(text, "\\%c", *name);
		else
			buf_append_char(text, *name);
	}
	buf_append_string(text, "\"\n");
}

void rewrite_diff(const struct rewrite *rewrite, const char *name, struct buf *ret_text)
{
	CLEANUP(cleanup_free)
	struct diff_line *lines = alloc_zeroed(rewrite->n_lines, sizeof *lines);
	struct diff diff = {rewrite, lines, rewrite->n_lines, ret_text};

	if (!rewrite->n_edits)
		return;
	find_edits(&diff);
	put_name(ret_text, "--- a/", name);
	put_name(ret_text, "+++ b/", name);
	for (size_t i = 0; i < diff.n_lines;)
		i = lines[i].n_edits ? put_hunk(&diff, i) : i + 1;
}
