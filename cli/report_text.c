#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "human.h"
#include "relative_path.h"

/* How many images of a group, and places of an image, are shown without -v. */
#define SHOWN_BROKEN 100
#define SHOWN_WARNINGS 10
#define SHOWN_PROBLEMS 20
#define SHOWN_PLACES 3

#define STYLE_RED "\033[1;31m"
#define STYLE_YELLOW "\033[1;33m"
#define STYLE_BOLD "\033[1m"
#define STYLE_DIM "\033[2m"
#define STYLE_GREEN "\033[32m"
#define STYLE_END "\033[0m"

struct writer {
	const struct report *report;
	const struct report_text_options *options;
	struct buf *text;
};

static void styled(struct writer *writer, const char *style, const char *text)
{
	if (writer->options->has_color)
		buf_printf(writer->text, "%s%s%s", style, text, STYLE_END);
	else
		buf_append_string(writer->text, text);
}

static const char *style_of(enum severity severity)
{
	return severity == SEVERITY_BROKEN ? STYLE_RED
	       : severity == SEVERITY_INFO ? STYLE_BOLD
					   : STYLE_YELLOW;
}

static void write_place(struct writer *writer, const char *file, unsigned line, unsigned column)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(1u << 16);

	relative_path(&path, writer->options->folder, writer->options->root, file);
	human_text(writer->text, buf_string(&path));
	if (line)
		buf_printf(writer->text, ":%u:%u", line, column);
}

static void write_places(struct writer *writer, const struct asset *asset,
			 const struct finding *finding)
{
	size_t count = finding->n_refs ? finding->n_refs : asset->n_refs;
	size_t shown = writer->options->is_verbose || count <= SHOWN_PLACES ? count : SHOWN_PLACES;

	for (size_t i = 0; i < shown; i++) {
		const struct asset_ref *ref = &asset->refs[finding->n_refs ? finding->refs[i] : i];

		buf_append_string(writer->text, "      ");
		write_place(writer, ref->file, ref->line, ref->column);
		if (ref->data_path) {
			buf_append_string(writer->text, "  ");
			human_text(writer->text, ref->data_path);
		}
		buf_append_char(writer->text, '\n');
	}
	if (shown < count) {
		buf_append_string(writer->text, "      and ");
		human_count(writer->text, count - shown, "more place", "more places");
		buf_append_string(writer->text, " (-v shows all)\n");
	}
}

/* Nobody reads on, and a terminal is lost under it: the beginning, and how long it is. data: URLs
 * say nothing beyond their first bytes. */
static void write_url(const struct writer *writer, const struct asset *asset)
{
	const size_t most_bytes = asset->status == ASSET_EMBEDDED ? 60 : 1000;
	CLEANUP(buf_release) struct buf head = BUF_INIT(most_bytes);
	size_t length = strlen(asset->url);

	if (length <= most_bytes || writer->options->is_verbose) {
		human_text(writer->text, asset->url);
		return;
	}
	buf_append(&head, asset->url, most_bytes);
	human_text(writer->text, buf_string(&head));
	buf_append_string(writer->text, "... (");
	human_bytes(writer->text, length);
	buf_append_char(writer->text, ')');
}

static void write_asset_url(struct writer *writer, const struct asset *asset, size_t indent_columns)
{
	unsigned columns = writer->options->columns;

	if (columns > indent_columns && asset->url[0] != '/')
		human_link(writer->text, asset->url, columns - (unsigned)indent_columns);
	else
		write_url(writer, asset);
}

/* The heading and the URL have said it already. */
static bool is_message_needless(const struct asset *asset, const struct finding *finding)
{
	switch (finding->code) {
	case FINDING_INSECURE:
		return true;
	case FINDING_MISSING_FILE:
		return asset->url[0] == '/' && strstr(finding->message, asset->url + 1);
	default:
		return false;
	}
}

static void write_finding(struct writer *writer, const struct asset *asset,
			  const struct finding *finding)
{
	buf_append_string(writer->text, "  ");
	write_asset_url(writer, asset, 2);
	if (is_message_needless(asset, finding)) {
		buf_append_char(writer->text, '\n');
		write_places(writer, asset, finding);
		return;
	}
	buf_append_string(writer->text, "\n      ");
	human_text(writer->text, finding->message);
	if (asset->failing_since_s && finding->severity >= SEVERITY_BLOCKED &&
	    writer->options->now_s - asset->failing_since_s >= 60) {
		buf_append_string(writer->text, ", failing for ");
		human_age(writer->text, writer->options->now_s - asset->failing_since_s);
	}
	buf_append_char(writer->text, '\n');
	write_places(writer, asset, finding);
}

static size_t count_findings(const struct report *report, enum finding_code code,
			     enum severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < report->n_images; i++)
		for (size_t k = 0; k < report->images[i]->n_findings; k++) {
			const struct finding *finding = &report->images[i]->findings[k];

			count += finding->code == code && finding->severity == severity;
		}
	return count;
}

static void write_group_heading(struct writer *writer, enum finding_code code,
				enum severity severity, size_t count)
{
	styled(writer, style_of(severity), finding_heading(code));
	buf_append_string(writer->text, ": ");
	human_count(writer->text, count, "image", "images");
	buf_printf(writer->text, "  [%s]", finding_code_name(code));
}

static size_t shown_in_group(const struct writer *writer, enum severity severity)
{
	if (writer->options->is_verbose)
		return (size_t)-1;
	if (severity >= SEVERITY_BLOCKED)
		return SHOWN_BROKEN;
	return severity == SEVERITY_WARNING ? SHOWN_WARNINGS : 0;
}

static void write_group(struct writer *writer, enum finding_code code, enum severity severity)
{
	size_t count = count_findings(writer->report, code, severity);
	size_t room = shown_in_group(writer, severity), shown = 0;
	const char *advice = finding_advice(code);

	if (!count)
		return;
	write_group_heading(writer, code, severity, count);
	if (!room) {
		buf_append_string(writer->text, " (-v lists them)\n\n");
		return;
	}
	buf_append_char(writer->text, '\n');
	for (size_t i = 0; i < writer->report->n_images; i++) {
		const struct asset *asset = writer->report->images[i];

		for (size_t k = 0; k < asset->n_findings && shown < room; k++)
			if (asset->findings[k].code == code &&
			    asset->findings[k].severity == severity) {
				write_finding(writer, asset, &asset->findings[k]);
				shown++;
			}
	}
	if (shown < count)
		buf_printf(writer->text, "  and %zu more (-v shows all)\n", count - shown);
	if (advice) {
		buf_append_string(writer->text, "  ");
		styled(writer, STYLE_DIM, "What to do: ");
		buf_printf(writer->text, "%s\n", advice);
	}
	buf_append_char(writer->text, '\n');
}

static void write_groups(struct writer *writer, enum severity severity)
{
	for (size_t code = 0; code < FINDING_COUNT; code++)
		write_group(writer, (enum finding_code)code, severity);
}

static void write_problems(struct writer *writer)
{
	const struct report *report = writer->report;
	size_t shown = report->n_problems;

	if (!report->n_problems)
		return;
	if (!writer->options->is_verbose && shown > SHOWN_PROBLEMS)
		shown = SHOWN_PROBLEMS;
	styled(writer, STYLE_YELLOW, "Problems in articles and in the run");
	buf_append_char(writer->text, '\n');
	for (size_t i = 0; i < shown; i++) {
		const struct problem *problem = &report->problems[i];

		buf_append_string(writer->text, "  ");
		if (problem->file) {
			write_place(writer, problem->file, problem->line, problem->column);
			buf_append_string(writer->text, ": ");
		}
		human_text(writer->text, problem->message);
		buf_printf(writer->text, "  [%s]\n", problem->code);
	}
	if (shown < report->n_problems)
		buf_printf(writer->text, "  and %zu more (-v shows all)\n",
			   report->n_problems - shown);
	buf_append_char(writer->text, '\n');
}

static void write_statuses(struct writer *writer)
{
	static const struct {
		enum asset_status status;
		const char *style;
	} order[] = {
		{ASSET_OK, STYLE_GREEN},         {ASSET_BROKEN, STYLE_RED},
		{ASSET_BLOCKED, STYLE_YELLOW},   {ASSET_STALE, STYLE_YELLOW},
		{ASSET_UNCHECKED, STYLE_YELLOW}, {ASSET_EMBEDDED, STYLE_DIM},
		{ASSET_TEMPLATE, STYLE_DIM},
	};
	const struct report_totals *totals = &writer->report->totals;
	const char *separator = ": ";

	human_count(writer->text, totals->images, "image", "images");
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		uint64_t count = totals->by_status[order[i].status];
		CLEANUP(buf_release) struct buf word = BUF_INIT(64);

		if (!count)
			continue;
		buf_printf(&word, "%llu %s", (unsigned long long)count,
			   asset_status_name(order[i].status));
		buf_append_string(writer->text, separator);
		styled(writer, order[i].style, buf_string(&word));
		separator = ", ";
	}
}

static void write_totals(struct writer *writer)
{
	const struct report_totals *totals = &writer->report->totals;
	struct buf *text = writer->text;

	write_statuses(writer);
	buf_append_string(text, "; ");
	if (totals->fetched) {
		buf_printf(text, "%llu fetched (", (unsigned long long)totals->fetched);
		human_bytes(text, totals->bytes_fetched);
		buf_append_string(text, "), ");
	}
	if (totals->revalidated)
		buf_printf(text, "%llu not modified, ", (unsigned long long)totals->revalidated);
	if (totals->from_cache)
		buf_printf(text, "%llu from the cache, ", (unsigned long long)totals->from_cache);
	if (totals->thumbs_made || totals->thumbs_reused) {
		human_count(text, totals->thumbs_made, "thumbnail", "thumbnails");
		buf_printf(text, " made, %llu reused, ", (unsigned long long)totals->thumbs_reused);
	}
	human_seconds(text, writer->report->seconds);
	buf_append_char(text, '\n');
}

static size_t count_deferred(const struct report *report)
{
	size_t count = 0;

	for (size_t i = 0; i < report->n_images; i++)
		count += report->images[i]->status == ASSET_UNCHECKED &&
			 asset_has_finding(report->images[i], FINDING_DEFERRED);
	return count;
}

/* Statuses that do not explain themselves. */
static void write_explanations(struct writer *writer)
{
	const struct report *report = writer->report;
	const uint64_t *by_status = report->totals.by_status;
	size_t n_deferred = count_deferred(report);
	struct buf *text = writer->text;

	if (by_status[ASSET_STALE])
		buf_append_string(text, "  stale: could not be asked again now; the last good copy "
					"stands in.\n");
	if (by_status[ASSET_BLOCKED])
		buf_append_string(text, "  blocked: the host turned picdesk away; look in a "
					"browser before you act.\n");
	if (by_status[ASSET_TEMPLATE])
		buf_append_string(text, "  template: an expression in the URL; only the site's "
					"generator knows it.\n");
	if (n_deferred)
		buf_printf(text,
			   "  %zu unchecked: the host asked to come back later (deferred); run "
			   "again then.\n",
			   n_deferred);
	if (by_status[ASSET_UNCHECKED] == n_deferred)
		return;
	buf_printf(text, "  %llu unchecked: ",
		   (unsigned long long)by_status[ASSET_UNCHECKED] - n_deferred);
	buf_append_string(text, !report->is_complete
					? "the run ended before their turn; neither good "
					  "nor bad.\n"
				: writer->options->is_offline
					? "not in the cache, and --offline asks no one.\n"
					: "not looked at in this run; neither good nor bad.\n");
}

static void write_next_step(struct writer *writer)
{
	const struct report *report = writer->report;
	bool is_broken = report->totals.by_status[ASSET_BROKEN];

	if (!report->is_complete)
		buf_append_string(writer->text, "Next: run it again; it goes on where it stopped, "
						"and fetches nothing twice.\n");
	else if (is_broken && writer->options->fail_on == SEVERITY_OFF)
		buf_append_string(writer->text, "Next: mend what is broken; `picdesk report -v` "
						"shows all of it.\n");
	else if (is_broken)
		buf_printf(writer->text, "Next: mend what is broken and run `picdesk %s` again.\n",
			   report->verb);
}

void report_write_text(const struct report *report, const struct report_text_options *options,
		       struct buf *ret_text)
{
	struct writer writer = {report, options, ret_text};

	write_groups(&writer, SEVERITY_BROKEN);
	write_groups(&writer, SEVERITY_BLOCKED);
	if (!options->is_quiet) {
		write_groups(&writer, SEVERITY_WARNING);
		write_groups(&writer, SEVERITY_INFO);
		write_problems(&writer);
	}
	if (options->is_quiet && !ret_text->length_bytes)
		return;
	write_totals(&writer);
	if (options->is_quiet)
		return;
	write_explanations(&writer);
	write_next_step(&writer);
}

static void write_scan_line(struct writer *writer, const struct asset *asset,
			    const struct asset_ref *ref)
{
	struct buf *text = writer->text;

	write_place(writer, ref->file, ref->line, ref->column);
	buf_append_string(text, "  ");
	write_url(writer, asset);
	if (asset->status == ASSET_TEMPLATE || asset->status == ASSET_EMBEDDED)
		buf_printf(text, "  (%s)", asset_status_name(asset->status));
	if (ref->width_px && ref->height_px)
		buf_printf(text, "  %dx%d", ref->width_px, ref->height_px);
	if (ref->data_path) {
		buf_append_string(text, "  ");
		human_text(text, ref->data_path);
	}
	buf_append_char(text, '\n');
}

struct scan_line {
	const struct asset *asset;
	const struct asset_ref *ref;
};

static int compare_scan_lines(const void *a, const void *b)
{
	size_t left = ((const struct scan_line *)a)->ref->order;
	size_t right = ((const struct scan_line *)b)->ref->order;

	return left < right ? -1 : left > right;
}

static void write_scan_lines(struct writer *writer)
{
	const struct report *report = writer->report;
	struct scan_line *lines = alloc_zeroed(report->n_refs, sizeof *lines);
	size_t count = 0;

	for (size_t i = 0; i < report->n_images; i++)
		for (size_t k = 0; k < report->images[i]->n_refs; k++)
			lines[count++] =
				(struct scan_line){report->images[i], &report->images[i]->refs[k]};
	if (count)
		qsort(lines, count, sizeof *lines, compare_scan_lines);
	for (size_t i = 0; i < count; i++)
		write_scan_line(writer, lines[i].asset, lines[i].ref);
	free(lines);
	if (count)
		buf_append_char(writer->text, '\n');
}

void report_write_scan_text(const struct report *report, const struct report_text_options *options,
			    struct buf *ret_text)
{
	struct writer writer = {report, options, ret_text};

	write_scan_lines(&writer);
	if (options->is_quiet)
		return;
	write_problems(&writer);
	human_count(ret_text, report->totals.references, "reference", "references");
	buf_append_string(ret_text, " to ");
	human_count(ret_text, report->totals.images, "image", "images");
	if (report->totals.by_status[ASSET_EMBEDDED])
		buf_printf(ret_text, ", %llu embedded",
			   (unsigned long long)report->totals.by_status[ASSET_EMBEDDED]);
	if (report->totals.by_status[ASSET_TEMPLATE])
		buf_printf(ret_text, ", %llu with a template expression",
			   (unsigned long long)report->totals.by_status[ASSET_TEMPLATE]);
	buf_append_char(ret_text, '\n');
}
