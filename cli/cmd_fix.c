#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "declared_size.h"
#include "edit_run.h"
#include "human.h"
#include "interrupt.h"
#include "letter_case.h"
#include "map.h"
#include "rewrite_data.h"

enum kind { KIND_SIZE, KIND_CASE, KIND_MOVED, KIND_SECURED, N_KINDS };

/* One thing that is mended, unless its file has to be left. */
struct mend {
	const char *file;
	enum kind kind;
};

struct fix {
	struct edit_run run;
	struct report secure; /* the https spellings of http images, as they answer */
	struct mend *mends;
	size_t n_mends, mends_capacity;
	struct map *declared; /* what declares a size in data -> its image, &several, &mended */
};

/* Images of several sizes; and what is mended, of all images that have it. */
static char several, mended;

static void add_mend(struct fix *fix, const struct asset_ref *ref, enum kind kind)
{
	ALLOC_GROW(fix->mends, fix->n_mends, fix->mends_capacity);
	fix->mends[fix->n_mends++] = (struct mend){ref->file, kind};
}

static bool is_shown(const struct asset *asset)
{
	return asset->has_object && (asset->status == ASSET_OK || asset->status == ASSET_STALE);
}

/* --host leaves the site's own images out. */
static bool wants(const struct asset *asset, void *context)
{
	const struct settings *settings = context;

	return asset->target == IMAGE_REF_REMOTE
		       ? edit_run_is_of_host(settings, asset)
		       : asset->target == IMAGE_REF_LOCAL && !settings->host_names.count;
}

static bool is_template(const struct asset_ref *ref)
{
	return strstr(ref->written, "{{") || strstr(ref->written, "{%");
}

/* --- other URLs ---------------------------------------------------------------------------------
 */

static void replace(struct fix *fix, const struct asset_ref *ref, const char *url, enum kind kind)
{
	const char *why = "a template makes this URL";

	if (!is_template(ref) && edits_replace(&fix->run.edits, ref, url, &why))
		add_mend(fix, ref, kind);
	else
		edit_run_note(&fix->run, ref, why);
}

static bool is_moved(const struct asset *asset)
{
	return asset->target == IMAGE_REF_REMOTE &&
	       asset_has_finding(asset, FINDING_PERMANENT_REDIRECT);
}

/* Where it is for good. The fragment of the old URL stays: the server never saw it. */
static char *lasting_url(const struct asset *asset)
{
	const char *fragment = strchr(asset->url, '#');

	return is_moved(asset) ? alloc_printf("%s%s", asset->final_url, fragment ? fragment : "")
			       : alloc_string(asset->url);
}

/* NULL: it does not come over plain http. */
static char *secure_url(const struct asset *asset)
{
	CLEANUP(cleanup_free) char *url = lasting_url(asset);

	if (asset->target != IMAGE_REF_REMOTE || !is_shown(asset) ||
	    strncasecmp(url, "http://", 7) != 0)
		return NULL;
	return alloc_printf("https%s", url + strlen("http"));
}

/* Asks for every http image by https as well. */
static int ask_securely(struct fix *fix, struct fault *fault)
{
	struct run *run = &fix->run.run;
	struct report plain = run->report;
	int error;

	for (size_t i = 0; i < plain.n_images; i++) {
		CLEANUP(cleanup_free) char *url = secure_url(plain.images[i]);

		if (!url)
			continue;
		report_add_reference(&fix->secure, &(struct image_ref){.target = IMAGE_REF_REMOTE,
								       .kind = IMAGE_REF_DATA,
								       .file = (char *)"",
								       .written = url,
								       .url = url});
	}
	if (!fix->secure.n_images)
		return 0;
	run->report = fix->secure;
	error = run_pipeline(run, false, false, fault);
	fix->secure = run->report;
	run->report = plain;
	return !error && interrupt_signal() ? -EINTR : error;
}

/* What gives the same bytes by https, or NULL. */
static const struct asset *secured(const struct fix *fix, const struct asset *asset)
{
	CLEANUP(cleanup_free) char *url = secure_url(asset);
	const struct asset *other = url ? report_find(&fix->secure, url) : NULL;

	/* A redirect back to http would make the page insecure all the same. */
	return other && is_shown(other) && object_id_equals(&other->object, &asset->object) &&
			       other->final_url && !strncmp(other->final_url, "https://", 8)
		       ? other
		       : NULL;
}

static void mend_url(struct fix *fix, const struct asset *asset, const struct asset_ref *ref)
{
	const struct asset *other = secured(fix, asset);
	CLEANUP(cleanup_free) char *url = lasting_url(other ? other : asset);

	if (is_moved(asset) || other)
		replace(fix, ref, url, is_moved(asset) ? KIND_MOVED : KIND_SECURED);
}

/* --- sizes --------------------------------------------------------------------------------------
 */

/* HTML declares a box. Only where one side is the image's own is it clear what the other should be.
 */
static bool has_one_answer(const struct asset_ref *ref, const struct asset *asset)
{
	return !ref->is_display_size ||
	       (ref->width_px && ref->height_px &&
		(ref->width_px == asset->width_px || ref->height_px == asset->height_px));
}

/* Markups whose declared sizes nothing here knows how to write. */
static bool has_own_markup(const struct asset_ref *ref)
{
	return !strcmp(ref->kind, image_ref_kind_name(IMAGE_REF_ASCIIDOC)) ||
	       !strcmp(ref->kind, image_ref_kind_name(IMAGE_REF_RST));
}

/* Not a tag in a value that is HTML. */
static bool declares_size(const struct asset_ref *ref)
{
	return edits_is_data(ref) && !ref->is_display_size && (ref->width_px || ref->height_px);
}

static bool has_same_size(const struct asset *a, const struct asset *b)
{
	return is_shown(a) && is_shown(b) && a->width_px == b->width_px &&
	       a->height_px == b->height_px;
}

/* The mapping that declares a size, by its place in the data: `images[0]` of `images[0].url`. */
static void *declared_at(const struct fix *fix, const struct asset_ref *ref, void *value)
{
	const char *end = ref->data_path ? strrchr(ref->data_path, '.') : NULL;
	CLEANUP(cleanup_free) char *key = NULL;

	if (!end)
		return NULL;
	key = alloc_printf("%s:%.*s", ref->file, (int)(end - ref->data_path), ref->data_path);
	return value ? map_put_string(fix->declared, key, value)
		     : map_get_string(fix->declared, key);
}

static void add_declared(struct fix *fix, struct asset *asset, const struct asset_ref *ref)
{
	void *other = declared_at(fix, ref, NULL);

	if (!other)
		declared_at(fix, ref, asset);
	else if (other != &several && other != asset && !has_same_size(other, asset))
		declared_at(fix, ref, &several);
}

/* Files in whose data a size is wrong. */
static struct map *files_to_mend(const struct report *report)
{
	struct map *files = map_new();

	for (size_t i = 0; i < report->n_images; i++) {
		const struct asset *asset = report->images[i];

		if (!asset_has_finding(asset, FINDING_SIZE_MISMATCH))
			continue;
		for (size_t k = 0; k < asset->n_refs; k++)
			if (declares_size(&asset->refs[k]))
				map_put_string(files, asset->refs[k].file, &several);
	}
	return files;
}

static void find_declared(struct fix *fix)
{
	const struct report *report = &fix->run.run.report;
	struct map *files = files_to_mend(report);

	fix->declared = map_new();
	for (size_t i = 0; map_count(files) && i < report->n_images; i++) {
		struct asset *asset = report->images[i];

		for (size_t k = 0; k < asset->n_refs; k++)
			if (declares_size(&asset->refs[k]) &&
			    map_get_string(files, asset->refs[k].file))
				add_declared(fix, asset, &asset->refs[k]);
	}
	map_free(files);
}

static void mend_size(struct fix *fix, const struct asset *asset, const struct asset_ref *ref)
{
	size_t offset, length;
	const char *why;
	struct rewrite *rewrite = edits_find(&fix->run.edits, ref, &offset, &length, &why);
	void *owner = declares_size(ref) ? declared_at(fix, ref, NULL) : NULL;

	if (owner == &mended)
		return;
	if (!rewrite) {
		edit_run_note(&fix->run, ref, why);
	} else if (has_own_markup(ref)) {
		edit_run_note(&fix->run, ref,
			      "fix mends no declared sizes of AsciiDoc and reStructuredText");
	} else if (owner == &several) {
		/* `image: {url: a.jpg, thumbnail: b.jpg, width: 640}` */
		edit_run_note(&fix->run, ref, "the declared size is that of several images");
	} else if (!has_one_answer(ref, asset)) {
		edit_run_note(&fix->run, ref,
			      "which side of the declared size is wrong is unclear");
	} else if (rewrite_declared_size(rewrite, offset, edits_is_data(ref), asset->width_px,
					 asset->height_px, &why)) {
		add_mend(fix, ref, KIND_SIZE);
		if (owner)
			declared_at(fix, ref, &mended);
	} else {
		edit_run_note(&fix->run, ref, why);
	}
}

/* A browser takes the descriptor for the image's width: only the real one is right. */
static void mend_descriptor(struct fix *fix, const struct asset *asset, const struct asset_ref *ref)
{
	size_t offset, length;
	const char *why;
	struct rewrite *rewrite;

	if (strcmp(ref->kind, image_ref_kind_name(IMAGE_REF_HTML)) || is_template(ref))
		return;
	rewrite = edits_find(&fix->run.edits, ref, &offset, &length, &why);
	if (rewrite && rewrite_width_descriptor(rewrite, offset + length, asset->width_px))
		add_mend(fix, ref, KIND_SIZE);
}

/* As the finding was made, unless it is off. */
static bool has_wrong_size(const struct asset *asset, const struct asset_ref *ref)
{
	return declared_size_differs(ref->width_px, ref->height_px, ref->is_display_size,
				     asset->width_px, asset->height_px) &&
	       asset_has_finding(asset, FINDING_SIZE_MISMATCH);
}

/* --- letter case --------------------------------------------------------------------------------
 */

static void mend_case(struct fix *fix, const struct asset *asset, const struct asset_ref *ref)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 16);
	const char *why = "the difference lies outside of what is written";

	if (letter_case_mend(ref->written, asset_disk_path(asset), asset->actual, &text) &&
	    edits_respell(&fix->run.edits, ref, buf_string(&text), &why))
		add_mend(fix, ref, KIND_CASE);
	else
		edit_run_note(&fix->run, ref, why);
}

/* --- the verb -----------------------------------------------------------------------------------
 */

static void fix_place(void *context, size_t image, size_t i)
{
	struct fix *fix = context;
	const struct asset *asset = fix->run.run.report.images[image];
	const struct asset_ref *ref = &asset->refs[i];

	if (asset->target == IMAGE_REF_LOCAL && asset->local == LOCAL_CASE_MISMATCH)
		mend_case(fix, asset, ref);
	if (!is_shown(asset))
		return;
	if (has_wrong_size(asset, ref))
		mend_size(fix, asset, ref);
	mend_descriptor(fix, asset, ref);
	mend_url(fix, asset, ref);
}

static size_t count_unchecked(const struct fix *fix)
{
	const struct report *report = &fix->run.run.report;
	size_t count = 0;

	for (size_t i = 0; i < report->n_images; i++)
		count += wants(report->images[i], fix->run.run.settings) &&
			 report->images[i]->status == ASSET_UNCHECKED;
	for (size_t i = 0; i < fix->secure.n_images; i++)
		count += fix->secure.images[i]->status == ASSET_UNCHECKED;
	return count;
}

/* What there is none of is not said. */
static void describe(struct fix *fix)
{
	static const char *const names[N_KINDS][2] = {
		[KIND_SIZE] = {"declared size", "declared sizes"},
		[KIND_CASE] = {"letter case", "letter cases"},
		[KIND_MOVED] = {"permanent redirect", "permanent redirects"},
		[KIND_SECURED] = {"http to https", "http to https"},
	};
	struct buf *text = &fix->run.summary;
	const char *separator = "";
	size_t counts[N_KINDS] = {0}, n_unchecked = count_unchecked(fix);

	for (size_t i = 0; i < fix->n_mends; i++)
		counts[fix->mends[i].kind] += edits_are_kept(&fix->run.edits, fix->mends[i].file);
	for (size_t i = 0; i < N_KINDS; i++) {
		if (!counts[i])
			continue;
		buf_append_string(text, separator);
		human_count(text, counts[i], names[i][0], names[i][1]);
		separator = ", ";
	}
	if (*separator)
		buf_append_char(text, '\n');
	else if (!n_unchecked)
		buf_append_string(text, "Nothing that has one right answer\n");
	edit_run_count_unchecked(&fix->run, n_unchecked);
}

static int fix_site(struct fix *fix, struct settings *settings, struct fault *fault)
{
	int error = edit_run_fetch(&fix->run, wants, settings, fault);

	if (!error)
		error = ask_securely(fix, fault);
	if (error)
		return error;
	find_declared(fix);
	edit_run_edit(&fix->run, wants, fix_place, fix);
	describe(fix);
	return edit_run_write(&fix->run, NULL, fault);
}

int cmd_fix(struct settings *settings, const struct site *site)
{
	struct fault fault = {0};
	struct fix fix = {0};
	int error;

	if (settings->restore)
		return edit_run_restore(VERB_FIX, settings, site);
	report_init(&fix.secure);
	error = edit_run_begin(&fix.run, VERB_FIX, settings, site, &fault);
	if (!error)
		error = fix_site(&fix, settings, &fault);
	report_release(&fix.secure);
	free(fix.mends);
	map_free(fix.declared);
	return edit_run_end(&fix.run, error, &fault);
}
