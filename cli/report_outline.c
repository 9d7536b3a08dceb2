#include "report.h"

#include <string.h>

#include "alloc.h"
#include "program_id.h"

/* Numbers as they lie in memory, and texts: what a hash is made of in this process, no more. */
static void put_numbers(struct buf *text, const int64_t *numbers, size_t count)
{
	buf_append(text, numbers, count * sizeof *numbers);
}

/* NULL, and each text, is told from all others. */
static void put_text(struct buf *text, const char *string)
{
	size_t bytes = string ? strlen(string) + 1 : 0;
	char *at = buf_grow(text, 1 + bytes);

	if (!at)
		return;
	*at = string != NULL;
	if (bytes)
		memcpy(at + 1, string, bytes);
}

/* A text that mostly is one that stands there already. */
static void put_text_beside(struct buf *text, const char *string, const char *other)
{
	if (string && string == other)
		buf_append_char(text, 2);
	else
		put_text(text, string);
}

static void outline_ref(struct buf *text, const struct asset *asset, const struct asset_ref *ref)
{
	const int64_t numbers[] = {ref->line,           ref->column,   ref->defined_line,
				   ref->defined_column, ref->width_px, ref->height_px};

	put_numbers(text, numbers, ARRAY_LENGTH(numbers));
	put_text(text, ref->file);
	put_text(text, ref->kind);
	put_text(text, ref->data_path);
	put_text_beside(text, ref->written, asset->url);
	put_text(text, ref->title);
}

static void outline_finding(struct buf *text, const struct finding *finding)
{
	const int64_t numbers[] = {finding->code, finding->severity, finding->n_refs};

	put_numbers(text, numbers, ARRAY_LENGTH(numbers));
	for (size_t i = 0; i < finding->n_refs; i++)
		put_numbers(text, (const int64_t[]){finding_ref(finding, i)}, 1);
	put_text(text, finding->message);
}

static void outline_thumb(struct buf *text, const struct asset_thumb *thumb)
{
	const int64_t numbers[] = {thumb->type, thumb->width_px, thumb->height_px,
				   (int64_t)thumb->bytes};

	put_numbers(text, numbers, ARRAY_LENGTH(numbers));
	put_text(text, thumb->name);
	put_text(text, thumb->path);
}

static void outline_asset(struct buf *text, const struct asset *asset)
{
	int64_t checked_s = asset_kept_time_s(asset);
	const int64_t numbers[] = {
		asset->status,          asset->source,   asset->type,      asset->has_object,
		asset->http_status,     asset->width_px, asset->height_px, (int64_t)asset->bytes,
		asset->failing_since_s, checked_s,       asset->n_refs,    asset->n_findings,
		asset->n_thumbs,
	};

	put_numbers(text, numbers, ARRAY_LENGTH(numbers));
	buf_append(text, asset->object.bytes, sizeof asset->object.bytes);
	put_text(text, asset->url);
	put_text_beside(text, asset->final_url, asset->url);
	for (size_t i = 0; i < asset->n_refs; i++)
		outline_ref(text, asset, &asset->refs[i]);
	for (size_t i = 0; i < asset->n_findings; i++)
		outline_finding(text, &asset->findings[i]);
	for (size_t i = 0; i < asset->n_thumbs; i++)
		outline_thumb(text, &asset->thumbs[i]);
}

void report_outline_images(const struct report *report, struct buf *ret_text)
{
	struct object_id program = {0};

	/* Another program may write them otherwise. */
	program_id(&program);
	buf_append(ret_text, program.bytes, sizeof program.bytes);
	put_text(ret_text, report->verb);
	for (size_t i = 0; i < report->n_images; i++)
		outline_asset(ret_text, report->images[i]);
}
