#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "human.h"
#include "relative_path.h"
#include "report_format.h"

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

/* A line of words, folded on terminals under its own indentation. */
static void write_prose(struct writer *writer, const char *indent, const char *words)
{
	size_t columns = strlen(indent);

	buf_append_string(writer->text, indent);
	human_folded(writer->text, words, columns, columns, writer->options->columns);
	buf_append_char(writer->text, '\n');
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
		const struct asset_ref *ref =
			&asset->refs[finding->n_refs ? finding_ref(finding, i) : i];

		buf_append_string(writer->text, "      ");
		write_place(writer, ref->file, ref->line, ref->column);
		if (ref->data_path) {
			buf_append_string(writer->text, "  ");
			human_shortened(writer->text, ref->data_path);
		}
		buf_append_char(writer->text, '\n');
	}
	if (shown < count) {
		buf_append_string(writer->text, "      and ");
		human_count(writer->text, count - shown, "more place", "more places");
		buf_append_string(writer->text, " (-v shows all)\n");
	}
}

static void write_asset_url(struct writer *writer, const struct asset *asset, size_t indent_columns)
{
	unsigned columns = writer->options->columns;

	if (writer->options->has_links && columns > indent_columns && asset->url[0] != '/')
		human_link(writer->text, asset->url, columns - (unsigned)indent_columns);
	else
		human_shortened(writer->text, asset->url);
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
	CLEANUP(buf_release) struct buf message = BUF_INIT(BUF_UNLIMITED);

	buf_append_string(writer->text, "  ");
	write_asset_url(writer, asset, 2);
	if (is_message_needless(asset, finding)) {
		buf_append_char(writer->text, '\n');
		write_places(writer, asset, finding);
		return;
	}
	human_shortened(&message, finding->message);
	report_append_age(&message,
			  &(struct report_note){.severity = finding->severity, .asset = asset},
			  writer->options->now_s);
	buf_append_char(writer->text, '\n');
	write_prose(writer, "      ", buf_string(&message));
	write_places(writer, asset, finding);
}

/* An image may have several of a code: one a thumbnail, one a declared size. */
struct group_count {
	size_t findings, images;
	size_t last_image; /* its number from 1 on; 0: none yet */
};

static void count_findings(const struct report *report, enum severity severity,
			   struct group_count ret_counts[FINDING_COUNT])
{
	memset(ret_counts, 0, FINDING_COUNT * sizeof *ret_counts);
	for (size_t i = 0; i < report->n_images; i++)
		for (size_t k = 0; k < report->images[i]->n_findings; k++) {
			const struct finding *finding = &report->images[i]->findings[k];
			struct group_count *count = &ret_counts[finding->code];

			if (finding->severity != severity)
				continue;
			count->findings++;
			count->images += count->last_image != i + 1;
			count->last_image = i + 1;
		}
}

/* Folded as prose is: its words in their style, and what follows them. */
static void write_group_heading(struct writer *writer, enum finding_code code,
				enum severity severity, size_t count, bool is_listed)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT(1024), rest = BUF_INIT(1024);
	unsigned columns = writer->options->columns;
	const char *last_line;

	human_folded(&words, finding_heading(code), 0, 2, columns);
	last_line = strrchr(buf_string(&words), '\n');
	last_line = last_line ? last_line + 1 : buf_string(&words);
	buf_append_string(&rest, ": ");
	human_count(&rest, count, "image", "images");
	buf_printf(&rest, "  [%s]", finding_code_name(code));
	if (!is_listed)
		buf_append_string(&rest, count == 1 ? " (-v lists it)" : " (-v lists them)");
	styled(writer, style_of(severity), buf_string(&words));
	human_folded(writer->text, buf_string(&rest), human_columns(last_line), 2, columns);
	buf_append_char(writer->text, '\n');
}

static size_t shown_in_group(const struct writer *writer, enum severity severity)
{
	if (writer->options->is_verbose)
		return (size_t)-1;
	if (severity >= SEVERITY_BLOCKED)
		return SHOWN_BROKEN;
	return severity == SEVERITY_WARNING ? SHOWN_WARNINGS : 0;
}

/* The end of a list that was folded. */
static void write_rest(struct writer *writer, size_t count)
{
	if (!count)
		return;
	buf_printf(writer->text, "  and %s more (-v shows all)\n", HUMAN_NUMBER(count));
}

static void write_group(struct writer *writer, enum finding_code code, enum severity severity,
			const struct group_count *count)
{
	size_t room = shown_in_group(writer, severity), shown = 0;
	const char *advice = finding_advice(code);

	if (!count->findings)
		return;
	write_group_heading(writer, code, severity, count->images, room);
	if (!room) {
		buf_append_char(writer->text, '\n');
		return;
	}
	for (size_t i = 0; i < writer->report->n_images; i++) {
		const struct asset *asset = writer->report->images[i];

		for (size_t k = 0; k < asset->n_findings && shown < room; k++)
			if (asset->findings[k].code == code &&
			    asset->findings[k].severity == severity) {
				write_finding(writer, asset, &asset->findings[k]);
				shown++;
			}
	}
	write_rest(writer, count->findings - shown);
	if (advice) {
		buf_append_string(writer->text, "  ");
		styled(writer, STYLE_DIM, "What to do: ");
		human_folded(writer->text, advice, strlen("  What to do: "), 4,
			     writer->options->columns);
		buf_append_char(writer->text, '\n');
	}
	buf_append_char(writer->text, '\n');
}

static void write_groups(struct writer *writer, enum severity severity)
{
	struct group_count counts[FINDING_COUNT];

	count_findings(writer->report, severity, counts);
	for (size_t code = 0; code < FINDING_COUNT; code++)
		write_group(writer, (enum finding_code)code, severity, &counts[code]);
}

static void write_problem(struct writer *writer, const struct problem *problem)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT(BUF_UNLIMITED);

	if (problem->file) {
		CLEANUP(buf_release) struct buf place = BUF_INIT(1u << 18);
		struct writer into = {writer->report, writer->options, &place};

		write_place(&into, problem->file, problem->line, problem->column);
		buf_printf(&words, "%s: ", buf_string(&place));
	}
	human_shortened(&words, problem->message);
	buf_printf(&words, "  [%s]", problem->code);
	write_prose(writer, "  ", buf_string(&words));
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
	for (size_t i = 0; i < shown; i++)
		write_problem(writer, &report->problems[i]);
	write_rest(writer, report->n_problems - shown);
	buf_append_char(writer->text, '\n');
}

/* The line of totals as it grows: on a terminal it is broken between its items. */
struct totals_line {
	struct writer *writer;
	size_t column;
};

static void break_line(struct totals_line *line)
{
	buf_append_string(line->writer->text, "\n  ");
	line->column = 2;
}

/* The separator stands before the item, or at the end of the line that the item did not fit in. */
static void add_item(struct totals_line *line, const char *separator, const char *style,
		     const char *item)
{
	size_t columns = line->writer->options->columns, width = strlen(item) + 1;

	buf_append(line->writer->text, separator, strcspn(separator, " "));
	line->column += strlen(separator);
	if (columns && line->column + width > columns && *separator)
		break_line(line);
	else if (*separator)
		buf_append_char(line->writer->text, ' ');
	if (style)
		styled(line->writer, style, item);
	else
		buf_append_string(line->writer->text, item);
	line->column += strlen(item);
}

static void write_statuses(struct totals_line *line)
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
	const struct report_totals *totals = &line->writer->report->totals;
	const char *separator = ": ";
	CLEANUP(buf_release) struct buf word = BUF_INIT(64);

	human_count(&word, totals->images, "image", "images");
	add_item(line, "", NULL, buf_string(&word));
	for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
		uint64_t count = totals->by_status[order[i].status];

		if (!count)
			continue;
		buf_clear(&word);
		buf_printf(&word, "%s %s", HUMAN_NUMBER(count), asset_status_name(order[i].status));
		add_item(line, separator, order[i].style, buf_string(&word));
		separator = ", ";
	}
}

static void write_thumbs(struct buf *text, const struct report_totals *totals)
{
	if (totals->thumbs_made) {
		human_count(text, totals->thumbs_made, "thumbnail", "thumbnails");
		buf_append_string(text, " made, ");
	}
	if (!totals->thumbs_reused)
		return;
	if (totals->thumbs_made) {
		buf_printf(text, "%s reused, ", HUMAN_NUMBER(totals->thumbs_reused));
		return;
	}
	human_count(text, totals->thumbs_reused, "thumbnail", "thumbnails");
	buf_append_string(text, " reused, ");
}

/* "12 fetched (443 KiB), 42 thumbnails made, 0.9 s". */
static void describe_work(const struct report *report, struct buf *text)
{
	const struct report_totals *totals = &report->totals;

	if (totals->fetched) {
		buf_printf(text, "%s fetched (", HUMAN_NUMBER(totals->fetched));
		human_bytes(text, totals->bytes_fetched);
		buf_append_string(text, "), ");
	}
	if (totals->revalidated) {
		buf_printf(text, "%s not modified, ", HUMAN_NUMBER(totals->revalidated));
	}
	if (totals->from_cache) {
		buf_printf(text, "%s from the cache, ", HUMAN_NUMBER(totals->from_cache));
	}
	write_thumbs(text, totals);
	human_seconds(text, report->seconds);
}

static void write_totals(struct writer *writer)
{
	struct totals_line line = {writer, 0};
	CLEANUP(buf_release) struct buf work = BUF_INIT(1024);
	const char *separator = "; ";
	char *rest;

	write_statuses(&line);
	describe_work(writer->report, &work);
	/* What was done stays together where one line does not hold all. */
	if (writer->options->columns &&
	    line.column + 2 + work.length_bytes > writer->options->columns) {
		buf_append_char(writer->text, ';');
		break_line(&line);
		separator = "";
	}
	for (char *item = work.data; item; item = rest) {
		rest = strstr(item, ", ");
		if (rest) {
			*rest = '\0';
			rest += 2;
		}
		add_item(&line, separator, NULL, item);
		separator = ", ";
	}
	buf_append_char(writer->text, '\n');
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
	CLEANUP(buf_release) struct buf words = BUF_INIT(1024);

	report_append_headers_only(&words, report);
	if (words.length_bytes)
		write_prose(writer, "", buf_string(&words));
	buf_clear(&words);
	if (by_status[ASSET_STALE])
		write_prose(writer, "",
			    "stale: could not be asked again now; the last good copy stands in.");
	if (by_status[ASSET_BLOCKED])
		write_prose(writer, "",
			    "blocked: the host turned picdesk away; look in a browser before you "
			    "act.");
	if (by_status[ASSET_TEMPLATE])
		write_prose(writer, "",
			    "template: an expression in the URL; only the site's generator knows "
			    "it.");
	if (n_deferred) {
		buf_printf(&words,
			   "%s unchecked: the host asked to come back later (deferred); run "
			   "again then.",
			   HUMAN_NUMBER(n_deferred));
		write_prose(writer, "", buf_string(&words));
	}
	if (by_status[ASSET_UNCHECKED] == n_deferred)
		return;
	buf_clear(&words);
	buf_printf(
		&words, "%s unchecked: %s", HUMAN_NUMBER(by_status[ASSET_UNCHECKED] - n_deferred),
		!report->is_complete ? "the run ended before their turn; neither good nor bad."
		: writer->options->is_offline ? "not in the cache, and --offline asks no one."
					      : "not looked at in this run; neither good nor bad.");
	write_prose(writer, "", buf_string(&words));
}

/* Before the totals: what they say stands last. */
static void write_notes(struct writer *writer)
{
	size_t before = writer->text->length_bytes;

	write_explanations(writer);
	if (writer->report->sandbox) {
		CLEANUP(buf_release) struct buf words = BUF_INIT(1024);

		buf_printf(&words, "Decoders confined by: %s", writer->report->sandbox);
		write_prose(writer, "", buf_string(&words));
	}
	if (writer->options->epilogue)
		buf_append_string(writer->text, writer->options->epilogue);
	if (writer->text->length_bytes > before)
		buf_append_char(writer->text, '\n');
}

/* What picdesk.yml has as less than broken (`check.severity`) is not to be mended first. */
static bool has_broken(const struct report *report)
{
	for (size_t i = 0; i < report->n_images; i++)
		if (asset_severity(report->images[i]) == SEVERITY_BROKEN)
			return true;
	return false;
}

static void write_nothing_found(struct writer *writer)
{
	write_prose(writer, "",
		    writer->options->has_filters
			    ? "Next: no image was left; look at what --include and the "
			      "like leave out."
			    : "Next: no image was found; run it in the site's folder, or name "
			      "that folder.");
}

static void write_next_step(struct writer *writer)
{
	const struct report *report = writer->report;
	bool is_broken = has_broken(report);
	CLEANUP(buf_release) struct buf words = BUF_INIT(1024);

	if (report->has_failed)
		buf_append_string(&words, "Next: mend what stopped it (see its message) and run it "
					  "again.");
	else if (!report->n_images)
		write_nothing_found(writer);
	else if (!report->is_complete)
		buf_append_string(&words, "Next: run it again; it goes on where it stopped, and "
					  "keeps what is fresh.");
	else if (is_broken && writer->options->fail_on == SEVERITY_OFF)
		buf_append_string(&words, "Next: mend what is broken; `picdesk report -v` shows "
					  "all of it.");
	else if (is_broken)
		buf_printf(&words, "Next: mend what is broken and run `picdesk %s` again.",
			   report->verb);
	if (words.length_bytes)
		write_prose(writer, "", buf_string(&words));
}

void report_write_text(const struct report *report, const struct report_text_options *options,
		       struct buf *ret_text)
{
	struct writer writer = {report, options, ret_text};

	write_groups(&writer, SEVERITY_BROKEN);
	write_groups(&writer, SEVERITY_BLOCKED);
	if (!options->is_quiet || options->fail_on == SEVERITY_WARNING)
		write_groups(&writer, SEVERITY_WARNING);
	if (!options->is_quiet)
		write_groups(&writer, SEVERITY_INFO);
	if (!options->is_quiet || options->fail_on == SEVERITY_WARNING)
		write_problems(&writer);
	if (options->is_quiet && !ret_text->length_bytes)
		return;
	if (!options->is_quiet)
		write_notes(&writer);
	write_totals(&writer);
	if (!options->is_quiet)
		write_next_step(&writer);
}

/* data: URLs are long and say nothing beyond their first bytes. */
static void write_url(struct buf *text, const struct asset *asset)
{
	const size_t most_bytes = 60;
	CLEANUP(buf_release) struct buf head = BUF_INIT(most_bytes);

	if (asset->status != ASSET_EMBEDDED || strlen(asset->url) <= most_bytes) {
		human_shortened(text, asset->url);
		return;
	}
	buf_append(&head, asset->url, most_bytes);
	human_text(text, buf_string(&head));
	buf_append_string(text, "...");
}

static void write_scan_line(struct writer *writer, const struct asset *asset,
			    const struct asset_ref *ref)
{
	struct buf *text = writer->text;

	write_place(writer, ref->file, ref->line, ref->column);
	buf_append_string(text, "  ");
	write_url(text, asset);
	if (asset->status == ASSET_TEMPLATE || asset->status == ASSET_EMBEDDED)
		buf_printf(text, "  (%s)", asset_status_name(asset->status));
	if (ref->width_px && ref->height_px)
		buf_printf(text, "  %dx%d", ref->width_px, ref->height_px);
	if (ref->data_path) {
		buf_append_string(text, "  ");
		human_shortened(text, ref->data_path);
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
	report_append_references(ret_text, report);
	buf_append_char(ret_text, '\n');
	if (!report->n_images)
		write_nothing_found(&writer);
}
