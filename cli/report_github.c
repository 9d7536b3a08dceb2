#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "human.h"
#include "report_format.h"

/* Lines of the folded list under the annotations. */
#define MOST_LINES 2000
/* Further places named in one annotation. */
#define MOST_PLACES 5

/* Workflow commands: % CR LF are escaped in data, : and , as well in properties. Controls are gone
 * before, by human_shortened(), and what would be a command in a line of its own. */
static void append_escaped(struct buf *text, const char *raw, bool is_property)
{
	CLEANUP(buf_release) struct buf safe = BUF_INIT(BUF_UNLIMITED);

	human_shortened(&safe, raw);
	for (const char *c = buf_string(&safe); *c; c++)
		if (*c == '%' || (is_property && (*c == ':' || *c == ',')))
			buf_printf(text, "%%%02X", (unsigned char)*c);
		else
			buf_append_char(text, *c);
}

static const char *command_of(enum severity severity)
{
	return severity == SEVERITY_BROKEN ? "error" : "warning";
}

static void append_other_places(struct buf *text, const struct report_note *note,
				const char *prefix)
{
	const struct asset_ref *ref;
	size_t i;

	for (i = 1; i <= MOST_PLACES && (ref = report_note_place(note, i)); i++) {
		CLEANUP(buf_release) struct buf place = BUF_INIT(1u << 16);

		report_append_place(&place, prefix, ref->file, ref->line, ref->column);
		buf_append_string(text, i == 1 ? "%0Aalso in " : ", ");
		append_escaped(text, buf_string(&place), false);
	}
	if (report_note_place(note, i))
		buf_append_string(text, " and more places");
}

static void write_annotation(struct buf *text, const struct report_note *note, const char *prefix,
			     int64_t now_s)
{
	const char *separator = " ";

	buf_printf(text, "::%s", command_of(note->severity));
	if (note->file) {
		CLEANUP(buf_release) struct buf path = BUF_INIT(1u << 16);

		report_append_place(&path, prefix, note->file, 0, 0);
		buf_append_string(text, " file=");
		append_escaped(text, buf_string(&path), true);
		if (note->line)
			buf_printf(text, ",line=%u,col=%u", note->line, note->column);
		separator = ",";
	}
	buf_printf(text, "%stitle=", separator);
	append_escaped(text, report_note_heading(note), true);
	buf_append_string(text, "::");
	if (note->asset) {
		append_escaped(text, note->asset->url, false);
		buf_append_string(text, ": ");
	}
	append_escaped(text, note->message, false);
	report_append_age(text, note, now_s);
	append_other_places(text, note, prefix);
	buf_append_char(text, '\n');
}

static void write_line(struct buf *text, const struct report_note *note, const char *prefix)
{
	buf_printf(text, "%s: ", severity_name(note->severity));
	if (note->file) {
		CLEANUP(buf_release) struct buf place = BUF_INIT(1u << 16);

		report_append_place(&place, prefix, note->file, note->line, note->column);
		human_shortened(text, buf_string(&place));
		buf_append_string(text, ": ");
	}
	if (note->asset) {
		human_shortened(text, note->asset->url);
		buf_append_string(text, ": ");
	}
	human_shortened(text, note->message);
	buf_printf(text, " (%s)\n", note->code);
}

static void write_group(struct buf *text, const struct report_note *notes, size_t count,
			const char *prefix)
{
	size_t shown = count < MOST_LINES ? count : MOST_LINES;

	buf_append_string(text, "::group::All of it: ");
	human_count(text, count, "finding", "findings");
	buf_append_char(text, '\n');
	for (size_t i = 0; i < shown; i++)
		write_line(text, &notes[i], prefix);
	if (shown < count) {
		buf_printf(text, "and %s more\n", HUMAN_NUMBER(count - shown));
	}
	buf_append_string(text, "::endgroup::\n");
}

void report_write_github(const struct report *report, const struct report_context *context,
			 struct buf *ret_text)
{
	size_t shown[SEVERITY_BROKEN + 1] = {0}, count, n_annotations = 0;
	struct report_note *notes = report_notes(report, SEVERITY_WARNING, &count);

	for (size_t i = 0; i < count; i++) {
		enum severity level = notes[i].severity == SEVERITY_BLOCKED ? SEVERITY_WARNING
									    : notes[i].severity;

		if (shown[level]++ >= REPORT_GITHUB_MOST)
			continue;
		write_annotation(ret_text, &notes[i], context->prefix, context->now_s);
		n_annotations++;
	}
	if (n_annotations < count)
		write_group(ret_text, notes, count, context->prefix);
	report_append_counts(ret_text, report);
	buf_append_char(ret_text, '\n');
	free(notes);
}
