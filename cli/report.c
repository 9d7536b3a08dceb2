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
	*report = (struct report){
		.by_url = map_new(),
		.strings = map_new(),
		.is_complete = true,
	};
}

const char *report_string(struct report *report, const char *text)
{
	char *copy = text ? map_get_string(report->strings, text) : NULL;

	if (!text || copy)
		return copy;
	copy = alloc_string(text);
	map_put_borrowed(report->strings, copy, copy);
	return copy;
}

static void release_strings(struct map *strings)
{
	for (size_t i = 0; i < map_count(strings); i++)
		free(map_at(strings, i, NULL));
	map_free(strings);
}

static void ref_release(const struct asset *asset, struct asset_ref *ref)
{
	if (ref->written != asset->url)
		free(ref->written);
	free(ref->title);
}

void asset_free(struct asset *asset)
{
	for (size_t i = 0; i < asset->n_refs; i++)
		ref_release(asset, &asset->refs[i]);
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
	free(asset->url);
	free(asset->final_url);
	free(asset->disk_path);
	free(asset->actual);
	free(asset->why);
	free(asset);
}

void report_release(struct report *report)
{
	map_free(report->by_url); /* its keys are the images' */
	for (size_t i = 0; i < report->n_images; i++)
		asset_free(report->images[i]);
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
	free(report->root);
	free(report->root_shown);
	if (report->strings)
		release_strings(report->strings);
	*report = (struct report){0};
}

static char *copy_or_null(const char *text)
{
	return text ? alloc_string(text) : NULL;
}

static struct asset *add_asset(struct report *report, const struct image_ref *ref)
{
	struct asset *asset = alloc_zeroed(1, sizeof *asset);

	asset->url = alloc_string(ref->url);
	asset->target = ref->target;
	asset->status = ref->target == IMAGE_REF_EMBEDDED   ? ASSET_EMBEDDED
			: ref->target == IMAGE_REF_TEMPLATE ? ASSET_TEMPLATE
							    : ASSET_UNCHECKED;
	asset->local = ref->local;
	asset->disk_path = copy_or_null(ref->disk_path);
	asset->actual = copy_or_null(ref->actual);
	asset->why = copy_or_null(ref->why);
	ALLOC_GROW(report->images, report->n_images, report->images_capacity);
	report->images[report->n_images++] = asset;
	map_put_borrowed(report->by_url, asset->url, asset);
	return asset;
}

struct asset *report_add_reference(struct report *report, const struct image_ref *ref)
{
	struct asset *asset = report_find(report, ref->url);

	if (!asset)
		asset = add_asset(report, ref);
	ALLOC_GROW_FROM(1, asset->refs, asset->n_refs, asset->refs_capacity);
	asset->refs[asset->n_refs++] = (struct asset_ref){
		.order = report->n_refs++,
		.file = report_string(report, ref->file),
		.line = ref->line,
		.column = ref->column,
		.defined_line = ref->defined_line,
		.defined_column = ref->defined_column,
		.kind = report_string(report, image_ref_kind_name(ref->kind)),
		.data_path = report_string(report, ref->data_path),
		.written =
			strcmp(ref->written, asset->url) ? alloc_string(ref->written) : asset->url,
		.width_px = ref->width_px,
		.height_px = ref->height_px,
		.title = copy_or_null(ref->title),
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
		.file = copy_or_null(file),
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
