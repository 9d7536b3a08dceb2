#include "../cmocka_all.h"

#include "cleanup.h"
#include "report.h"

/* One image with all that a report says of one; each variant is another in one thing. */
enum { SAME, VARIANTS = 38 };

static void change_reference(struct asset_ref *ref, int variant)
{
	ref->file = variant == 1 ? "b.md" : "a.md";
	ref->line = variant == 2 ? 4 : 3;
	ref->column = variant == 3 ? 8 : 7;
	ref->kind = variant == 4 ? "html" : "markdown";
	ref->data_path = variant == 5 ? "images[0]" : NULL;
	ref->written = variant == 6 ? "//h/a.png" : "http://h/a.png";
	ref->width_px = variant == 7 ? 640 : 0;
	ref->height_px = variant == 8 ? 640 : 0;
	ref->title = variant == 9 ? "" : NULL;
	ref->defined_line = variant == 10 ? 12 : 11;
	ref->defined_column = variant == 11 ? 2 : 1;
}

static void change_image(struct asset *asset, int variant)
{
	asset->status = variant == 12 ? ASSET_STALE : ASSET_OK;
	asset->source = variant == 13 ? ASSET_FROM_REVALIDATED : ASSET_FROM_CACHE;
	asset->http_status = variant == 14 ? 203 : 200;
	asset->type = variant == 15 ? MEDIA_PNG : MEDIA_JPEG;
	asset->width_px = variant == 16 ? 2 : 1;
	asset->height_px = variant == 17 ? 2 : 1;
	asset->has_object = variant != 18;
	asset->bytes = variant == 19 ? 6 : 5;
	asset->object.bytes[0] = variant == 20;
	asset->failing_since_s = variant == 21 ? 1700000001 : 1700000000;
	asset->checked_s = variant == 22 ? 1700000001 : 1700000000;
	asset_set_final_url(asset, variant == 23 ? "http://h/b.png" : "http://h/a.png");
}

static void change_thumb(struct asset_thumb *thumb, int variant)
{
	thumb->name = variant == 24 ? "wide" : "thumb";
	thumb->path = variant == 25 ? NULL : "assets/thumbs/x.jpg";
	thumb->type = variant == 26 ? MEDIA_WEBP : MEDIA_JPEG;
	thumb->width_px = variant == 27 ? 4 : 3;
	thumb->height_px = variant == 32 ? 6 : 5;
	thumb->bytes = variant == 28 ? 8 : 7;
}

static void fill(struct report *report, int variant)
{
	struct asset *asset =
		report_add_asset(report, variant == 33 ? "http://h/c.png" : "http://h/a.png");
	struct finding *finding;

	report->verb = strdup("build");
	change_reference(asset_add_ref(asset), variant);
	change_reference(asset_add_ref(asset), SAME);
	change_image(asset, variant);
	finding = report_add_finding(report, asset,
				     variant == 34 ? FINDING_DUPLICATE : FINDING_UNSIZED, "%s",
				     variant == 29 ? "b" : "a");
	finding->severity = variant == 30 ? SEVERITY_WARNING : SEVERITY_INFO;
	finding_add_ref(finding, variant == 31);
	asset->thumbs = calloc(1, sizeof *asset->thumbs);
	asset->n_thumbs = variant != 35;
	change_thumb(asset->thumbs, variant);
	if (variant == 36)
		report_add_finding(report, asset, FINDING_SLOW, "a");
	if (variant == 37)
		report_add_asset(report, "http://h/d.png");
}

static void write_both(int variant, struct buf *ret_outline, struct buf *ret_json)
{
	struct report report;

	*ret_outline = *ret_json = BUF_INIT(1u << 16);
	report_init(&report);
	fill(&report, variant);
	report_outline_images(&report, ret_outline);
	report_write_images(&report, ret_json);
	report_release(&report);
}

static bool is_same(const struct buf *a, const struct buf *b)
{
	return a->length_bytes == b->length_bytes && !memcmp(a->data, b->data, a->length_bytes);
}

/* What is kept is written anew when its outline is another: no change may go unseen. */
static void is_another_when_the_json_is(void **state)
{
	struct buf outlines[VARIANTS], texts[VARIANTS];

	(void)state;
	for (int i = 0; i < VARIANTS; i++) {
		CLEANUP(buf_release) struct buf outline, text;

		write_both(i, &outlines[i], &texts[i]);
		write_both(i, &outline, &text);
		assert_true(is_same(&outline, &outlines[i]));
		for (int k = 0; k < i; k++) {
			assert_false(is_same(&texts[i], &texts[k]));
			assert_false(is_same(&outlines[i], &outlines[k]));
		}
	}
	for (int i = 0; i < VARIANTS; i++) {
		buf_release(&outlines[i]);
		buf_release(&texts[i]);
	}
}

/* Each run looks at local files: that alone is no reason to write all images again. */
static void keeps_no_time_of_a_local_image(void **state)
{
	struct buf outlines[2], texts[2];
	struct fault fault = {0};

	(void)state;
	for (int i = 0; i < 2; i++) {
		CLEANUP(buf_release)
		struct buf run = BUF_INIT(1u << 16), whole = BUF_INIT(1u << 16);
		struct report report, again;

		outlines[i] = texts[i] = BUF_INIT(1u << 16);
		report_init(&report);
		fill(&report, SAME);
		report.version = strdup("1");
		report.root_shown = strdup(".");
		report.started_s = report.images[0]->checked_s = 1700000000 + i;
		report.images[0]->source = ASSET_FROM_LOCAL;
		report_outline_images(&report, &outlines[i]);
		report_write_images(&report, &texts[i]);
		report_write_run(&report, &run);
		report_join_parts(buf_string(&run), buf_string(&texts[i]), &whole);
		assert_int_equal(
			report_read("kept", whole.data, whole.length_bytes, &again, &fault), 0);
		assert_int_equal(again.images[0]->checked_s, 1700000000 + i);
		report_release(&report);
		report_release(&again);
	}
	assert_true(is_same(&outlines[0], &outlines[1]));
	assert_true(is_same(&texts[0], &texts[1]));
	for (int i = 0; i < 2; i++) {
		buf_release(&outlines[i]);
		buf_release(&texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_another_when_the_json_is),
		cmocka_unit_test(keeps_no_time_of_a_local_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
