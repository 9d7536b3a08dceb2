#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "human.h"
#include "report_format.h"

#define MOST_PLACES 5

struct markdown {
	const struct report *report;
	const struct report_context *context;
	size_t most_bytes; /* of the whole text, its last line apart */
	struct buf *text;
};

/* Untrusted text stands in code spans: there nothing is a mention, a reference to an issue, HTML or
 * markup. The fence is longer than any run of backticks inside. */
static void append_code(struct buf *text, const char *raw)
{
	CLEANUP(buf_release) struct buf safe = BUF_INIT(BUF_UNLIMITED);
	size_t longest = 0, run = 0;

	human_shortened(&safe, raw);
	for (const char *c = buf_string(&safe); *c; c++) {
		run = *c == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	for (size_t i = 0; i <= longest; i++)
		buf_append_char(text, '`');
	buf_append_string(text, longest ? " " : "");
	buf_append_string(text, safe.length_bytes ? buf_string(&safe) : " ");
	buf_append_string(text, longest ? " " : "");
	for (size_t i = 0; i <= longest; i++)
		buf_append_char(text, '`');
}

static bool is_web(const char *url)
{
	return !strncasecmp(url, "https://", 8) || !strncasecmp(url, "http://", 7);
}

/* A longer URL is no link: it would fill an issue. */
#define MOST_LINK_BYTES 2000

/* A link whose text is code; whatever could end the <destination> is percent-encoded. In it, unlike
 * in code, "&amp;" would be read as "&". */
static void append_url(struct buf *text, const char *url)
{
	if (!is_web(url) || strlen(url) > MOST_LINK_BYTES) {
		append_code(text, url);
		return;
	}
	buf_append_char(text, '[');
	append_code(text, url);
	buf_append_string(text, "](<");
	for (const char *c = url; *c; c++)
		if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f || strchr("<>\\`", *c))
			buf_printf(text, "%%%02X", (unsigned char)*c);
		else if (*c == '&')
			buf_append_string(text, "&amp;");
		else if (*c == '[' && c - url >= 2 && !memcmp(c - 2, "##", 2)) /* human_text() */
			buf_append_string(text, "%5B");
		else
			buf_append_char(text, *c);
	buf_append_string(text, ">)");
}

static void append_places(struct markdown *markdown, const struct report_note *note,
			  struct buf *item)
{
	const struct asset_ref *ref;
	size_t i;

	for (i = 0; i < MOST_PLACES && (ref = report_note_place(note, i)); i++) {
		CLEANUP(buf_release) struct buf place = BUF_INIT(1u << 16);

		report_append_place(&place, markdown->context->prefix, ref->file, ref->line,
				    ref->column);
		buf_append_string(item, i ? ", " : "  in ");
		append_code(item, buf_string(&place));
	}
	if (report_note_place(note, i))
		buf_append_string(item, " and more places");
	if (i)
		buf_append_char(item, '\n');
}

static void append_item(struct markdown *markdown, const struct report_note *note, struct buf *item)
{
	buf_append_string(item, "- ");
	if (note->asset) {
		append_url(item, note->asset->url);
	} else if (note->file) {
		CLEANUP(buf_release) struct buf place = BUF_INIT(1u << 16);

		report_append_place(&place, markdown->context->prefix, note->file, note->line,
				    note->column);
		append_code(item, buf_string(&place));
	}
	buf_append_string(item, note->asset || note->file ? "\\\n  " : "");
	append_code(item, note->message);
	report_append_age(item, note, markdown->context->now_s);
	buf_append_string(item, report_note_place(note, 0) ? "\\\n" : "\n");
	append_places(markdown, note, item);
}

static size_t count_like(const struct report_note *notes, size_t count, size_t first)
{
	size_t same = 0;

	for (size_t i = first; i < count; i++)
		same += notes[i].severity == notes[first].severity &&
			!strcmp(notes[i].code, notes[first].code);
	return same;
}

static bool has_room(const struct markdown *markdown, size_t more_bytes)
{
	return markdown->text->length_bytes + more_bytes + 200 <= markdown->most_bytes;
}

/* All notes of the first one's code and severity; false when the text is full. */
static bool write_group(struct markdown *markdown, const struct report_note *notes, size_t count,
			size_t first, size_t *n_shown)
{
	const struct report_note *head = &notes[first];
	const char *advice = head->finding ? finding_advice(head->finding->code) : NULL;
	CLEANUP(buf_release) struct buf heading = BUF_INIT(1u << 12);

	buf_printf(&heading, "\n### %s (%s)\n\n", report_note_heading(head),
		   HUMAN_NUMBER(count_like(notes, count, first)));
	if (advice)
		buf_printf(&heading, "What to do: %s.\n\n", advice);
	if (!has_room(markdown, heading.length_bytes))
		return false;
	buf_append_string(markdown->text, buf_string(&heading));
	for (size_t i = first; i < count; i++) {
		CLEANUP(buf_release) struct buf item = BUF_INIT(BUF_UNLIMITED);

		if (notes[i].severity != head->severity || strcmp(notes[i].code, head->code))
			continue;
		append_item(markdown, &notes[i], &item);
		if (!has_room(markdown, item.length_bytes))
			return false;
		buf_append_string(markdown->text, buf_string(&item));
		(*n_shown)++;
	}
	return true;
}

static bool is_first_of_group(const struct report_note *notes, size_t i)
{
	for (size_t k = i; k-- && notes[k].severity == notes[i].severity;)
		if (!strcmp(notes[k].code, notes[i].code))
			return false;
	return true;
}

static void write_groups(struct markdown *markdown, const struct report_note *notes, size_t count)
{
	bool has_more_room = true;
	size_t n_shown = 0;

	for (size_t i = 0; i < count && has_more_room; i++)
		if (is_first_of_group(notes, i))
			has_more_room = write_group(markdown, notes, count, i, &n_shown);
	if (n_shown == count)
		return;
	buf_printf(markdown->text, "\nand %s more; `picdesk %s -v` has them all.\n",
		   HUMAN_NUMBER(count - n_shown), markdown->context->diff ? "diff" : "report");
}

void report_write_markdown(const struct report *report, const struct report_context *context,
			   size_t most_bytes, struct buf *ret_text)
{
	struct markdown markdown = {report, context, most_bytes, ret_text};
	/* Settings may have made anything broken, or let it pass, whatever its status is. */
	uint64_t n_broken =
		context->diff ? report->n_images : report->totals.by_status[ASSET_BROKEN];
	const char *newly = context->diff ? " newly" : "";
	struct report_note *notes;
	size_t count;

	buf_append_string(ret_text, "## Images: ");
	if (!strcmp(report->verb, "scan"))
		buf_printf(ret_text, "%s found\n\n", HUMAN_NUMBER(report->n_images));
	else if (n_broken)
		buf_printf(ret_text, "%s%s broken\n\n", HUMAN_NUMBER(n_broken), newly);
	else
		buf_printf(ret_text, "nothing%s broken\n\n", newly);
	if (context->diff)
		buf_append_string(ret_text, context->diff);
	else
		report_append_counts(ret_text, report);
	buf_append_string(ret_text, ".");
	buf_append_string(ret_text, report->is_complete ? "" : " ");
	report_append_incomplete(ret_text, report);
	buf_append_string(ret_text, report->n_headers_only ? " " : "");
	report_append_headers_only(ret_text, report);
	buf_append_char(ret_text, '\n');
	notes = report_notes(report, context->diff ? SEVERITY_BROKEN : SEVERITY_WARNING, &count);
	write_groups(&markdown, notes, count);
	buf_printf(ret_text, "\n<sub>picdesk %s %s, ", report->version, report->verb);
	human_seconds(ret_text, report->seconds);
	buf_append_string(ret_text, "</sub>\n");
	free(notes);
}
