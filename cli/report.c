#include "report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "map.h"

/* Distinct messages that are looked for, so that each is kept once. */
#define MOST_SHARED_MESSAGES 4096

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

static const char *url_of(const void *report, size_t image)
{
	return ((const struct report *)report)->images[image]->url;
}

void report_init(struct report *report)
{
	*report = (struct report){.is_complete = true};
	key_table_init(&report->by_url, url_of);
}

void asset_release(struct asset *asset)
{
	asset_drop_findings(asset, 0);
	if (asset->refs != &asset->first_ref)
		free(asset->refs);
	free(asset->findings);
	free(asset->thumbs);
	asset_set_final_url(asset, NULL);
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
	key_table_release(&report->by_url);
	map_free(report->messages);
	arena_release(&report->arena);
	*report = (struct report){0};
}

struct asset *report_add_asset(struct report *report, const char *url)
{
	struct asset *asset = arena_zeroed(&report->arena, sizeof *asset);

	asset->url = arena_string(&report->arena, url);
	ALLOC_GROW(report->images, report->n_images, report->images_capacity);
	report->images[report->n_images++] = asset;
	key_table_add(&report->by_url, report, report->n_images - 1);
	return asset;
}

/* Room for one more at items[count]. What there is room for is the next power of two, and needs no
 * place of its own. */
static void *grown(void *items, size_t count, size_t item_bytes)
{
	if (count & (count - 1))
		return items;
	return alloc_resized(items, count ? 2 * count : 1, item_bytes);
}

struct asset_ref *asset_add_ref(struct asset *asset)
{
	if (!asset->n_refs) {
		asset->refs = &asset->first_ref;
	} else if (asset->n_refs == 1) {
		asset->refs = alloc_resized(NULL, 2, sizeof *asset->refs);
		asset->refs[0] = asset->first_ref;
	} else {
		asset->refs = grown(asset->refs, asset->n_refs, sizeof *asset->refs);
	}
	return &asset->refs[asset->n_refs++];
}

void asset_set_final_url(struct asset *asset, const char *final_url)
{
	const char *before = asset->final_url;

	asset->final_url = final_url && strcmp(final_url, asset->url) != 0 ? alloc_string(final_url)
			   : final_url                                     ? asset->url
									   : NULL;
	if (before != asset->url)
		free((char *)before);
}

const char *asset_disk_path(const struct asset *asset)
{
	return asset->url + 1;
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
	if (ref->target == IMAGE_REF_BAD)
		asset->why = copy_or_null(report, ref->why);
	else
		asset->actual = copy_or_null(report, ref->actual);
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
		.order = (uint32_t)report->n_refs++,
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
		.is_below_other_base = ref->is_below_other_base,
		.is_in_inner_site = ref->is_in_inner_site,
		.is_display_size = ref->is_in_html || (ref->kind != IMAGE_REF_FRONT_MATTER &&
						       ref->kind != IMAGE_REF_DATA),
	};
	return asset;
}

struct asset *report_find(const struct report *report, const char *url)
{
	size_t found = key_table_find(&report->by_url, report, url);

	return found == KEY_TABLE_NONE ? NULL : report->images[found];
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

struct finding *report_add_finding(struct report *report, struct asset *asset,
				   enum finding_code code, const char *format, ...)
{
	struct finding *finding;
	va_list arguments;

	va_start(arguments, format);
	finding = report_add_finding_of(report, asset, code, format, arguments);
	va_end(arguments);
	return finding;
}

/* Most images have a message that others have, too. Takes `text`. */
static const char *keep_message(struct report *report, char *text)
{
	const char *kept;

	if (!report->messages)
		report->messages = map_new();
	kept = map_get_string(report->messages, text);
	if (!kept) {
		kept = arena_string(&report->arena, text);
		if (map_count(report->messages) < MOST_SHARED_MESSAGES)
			map_put_borrowed(report->messages, kept, (void *)(uintptr_t)kept);
	}
	free(text);
	return kept;
}

struct finding *report_add_finding_of(struct report *report, struct asset *asset,
				      enum finding_code code, const char *format, va_list arguments)
{
	struct finding *finding;
	char *message = alloc_vprintf(format, arguments);

	asset->findings = grown(asset->findings, asset->n_findings, sizeof *asset->findings);
	finding = &asset->findings[asset->n_findings++];
	*finding = (struct finding){
		.code = code,
		.severity = finding_default_severity(code),
		.message = keep_message(report, message),
	};
	return finding;
}

void asset_drop_findings(struct asset *asset, unsigned n_kept)
{
	while (asset->n_findings > n_kept) {
		const struct finding *finding = &asset->findings[--asset->n_findings];

		if (finding->n_refs > 1)
			free(finding->refs);
	}
}

void finding_add_ref(struct finding *finding, unsigned ref)
{
	unsigned only_ref = finding->only_ref;

	if (!finding->n_refs) {
		finding->only_ref = ref;
	} else if (finding->n_refs == 1) {
		finding->refs = alloc_resized(NULL, 2, sizeof *finding->refs);
		finding->refs[0] = only_ref;
		finding->refs[1] = ref;
	} else {
		finding->refs = grown(finding->refs, finding->n_refs, sizeof *finding->refs);
		finding->refs[finding->n_refs] = ref;
	}
	finding->n_refs++;
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

bool asset_fails_at(const struct asset *asset, enum severity least)
{
	for (size_t i = 0; i < asset->n_findings; i++) {
		const struct finding *finding = &asset->findings[i];

		if (finding->severity >= least &&
		    (finding->code != FINDING_STALE_USED ||
		     finding->severity > finding_default_severity(FINDING_STALE_USED)))
			return true;
	}
	return false;
}

bool report_problem_fails(const struct report *report)
{
	for (size_t i = 0; i < report->n_problems; i++)
		if (strcmp(report->problems[i].code, "host-down") != 0)
			return true;
	return false;
}

int64_t asset_kept_time_s(const struct asset *asset)
{
	return asset->source == ASSET_FROM_LOCAL ? 0 : asset->checked_s;
}
