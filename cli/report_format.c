#include "report_format.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "human.h"
#include "url.h"

char *report_repository_prefix(const char *root)
{
	CLEANUP(cleanup_free) char *folder = alloc_string(root);

	for (;;) {
		CLEANUP(cleanup_free) char *git = alloc_printf("%s/.git", folder);
		char *slash;

		if (!access(git, F_OK)) {
			const char *rest = root + strlen(folder);

			return *rest ? alloc_printf("%s/", rest + 1) : alloc_string("");
		}
		slash = strrchr(folder, '/');
		if (!slash)
			return alloc_string("");
		*slash = '\0';
	}
}

const struct asset_ref *report_note_place(const struct report_note *note, size_t i)
{
	const struct finding *finding = note->finding;

	if (!note->asset)
		return NULL;
	if (finding->n_refs)
		return i < finding->n_refs ? &note->asset->refs[finding_ref(finding, i)] : NULL;
	return i < note->asset->n_refs ? &note->asset->refs[i] : NULL;
}

static struct report_note note_of_finding(const struct asset *asset, const struct finding *finding)
{
	struct report_note note = {
		.severity = finding->severity,
		.code = finding_code_name(finding->code),
		.message = finding->message,
		.asset = asset,
		.finding = finding,
	};
	const struct asset_ref *ref = report_note_place(&note, 0);

	if (ref) {
		note.file = ref->file;
		note.line = ref->line;
		note.column = ref->column;
	}
	return note;
}

static struct report_note note_of_problem(const struct problem *problem)
{
	return (struct report_note){
		.severity = SEVERITY_WARNING,
		.code = problem->code,
		.message = problem->message,
		.file = problem->file,
		.line = problem->line,
		.column = problem->column,
	};
}

/* Blocked is as grave as a warning, but stands before them. */
static void add_notes(const struct report *report, enum severity severity,
		      struct report_note *notes, size_t *count)
{
	for (size_t i = 0; i < report->n_images; i++) {
		const struct asset *asset = report->images[i];

		for (size_t k = 0; k < asset->n_findings; k++)
			if (asset->findings[k].severity == severity)
				notes[(*count)++] = note_of_finding(asset, &asset->findings[k]);
	}
	if (severity == SEVERITY_WARNING)
		for (size_t i = 0; i < report->n_problems; i++)
			notes[(*count)++] = note_of_problem(&report->problems[i]);
}

struct report_note *report_notes(const struct report *report, enum severity least,
				 size_t *ret_count)
{
	struct report_note *notes;
	size_t most = report->n_problems;

	for (size_t i = 0; i < report->n_images; i++)
		most += report->images[i]->n_findings;
	notes = alloc_zeroed(most, sizeof *notes);
	*ret_count = 0;
	for (int severity = SEVERITY_BROKEN; severity >= (int)least && severity > SEVERITY_OFF;
	     severity--)
		add_notes(report, (enum severity)severity, notes, ret_count);
	return notes;
}

void report_append_age(struct buf *ret_text, const struct report_note *note, int64_t now_s)
{
	int64_t since_s = note->asset ? note->asset->failing_since_s : 0;

	if (!since_s || note->severity < SEVERITY_BLOCKED || now_s - since_s < 60)
		return;
	buf_append_string(ret_text, ", failing since ");
	human_age(ret_text, now_s - since_s);
	buf_append_string(ret_text, " ago");
}

const char *report_note_heading(const struct report_note *note)
{
	static const struct {
		const char *code, *heading;
	} problems[] = {
		{"bad-front-matter", "Front matter that cannot be read"},
		{"bad-data", "A data file that cannot be read"},
		{"unreadable", "A file that cannot be read"},
		{"limit", "More than is scanned"},
		{"not-text", "Not a text file"},
		{"host-down", "A host that does not answer"},
	};

	if (note->finding)
		return finding_heading(note->finding->code);
	for (size_t i = 0; i < ARRAY_LENGTH(problems); i++)
		if (!strcmp(problems[i].code, note->code))
			return problems[i].heading;
	return note->code;
}

void report_escape_markup(struct buf *ret_text, const char *text)
{
	CLEANUP(buf_release) struct buf safe = BUF_INIT(BUF_UNLIMITED);

	human_text(&safe, text);
	for (const char *c = buf_string(&safe); *c; c++)
		switch (*c) {
		case '&':
			buf_append_string(ret_text, "&amp;");
			break;
		case '<':
			buf_append_string(ret_text, "&lt;");
			break;
		case '>':
			buf_append_string(ret_text, "&gt;");
			break;
		case '"':
			buf_append_string(ret_text, "&quot;");
			break;
		case '\'':
			buf_append_string(ret_text, "&#39;");
			break;
		case '\xef':
			/* U+FFFE and U+FFFF are no characters of XML. */
			if (c[1] == '\xbf' && (c[2] == '\xbe' || c[2] == '\xbf')) {
				buf_append_string(ret_text, "\xef\xbf\xbd");
				c += 2;
				break;
			}
			buf_append_char(ret_text, *c);
			break;
		default:
			buf_append_char(ret_text, *c);
		}
}

void report_append_place(struct buf *ret_text, const char *prefix, const char *file, unsigned line,
			 unsigned column)
{
	buf_append_string(ret_text, prefix);
	buf_append_string(ret_text, file);
	if (line)
		buf_printf(ret_text, ":%u:%u", line, column);
}

void report_append_counts(struct buf *ret_text, const struct report *report)
{
	static const enum asset_status order[] = {ASSET_OK,      ASSET_BROKEN,    ASSET_BLOCKED,
						  ASSET_STALE,   ASSET_UNCHECKED, ASSET_EMBEDDED,
						  ASSET_TEMPLATE};
	const char *separator = ": ";

	human_count(ret_text, report->totals.images, "image", "images");
	for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
		uint64_t count = report->totals.by_status[order[i]];

		if (!count)
			continue;
		buf_printf(ret_text, "%s%s %s", separator, HUMAN_NUMBER(count),
			   asset_status_name(order[i]));
		separator = ", ";
	}
}

void report_append_incomplete(struct buf *ret_text, const struct report *report)
{
	if (!report->is_complete)
		buf_append_string(ret_text,
				  "The run ended before everything was looked at: what is "
				  "unchecked is neither good nor bad.");
}

void report_append_headers_only(struct buf *ret_text, const struct report *report)
{
	if (!report->n_headers_only)
		return;
	buf_append_string(ret_text, "Only the headers of ");
	human_count(ret_text, report->n_headers_only, "image", "images");
	buf_append_string(ret_text, " were read (--quick): what comes after them is not verified.");
}

void report_append_references(struct buf *ret_text, const struct report *report)
{
	const struct report_totals *totals = &report->totals;

	human_count(ret_text, totals->references, "reference", "references");
	buf_append_string(ret_text, " to ");
	human_count(ret_text, totals->images, "image", "images");
	if (totals->by_status[ASSET_EMBEDDED]) {
		buf_printf(ret_text, ", %s embedded",
			   HUMAN_NUMBER(totals->by_status[ASSET_EMBEDDED]));
	}
	if (totals->by_status[ASSET_TEMPLATE]) {
		buf_printf(ret_text, ", %s with a template expression",
			   HUMAN_NUMBER(totals->by_status[ASSET_TEMPLATE]));
	}
}

char *report_host_of(const struct asset *asset)
{
	struct url url;
	char *host;

	if (asset->url[0] == '/' || url_parse(asset->url, strlen(asset->url), NULL, &url) != URL_OK)
		return alloc_string("");
	if (!url.host || !url_is_http(&url))
		host = alloc_string("");
	else if (url.port < 0)
		host = alloc_string(url.host);
	else
		host = alloc_printf("%s:%d", url.host, url.port);
	url_release(&url);
	return host;
}
