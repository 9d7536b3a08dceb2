#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "human.h"
#include "report_format.h"

/* Places named in one failure. */
#define MOST_PLACES 20

struct junit {
	const struct report_context *context;
	struct buf *text;
};

static void write_attribute(struct junit *junit, const char *name, const char *value)
{
	buf_printf(junit->text, " %s=\"", name);
	report_escape_markup(junit->text, value);
	buf_append_char(junit->text, '"');
}

static void write_line(struct junit *junit, const char *text)
{
	report_escape_markup(junit->text, text);
	buf_append_char(junit->text, '\n');
}

static void write_places(struct junit *junit, const struct report_note *note)
{
	const struct asset_ref *ref;
	size_t i;

	for (i = 0; i < MOST_PLACES && (ref = report_note_place(note, i)); i++) {
		CLEANUP(buf_release) struct buf place = BUF_INIT(1u << 16);

		report_append_place(&place, junit->context->prefix, ref->file, ref->line,
				    ref->column);
		write_line(junit, buf_string(&place));
	}
	if (report_note_place(note, i))
		buf_append_string(junit->text, "and more places\n");
}

static bool is_failure(const struct finding *finding)
{
	return finding->severity == SEVERITY_BROKEN;
}

/* The first one's code, and all messages; returns of how many findings. */
static size_t write_failure_head(struct junit *junit, const struct asset *asset)
{
	CLEANUP(buf_release) struct buf messages = BUF_INIT(BUF_UNLIMITED);
	const struct finding *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < asset->n_findings; i++) {
		const struct finding *finding = &asset->findings[i];

		if (!is_failure(finding))
			continue;
		buf_printf(&messages, "%s%s", count++ ? "; " : "", finding->message);
		first = first ? first : finding;
	}
	buf_append_string(junit->text, "\t\t\t<failure");
	write_attribute(junit, "type", finding_code_name(first->code));
	write_attribute(junit, "message", buf_string(&messages));
	buf_append_char(junit->text, '>');
	return count;
}

/* Of an image with several that are broken, too: most readers take one <failure> of a test. */
static void write_failure(struct junit *junit, const struct asset *asset)
{
	size_t count = write_failure_head(junit, asset);

	write_line(junit, asset->url);
	for (size_t i = 0; i < asset->n_findings; i++) {
		const struct report_note note = {.asset = asset, .finding = &asset->findings[i]};

		if (!is_failure(note.finding))
			continue;
		if (count > 1)
			write_line(junit, note.finding->message);
		write_places(junit, &note);
	}
	if (asset->failing_since_s && junit->context->now_s - asset->failing_since_s >= 60) {
		buf_append_string(junit->text, "failing since ");
		human_age(junit->text, junit->context->now_s - asset->failing_since_s);
		buf_append_string(junit->text, " ago\n");
	}
	buf_append_string(junit->text, "</failure>\n");
}

/* What is no failure: warnings and the like, as the test's output. */
static void write_remarks(struct junit *junit, const struct asset *asset)
{
	bool is_open = false;

	for (size_t i = 0; i < asset->n_findings; i++) {
		const struct finding *finding = &asset->findings[i];

		if (is_failure(finding))
			continue;
		if (!is_open)
			buf_append_string(junit->text, "\t\t\t<system-out>");
		is_open = true;
		buf_printf(junit->text, "%s: %s: ", severity_name(finding->severity),
			   finding_code_name(finding->code));
		write_line(junit, finding->message);
	}
	if (is_open)
		buf_append_string(junit->text, "</system-out>\n");
}

static bool is_skipped(const struct asset *asset)
{
	return asset->status == ASSET_UNCHECKED || asset->status == ASSET_TEMPLATE ||
	       asset->status == ASSET_EMBEDDED;
}

static bool is_failed(const struct asset *asset)
{
	return asset_severity(asset) == SEVERITY_BROKEN;
}

static void open_case(struct junit *junit, const char *file, const char *name)
{
	CLEANUP(buf_release) struct buf place = BUF_INIT(1u << 16);

	report_append_place(&place, junit->context->prefix, file, 0, 0);
	buf_append_string(junit->text, "\t\t<testcase");
	write_attribute(junit, "name", name);
	write_attribute(junit, "classname", buf_string(&place));
	buf_append_string(junit->text, " time=\"0\"");
}

static void write_image(struct junit *junit, const struct asset *asset)
{
	open_case(junit, asset->n_refs ? asset->refs[0].file : "", asset->url);
	if (!asset->n_findings && !is_skipped(asset)) {
		buf_append_string(junit->text, "/>\n");
		return;
	}
	buf_append_string(junit->text, ">\n");
	if (is_skipped(asset) && !is_failed(asset))
		buf_printf(junit->text, "\t\t\t<skipped message=\"%s\"/>\n",
			   asset_status_name(asset->status));
	if (is_failed(asset))
		write_failure(junit, asset);
	write_remarks(junit, asset);
	buf_append_string(junit->text, "\t\t</testcase>\n");
}

static void write_problem(struct junit *junit, const struct problem *problem)
{
	open_case(junit, problem->file ? problem->file : "", problem->code);
	buf_append_string(junit->text, ">\n\t\t\t<system-out>warning: ");
	if (problem->line)
		buf_printf(junit->text, "%u:%u: ", problem->line, problem->column);
	report_escape_markup(junit->text, problem->message);
	buf_append_string(junit->text, "</system-out>\n\t\t</testcase>\n");
}

/* One suite, one case an image: its class is the article that names it first. Failures are what is
 * broken; what was not looked at is skipped. */
void report_write_junit(const struct report *report, const struct report_context *context,
			struct buf *ret_text)
{
	struct junit junit = {context, ret_text};
	size_t n_failed = 0, n_skipped = 0;
	char started[CLOCK_RFC3339_BYTES];

	clock_format(report->started_s, started);
	started[sizeof "2026-01-01T00:00:00" - 1] = '\0';
	for (size_t i = 0; i < report->n_images; i++) {
		bool fails = is_failed(report->images[i]);

		n_failed += fails;
		n_skipped += !fails && is_skipped(report->images[i]);
	}
	buf_append_string(ret_text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	buf_printf(ret_text,
		   "<testsuites name=\"picdesk\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
		   "time=\"%.3f\">\n",
		   report->n_images + report->n_problems, n_failed, report->seconds);
	buf_printf(ret_text,
		   "\t<testsuite name=\"picdesk %s\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
		   "skipped=\"%zu\" time=\"%.3f\" timestamp=\"%s\">\n",
		   report->verb, report->n_images + report->n_problems, n_failed, n_skipped,
		   report->seconds, started);
	for (size_t i = 0; i < report->n_images; i++)
		write_image(&junit, report->images[i]);
	for (size_t i = 0; i < report->n_problems; i++)
		write_problem(&junit, &report->problems[i]);
	buf_append_string(ret_text, "\t</testsuite>\n</testsuites>\n");
}
