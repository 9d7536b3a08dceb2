#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

static const char *const status_names[ASSET_STATUS_COUNT] = {
	[ASSET_OK] = "ok",
	[ASSET_STALE] = "stale",
	[ASSET_BROKEN] = "broken",
	[ASSET_BLOCKED] = "blocked",
	[ASSET_UNCHECKED] = "unchecked",
	[ASSET_EMBEDDED] = "embedded",
	[ASSET_TEMPLATE] = "template",
};

const char *asset_status_name(enum asset_status status)
{
	return status_names[status];
}

static const char *const source_names[] = {
	[ASSET_FROM_NONE] = "none",
	[ASSET_FROM_NETWORK] = "network",
	[ASSET_FROM_REVALIDATED] = "revalidated",
	[ASSET_FROM_CACHE] = "cache",
	[ASSET_FROM_LOCAL] = "local",
};

const char *asset_source_name(enum asset_source source)
{
	return source_names[source];
}

void report_init(struct report *report)
{
	*report = (struct report){.by_url = map_new(), .is_complete = true};
}

void asset_release(struct asset *asset)
{
	for (size_t i = 0; i < asset->n_findings; i++) {
		free(asset->findings[i].message);
		free(asset->findings[i].refs);
	}
	for (size_t i = 0; i < asset->n_thumbs; i++) {
		free(asset->thumbs[i].name);
		free(asset->thumbs[i].path);
	}
	free(asset->refs);
	free(asset->findings);
	free(asset->thumbs);
	free(asset->final_url);
}

void report_release(struct report *report)
{
	for (size_t i = 0; i < report->n_images; i++)
		asset_release(report->images[i]);
	for (size_t i = 0; i < report->n_problems; i++) {
		free(report->problems[i].code);
		free(report->problems[i].file);
		free(report->problems[i].message);
	}
	for (size_t i = 0; i < report->n_hosts; i++)
		free(report->hosts[i].host);
	free(report->images);
	free(report->problems);
	free(report->hosts);
	free(report->version);
	free(report->verb);
	free(report->sandbox);
	free(report->root);
	free(report->root_shown);
	map_free(report->by_url);
	arena_release(&report->arena);
	*report = (struct report){0};
}

struct asset *report_add_asset(struct report *report, const char *url)
{
	struct asset *asset = arena_zeroed(&report->arena, sizeof *asset);

	asset->url = arena_string(&report->arena, url);
	ALLOC_GROW(report->images, report->n_images, report->images_capacity);
	report->images[report->n_images++] = asset;
	map_put_borrowed(report->by_url, asset->url, asset);
	return asset;
}

/* Most images are named once. */
struct asset_ref *asset_add_ref(struct asset *asset)
{
	ALLOC_GROW_FROM(1, asset->refs, asset->n_refs, asset->refs_capacity);
	return &asset->refs[asset->n_refs++];
}

static const char *copy_or_null(struct report *report, const char *text)
{
	return text ? arena_string(&report->arena, text) : NULL;
}

static struct asset *add_asset(struct report *report, const struct image_ref *ref)
{
	struct asset *asset = report_add_asset(report, ref->url);

	asset->target = ref->target;
	asset->status = ref->target == IMAGE_REF_EMBEDDED   ? ASSET_EMBEDDED
			: ref->target == IMAGE_REF_TEMPLATE ? ASSET_TEMPLATE
							    : ASSET_UNCHECKED;
	asset->local = ref->local;
	asset->disk_path = copy_or_null(report, ref->disk_path);
	asset->actual = copy_or_null(report, ref->actual);
	asset->why = copy_or_null(report, ref->why);
	return asset;
}

/* One copy for all references of a file: they come one after the other. */
static const char *copy_of_file(struct report *report, const char *file)
{
	if (!report->last_file || strcmp(report->last_file, file) != 0)
		report->last_file = arena_string(&report->arena, file);
	return report->last_file;
}

struct asset *report_add_reference(struct report *report, const struct image_ref *ref)
{
	struct asset *asset = report_find(report, ref->url);

	if (!asset)
		asset = add_asset(report, ref);
	*asset_add_ref(asset) = (struct asset_ref){
		.order = report->n_refs++,
		.file = copy_of_file(report, ref->file),
		.line = ref->line,
		.column = ref->column,
		.defined_line = ref->defined_line,
		.defined_column = ref->defined_column,
		.kind = image_ref_kind_name(ref->kind),
		.data_path = copy_or_null(report, ref->data_path),
		.written = strcmp(ref->written, asset->url)
				   ? arena_string(&report->arena, ref->written)
				   : asset->url,
		.width_px = ref->width_px,
		.height_px = ref->height_px,
		.title = copy_or_null(report, ref->title),
		.is_display_size =
			ref->kind != IMAGE_REF_FRONT_MATTER && ref->kind != IMAGE_REF_DATA,
	};
	return asset;
}

struct asset *report_find(const struct report *report, const char *url)
{
	return map_get_string(report->by_url, url);
}

void report_add_problem(struct report *report, const char *code, const char *file, unsigned line,
			unsigned column, const char *message)
{
	ALLOC_GROW(report->problems, report->n_problems, report->problems_capacity);
	report->problems[report->n_problems++] = (struct problem){
		.code = alloc_string(code),
		.file = file ? alloc_string(file) : NULL,
		.line = line,
		.column = column,
		.message = alloc_string(message),
	};
}

void report_count(struct report *report)
{
	struct report_totals *totals = &report->totals;

	totals->images = report->n_images;
	totals->references = 0;
	memset(totals->by_status, 0, sizeof totals->by_status);
	for (size_t i = 0; i < report->n_images; i++) {
		totals->references += report->images[i]->n_refs;
		totals->by_status[report->images[i]->status]++;
	}
}

struct finding *asset_add_finding(struct asset *asset, enum finding_code code, const char *format,
				  ...)
{
	struct finding *finding;
	va_list arguments;
	char *message = NULL;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = alloc_string(finding_heading(code));
	va_end(arguments);
	ALLOC_GROW_FROM(1, asset->findings, asset->n_findings, asset->findings_capacity);
	finding = &asset->findings[asset->n_findings++];
	*finding = (struct finding){
		.code = code,
		.severity = finding_default_severity(code),
		.message = message,
	};
	return finding;
}

void finding_add_ref(struct finding *finding, unsigned ref)
{
	finding->refs = alloc_resized(finding->refs, finding->n_refs + 1, sizeof *finding->refs);
	finding->refs[finding->n_refs++] = ref;
}

bool asset_has_finding(const struct asset *asset, enum finding_code code)
{
	for (size_t i = 0; i < asset->n_findings; i++)
		if (asset->findings[i].code == code)
			return true;
	return false;
}

enum severity asset_severity(const struct asset *asset)
{
	enum severity gravest = SEVERITY_OFF;

	for (size_t i = 0; i < asset->n_findings; i++)
		if (asset->findings[i].severity > gravest)
			gravest = asset->findings[i].severity;
	return gravest;
}
