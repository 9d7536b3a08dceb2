#include "report.h"

#include "clock.h"
#include "json_out.h"

static void write_time(struct json_out *out, const char *key, int64_t wall_s)
{
	char text[CLOCK_RFC3339_BYTES];

	if (wall_s)
		clock_format(wall_s, text);
	json_member_string(out, key, wall_s ? text : NULL);
}

static void write_size(struct json_out *out, int width_px, int height_px)
{
	if (width_px)
		json_member_int(out, "width", width_px);
	if (height_px)
		json_member_int(out, "height", height_px);
}

static void write_ref(struct json_out *out, const struct asset_ref *ref)
{
	json_object_begin(out);
	json_member_string(out, "file", ref->file);
	json_member_int(out, "line", ref->line);
	json_member_int(out, "column", ref->column);
	json_member_string(out, "kind", ref->kind);
	if (ref->data_path)
		json_member_string(out, "path", ref->data_path);
	json_member_string(out, "written", ref->written);
	write_size(out, ref->width_px, ref->height_px);
	if (ref->title)
		json_member_string(out, "title", ref->title);
	if (ref->defined_line) {
		json_member_object(out, "defined_at");
		json_member_int(out, "line", ref->defined_line);
		json_member_int(out, "column", ref->defined_column);
		json_object_end(out);
	}
	json_object_end(out);
}

static void write_finding(struct json_out *out, const struct asset *asset,
			  const struct finding *finding)
{
	json_object_begin(out);
	json_member_string(out, "code", finding_code_name(finding->code));
	json_member_string(out, "severity", severity_name(finding->severity));
	json_member_string(out, "message", finding->message);
	json_member_array(out, "refs");
	if (finding->n_refs)
		for (size_t i = 0; i < finding->n_refs; i++)
			json_int(out, finding_ref(finding, i));
	else
		for (size_t i = 0; i < asset->n_refs; i++)
			json_int(out, (int64_t)i);
	json_array_end(out);
	json_object_end(out);
}

static void write_thumb(struct json_out *out, const struct asset_thumb *thumb)
{
	json_object_begin(out);
	json_member_string(out, "name", thumb->name);
	if (thumb->path)
		json_member_string(out, "path", thumb->path);
	json_member_string(out, "type", media_type_name(thumb->type));
	json_member_int(out, "width", thumb->width_px);
	json_member_int(out, "height", thumb->height_px);
	json_member_int(out, "bytes", (int64_t)thumb->bytes);
	json_object_end(out);
}

/* What is known of the image itself; each key only when it is known. */
static void write_facts(struct json_out *out, const struct asset *asset)
{
	char hash[OBJECT_ID_HEX_BYTES];

	if (asset->final_url)
		json_member_string(out, "final_url", asset->final_url);
	if (asset->http_status)
		json_member_int(out, "http_status", asset->http_status);
	json_member_string(out, "source", asset_source_name(asset->source));
	if (asset->type != MEDIA_NONE)
		json_member_string(out, "type", media_type_name(asset->type));
	write_size(out, asset->width_px, asset->height_px);
	if (asset->has_object) {
		object_id_format(&asset->object, hash);
		json_member_int(out, "bytes", (int64_t)asset->bytes);
		json_member_string(out, "hash", hash);
	}
}

static void write_asset(struct json_out *out, const struct asset *asset, bool is_scan, bool is_kept)
{
	json_object_begin(out);
	json_member_string(out, "url", asset->url);
	json_member_string(out, "status", asset_status_name(asset->status));
	if (!is_scan)
		write_facts(out, asset);
	json_member_array(out, "refs");
	for (size_t i = 0; i < asset->n_refs; i++)
		write_ref(out, &asset->refs[i]);
	json_array_end(out);
	if (!is_scan) {
		json_member_array(out, "findings");
		for (size_t i = 0; i < asset->n_findings; i++)
			write_finding(out, asset, &asset->findings[i]);
		json_array_end(out);
		json_member_array(out, "thumbs");
		for (size_t i = 0; i < asset->n_thumbs; i++)
			write_thumb(out, &asset->thumbs[i]);
		json_array_end(out);
		write_time(out, "failing_since", asset->failing_since_s);
		write_time(out, "checked", is_kept ? asset_kept_time_s(asset) : asset->checked_s);
	}
	json_object_end(out);
}

static void write_problem(struct json_out *out, const struct problem *problem)
{
	json_object_begin(out);
	json_member_string(out, "code", problem->code);
	json_member_string(out, "severity", severity_name(SEVERITY_WARNING));
	if (problem->file)
		json_member_string(out, "file", problem->file);
	if (problem->line) {
		json_member_int(out, "line", problem->line);
		json_member_int(out, "column", problem->column);
	}
	json_member_string(out, "message", problem->message);
	json_object_end(out);
}

static void write_host(struct json_out *out, const struct host_report *host)
{
	json_object_begin(out);
	json_member_string(out, "host", host->host);
	json_member_int(out, "requests", (int64_t)host->requests);
	json_member_int(out, "ok", (int64_t)host->ok);
	json_member_int(out, "not_modified", (int64_t)host->not_modified);
	json_member_int(out, "failed", (int64_t)host->failed);
	json_member_int(out, "throttled", (int64_t)host->throttled);
	json_member_int(out, "bytes", (int64_t)host->bytes);
	json_member_int(out, "p50_ms", host->p50_ms);
	json_member_int(out, "p95_ms", host->p95_ms);
	json_object_end(out);
}

static void write_run(struct json_out *out, const struct report *report)
{
	json_member_object(out, "run");
	json_member_string(out, "version", report->version);
	json_member_string(out, "verb", report->verb);
	json_member_string(out, "root", report->root_shown);
	write_time(out, "started", report->started_s);
	json_key(out, "seconds");
	json_decimal(out, report->seconds, 3);
	json_key(out, "complete");
	json_bool(out, report->is_complete);
	if (report->is_partial) {
		json_key(out, "partial");
		json_bool(out, true);
	}
	if (report->n_headers_only)
		json_member_int(out, "headers_only", (int64_t)report->n_headers_only);
	json_object_end(out);
}

static void write_totals(struct json_out *out, const struct report_totals *totals)
{
	json_member_object(out, "totals");
	json_member_int(out, "references", (int64_t)totals->references);
	json_member_int(out, "images", (int64_t)totals->images);
	for (size_t i = 0; i < ASSET_STATUS_COUNT; i++)
		json_member_int(out, asset_status_name((enum asset_status)i),
				(int64_t)totals->by_status[i]);
	json_member_int(out, "fetched", (int64_t)totals->fetched);
	json_member_int(out, "revalidated", (int64_t)totals->revalidated);
	json_member_int(out, "from_cache", (int64_t)totals->from_cache);
	json_member_int(out, "bytes_fetched", (int64_t)totals->bytes_fetched);
	json_member_int(out, "thumbs_made", (int64_t)totals->thumbs_made);
	json_member_int(out, "thumbs_reused", (int64_t)totals->thumbs_reused);
	json_object_end(out);
}

static bool is_scan(const struct report *report)
{
	return slice_equals(slice_of(report->verb), "scan");
}

static void write_images(struct json_out *out, const struct report *report, bool is_kept)
{
	json_array_begin(out);
	for (size_t i = 0; i < report->n_images; i++)
		write_asset(out, report->images[i], is_scan(report), is_kept);
	json_array_end(out);
}

static void write_before_images(struct json_out *out, const struct report *report)
{
	json_member_string(out, "schema", "picdesk/report/1");
	write_run(out, report);
	write_totals(out, &report->totals);
}

static void write_after_images(struct json_out *out, const struct report *report)
{
	json_member_array(out, "problems");
	for (size_t i = 0; i < report->n_problems; i++)
		write_problem(out, &report->problems[i]);
	json_array_end(out);
	json_member_array(out, "hosts");
	for (size_t i = 0; i < report->n_hosts; i++)
		write_host(out, &report->hosts[i]);
	json_array_end(out);
}

void report_write_json(const struct report *report, struct buf *ret_text)
{
	struct json_out out;

	json_out_init(&out, ret_text, true);
	json_object_begin(&out);
	write_before_images(&out, report);
	json_key(&out, "images");
	write_images(&out, report, false);
	write_after_images(&out, report);
	json_object_end(&out);
	buf_append_char(ret_text, '\n');
}

void report_write_run(const struct report *report, struct buf *ret_text)
{
	struct json_out out;

	json_out_init(&out, ret_text, false);
	json_object_begin(&out);
	write_before_images(&out, report);
	write_after_images(&out, report);
	json_object_end(&out);
}

void report_write_images(const struct report *report, struct buf *ret_text)
{
	struct json_out out;

	json_out_init(&out, ret_text, false);
	write_images(&out, report, true);
}

void report_join_parts(const char *run, const char *images, struct buf *ret_text)
{
	buf_append_string(ret_text, "{\"images\":");
	buf_append_string(ret_text, images);
	buf_append_char(ret_text, ',');
	buf_append_string(ret_text, run + 1);
}

void report_write_jsonl(const struct report *report, struct buf *ret_text)
{
	for (size_t i = 0; i < report->n_images; i++) {
		struct json_out out;

		json_out_init(&out, ret_text, false);
		write_asset(&out, report->images[i], is_scan(report), false);
		buf_append_char(ret_text, '\n');
	}
}
