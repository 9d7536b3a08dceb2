#include "report_diff.h"

#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "human.h"
#include "json_out.h"
#include "map.h"
#include "relative_path.h"

#define SHOWN_PLACES 3
#define SHOWN_IMAGES 100

/* --- comparing ----------------------------------------------------------------------------------
 */

static bool is_broken(const struct asset *asset)
{
	return asset_severity(asset) == SEVERITY_BROKEN;
}

bool report_is_newly_broken(const struct report *before, const struct asset *asset)
{
	const struct asset *old = report_find(before, asset->url);

	return is_broken(asset) && (!old || !is_broken(old));
}

/* An article with something wrong in it, as front matter that cannot be read, may name it still. */
static bool is_in_doubt(const struct report *now, const struct map *doubtful,
			const struct asset *old)
{
	if (!now->is_complete || now->is_partial)
		return true;
	for (size_t i = 0; i < old->n_refs; i++)
		if (map_get_string(doubtful, old->refs[i].file))
			return true;
	return false;
}

void report_compare(const struct report *before, const struct report *now,
		    struct report_diff *ret_diff)
{
	struct report_diff diff = {
		.before = before,
		.now = now,
		.broken_newly = alloc_zeroed(now->n_images, sizeof(struct asset *)),
		.broken_still = alloc_zeroed(now->n_images, sizeof(struct asset *)),
		.fixed = alloc_zeroed(before->n_images, sizeof(struct asset *)),
		.unknown = alloc_zeroed(before->n_images, sizeof(struct asset *)),
	};
	struct map *doubtful = map_new();

	for (size_t i = 0; i < now->n_problems; i++)
		if (now->problems[i].file)
			map_put_string(doubtful, now->problems[i].file, doubtful);

	for (size_t i = 0; i < now->n_images; i++) {
		const struct asset *asset = now->images[i];

		if (report_is_newly_broken(before, asset))
			diff.broken_newly[diff.n_broken_newly++] = asset;
		else if (is_broken(asset))
			diff.broken_still[diff.n_broken_still++] = asset;
	}
	for (size_t i = 0; i < before->n_images; i++) {
		const struct asset *old = before->images[i];
		const struct asset *asset = report_find(now, old->url);

		if (!is_broken(old) || (asset && is_broken(asset)))
			continue;
		if (asset && (asset->status == ASSET_OK || asset->status == ASSET_STALE))
			diff.fixed[diff.n_fixed++] = old;
		else if (!asset && !is_in_doubt(now, doubtful, old))
			diff.fixed[diff.n_fixed++] = old; /* no article names it any more */
		else
			diff.unknown[diff.n_unknown++] = old;
	}
	map_free(doubtful);
	*ret_diff = diff;
}

void report_diff_release(struct report_diff *diff)
{
	free(diff->broken_newly);
	free(diff->fixed);
	free(diff->broken_still);
	free(diff->unknown);
	*diff = (struct report_diff){0};
}

/* --- for people ---------------------------------------------------------------------------------
 */

static const struct finding *gravest_finding(const struct asset *asset)
{
	const struct finding *gravest = NULL;

	for (size_t i = 0; i < asset->n_findings; i++)
		if (!gravest || asset->findings[i].severity > gravest->severity)
			gravest = &asset->findings[i];
	return gravest;
}

static void write_asset(const struct asset *asset, bool with_places,
			const struct report_text_options *options, struct buf *text)
{
	const struct finding *finding = gravest_finding(asset);

	buf_append_string(text, "  ");
	human_shortened(text, asset->url);
	if (finding) {
		buf_append_string(text, "\n      ");
		human_shortened(text, finding->message);
		buf_printf(text, "  [%s]", finding_code_name(finding->code));
	}
	buf_append_char(text, '\n');
	for (size_t i = 0; with_places && i < asset->n_refs; i++) {
		CLEANUP(buf_release) struct buf path = BUF_INIT(1u << 16);
		const struct asset_ref *ref = &asset->refs[i];

		if (i == SHOWN_PLACES && !options->is_verbose) {
			buf_append_string(text, "      and ");
			human_count(text, asset->n_refs - i, "more place", "more places");
			buf_append_string(text, " (-v shows all)\n");
			return;
		}
		buf_append_string(text, "      ");
		relative_path(&path, options->folder, options->root, ref->file);
		human_text(text, buf_string(&path));
		buf_printf(text, ":%u:%u\n", ref->line, ref->column);
	}
}

static void write_list(const char *heading, const char *style, const struct asset **assets,
		       size_t count, bool with_places, const struct report_text_options *options,
		       struct buf *text)
{
	if (!count)
		return;
	buf_printf(text, "%s%s%s: ", options->has_color ? style : "", heading,
		   options->has_color ? "\033[0m" : "");
	human_count(text, count, "image", "images");
	buf_append_char(text, '\n');
	for (size_t i = 0; i < count; i++) {
		if (i == SHOWN_IMAGES && !options->is_verbose) {
			buf_printf(text, "  and %s more (-v shows all)\n", HUMAN_NUMBER(count - i));
			break;
		}
		write_asset(assets[i], with_places, options, text);
	}
	buf_append_char(text, '\n');
}

void report_diff_append_counts(const struct report_diff *diff, struct buf *ret_text)
{
	buf_printf(ret_text, "%s newly broken, %s still broken, %s fixed",
		   HUMAN_NUMBER(diff->n_broken_newly), HUMAN_NUMBER(diff->n_broken_still),
		   HUMAN_NUMBER(diff->n_fixed));
	if (diff->n_unknown) {
		buf_printf(ret_text, ", %s not looked at", HUMAN_NUMBER(diff->n_unknown));
	}
}

void report_diff_write_text(const struct report_diff *diff,
			    const struct report_text_options *options, struct buf *ret_text)
{
	write_list("Newly broken", "\033[1;31m", diff->broken_newly, diff->n_broken_newly, true,
		   options, ret_text);
	if (!options->is_quiet) {
		write_list("Still broken", "\033[1;33m", diff->broken_still, diff->n_broken_still,
			   true, options, ret_text);
		write_list("Broken before, not looked at now", "\033[1;33m", diff->unknown,
			   diff->n_unknown, false, options, ret_text);
		write_list("Fixed, or no longer used", "\033[32m", diff->fixed, diff->n_fixed,
			   false, options, ret_text);
	}
	if (options->is_quiet && !diff->n_broken_newly)
		return;
	report_diff_append_counts(diff, ret_text);
	buf_append_char(ret_text, '\n');
}

/* --- for programs -------------------------------------------------------------------------------
 */

static void write_string(struct json_out *out, const char *key, const char *text)
{
	json_key(out, key);
	json_string(out, text);
}

static void write_time(struct json_out *out, const char *key, int64_t wall_s)
{
	char text[CLOCK_RFC3339_BYTES];

	clock_format(wall_s, text);
	write_string(out, key, text);
}

static void write_places(struct json_out *out, const struct asset *asset)
{
	json_key(out, "refs");
	json_array_begin(out);
	for (size_t i = 0; i < asset->n_refs; i++) {
		json_object_begin(out);
		write_string(out, "file", asset->refs[i].file);
		json_key(out, "line");
		json_int(out, asset->refs[i].line);
		json_key(out, "column");
		json_int(out, asset->refs[i].column);
		json_object_end(out);
	}
	json_array_end(out);
}

static void write_assets(struct json_out *out, const char *key, const struct asset **assets,
			 size_t count)
{
	json_key(out, key);
	json_array_begin(out);
	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = gravest_finding(assets[i]);

		json_object_begin(out);
		write_string(out, "url", assets[i]->url);
		if (finding) {
			write_string(out, "code", finding_code_name(finding->code));
			write_string(out, "message", finding->message);
		}
		write_places(out, assets[i]);
		if (assets[i]->failing_since_s)
			write_time(out, "failing_since", assets[i]->failing_since_s);
		json_object_end(out);
	}
	json_array_end(out);
}

void report_diff_write_json(const struct report_diff *diff, struct buf *ret_text)
{
	struct json_out out;

	json_out_init(&out, ret_text, true);
	json_object_begin(&out);
	write_string(&out, "schema", "picdesk/diff/1");
	write_time(&out, "old_started", diff->before->started_s);
	write_time(&out, "new_started", diff->now->started_s);
	write_assets(&out, "new", diff->broken_newly, diff->n_broken_newly);
	write_assets(&out, "still_broken", diff->broken_still, diff->n_broken_still);
	write_assets(&out, "fixed", diff->fixed, diff->n_fixed);
	write_assets(&out, "not_looked_at", diff->unknown, diff->n_unknown);
	json_object_end(&out);
	buf_append_char(ret_text, '\n');
}
