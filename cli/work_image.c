#include "work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "declared_size.h"
#include "human.h"
#include "map.h"
#include "publish.h"
#include "thumbs.h"

/* Looks at a file that others write, before it is given up. */
#define MOST_CHANGES 5

/* Of a thumbnail: hash, spec, renderer. */
#define KEY_END_BYTES 480
#define KEY_BYTES (OBJECT_ID_HEX_BYTES + KEY_END_BYTES)

/* --- thumbnails' keys ---------------------------------------------------------------------------
 */

/* Behind the hash. */
static void key_end(const struct pipeline *pipeline, const struct thumb_spec *spec, char *ret_end)
{
	char text[160];

	thumb_spec_format(spec, text, sizeof text);
	snprintf(ret_end, KEY_END_BYTES, "|%s|%s", text, pipeline->renderer_version);
}

static void thumb_key(const struct work *work, const char *end, char *ret_key)
{
	object_id_format(&work->asset->object, ret_key);
	strcpy(ret_key + OBJECT_ID_HEX_BYTES - 1, end);
}

/* Their hashes are filled in for each image. */
static void make_keys(struct pipeline *pipeline)
{
	const struct settings *settings = pipeline->settings;

	pipeline->thumb_keys = alloc_zeroed(settings->n_specs, sizeof *pipeline->thumb_keys);
	for (size_t i = 0; i < settings->n_specs; i++) {
		pipeline->thumb_keys[i] = alloc_zeroed(1, KEY_BYTES);
		key_end(pipeline, &settings->specs[i],
			pipeline->thumb_keys[i] + OBJECT_ID_HEX_BYTES - 1);
	}
}

/* Of the settings' specs. Valid until the next call. */
static const char *const *keys_of_specs(const struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	char hash[OBJECT_ID_HEX_BYTES];

	if (!pipeline->thumb_keys)
		make_keys(pipeline);
	object_id_format(&work->asset->object, hash);
	for (size_t i = 0; i < pipeline->settings->n_specs; i++)
		memcpy(pipeline->thumb_keys[i], hash, sizeof hash - 1);
	return (const char *const *)pipeline->thumb_keys;
}

void work_free_thumb_keys(struct pipeline *pipeline)
{
	for (size_t i = 0; pipeline->thumb_keys && i < pipeline->settings->n_specs; i++)
		free(pipeline->thumb_keys[i]);
	free(pipeline->thumb_keys);
}

static size_t missing_count(const struct work *work)
{
	return work->thumbs ? work->thumbs->n_missing : 0;
}

void work_drop_thumbs(struct work *work)
{
	if (work->thumbs)
		free(work->thumbs->missing);
	free(work->thumbs);
	work->thumbs = NULL;
}

static int find_thumbs(struct work *work)
{
	const struct settings *settings = work->pipeline->settings;
	struct work_thumbs *thumbs =
		alloc_zeroed(1, sizeof *thumbs + settings->n_specs * sizeof *thumbs->found);
	int error;

	work_drop_thumbs(work);
	work->thumbs = thumbs;
	error = cache_thumbs(work->pipeline->cache, keys_of_specs(work), settings->n_specs,
			     thumbs->found, work->pipeline->fault);
	for (size_t i = 0; i < settings->n_specs && !error; i++) {
		if (thumbs->found[i].bytes)
			continue;
		if (!thumbs->missing)
			thumbs->missing = alloc_zeroed(settings->n_specs, sizeof *thumbs->missing);
		thumbs->missing[thumbs->n_missing++] = settings->specs[i];
	}
	return error;
}

/* --- settling -----------------------------------------------------------------------------------
 */

static void compare_declared_sizes(struct work *work)
{
	const struct asset *asset = work->asset;

	for (size_t i = 0; i < asset->n_refs; i++) {
		const struct asset_ref *ref = &asset->refs[i];
		struct finding *finding;

		if (!declared_size_differs(ref->width_px, ref->height_px, ref->is_display_size,
					   asset->width_px, asset->height_px))
			continue;
		finding = work_add_finding(work, FINDING_SIZE_MISMATCH, "declared %s, is %dx%d",
					   declared_size_text(ref->width_px, ref->height_px).text,
					   asset->width_px, asset->height_px);
		if (finding)
			finding_add_ref(finding, (unsigned)i);
	}
}

static void note_unsized(struct work *work)
{
	const struct asset *asset = work->asset;
	struct finding *finding = NULL;

	for (size_t i = 0; i < asset->n_refs; i++) {
		if (asset->refs[i].width_px || asset->refs[i].height_px)
			continue;
		if (!finding)
			finding = work_add_finding(work, FINDING_UNSIZED,
						   "no width and height are declared; it is %dx%d",
						   asset->width_px, asset->height_px);
		if (!finding)
			return;
		finding_add_ref(finding, (unsigned)i);
	}
}

static void add_thumb(struct work *work, const struct thumb_spec *spec,
		      const struct cache_thumb *thumb)
{
	struct asset *asset = work->asset;

	asset->thumbs = alloc_resized(asset->thumbs, asset->n_thumbs + 1, sizeof *asset->thumbs);
	asset->thumbs[asset->n_thumbs++] = (struct asset_thumb){
		.name = spec->name,
		.object = thumb->object,
		.type = thumb->type,
		.width_px = thumb->width_px,
		.height_px = thumb->height_px,
		.bytes = thumb->bytes,
	};
}

/* Specs that give the same bytes are told of once, where the first of them is. */
static void note_smaller(struct work *work, size_t first)
{
	const struct settings *settings = work->pipeline->settings;
	const struct cache_thumb *found = work->thumbs->found, *thumb = &found[first];
	CLEANUP(buf_release) struct buf names = BUF_INIT(1u << 12);
	const struct asset *asset = work->asset;
	size_t n_names = 0;

	for (size_t i = 0; i < settings->n_specs; i++) {
		if (!found[i].is_smaller_than_spec ||
		    !object_id_equals(&found[i].object, &thumb->object))
			continue;
		if (i < first)
			return;
		buf_printf(&names, "%s%s", n_names++ ? ", " : "", settings->specs[i].name);
	}
	work_add_finding(work, FINDING_SMALLER_THAN_SPEC,
			 "%s %s %dx%d: the image itself is only %dx%d", buf_string(&names),
			 n_names > 1 ? "are" : "is", thumb->width_px, thumb->height_px,
			 asset->width_px, asset->height_px);
}

/* What was found before the renderers were asked, and what they made. */
static int collect_thumbs(struct work *work)
{
	const struct settings *settings = work->pipeline->settings;
	int error = work->thumbs ? 0 : find_thumbs(work);

	for (size_t i = 0; i < settings->n_specs && !error; i++) {
		const struct cache_thumb *thumb = &work->thumbs->found[i];

		if (thumb->bytes)
			add_thumb(work, &settings->specs[i], thumb);
		if (thumb->bytes && thumb->is_smaller_than_spec)
			note_smaller(work, i);
	}
	return error;
}

static size_t reused_count(const struct work *work)
{
	size_t n_made = work->was_rendered ? missing_count(work) : 0;

	return work->asset->n_thumbs > n_made ? work->asset->n_thumbs - n_made : 0;
}

/* The stored bytes of some are gone or damaged, and are not found again. */
static bool has_lost_thumbs(const struct work *work)
{
	struct publisher *publisher = work->pipeline->options->publisher;

	return publisher && reused_count(work) && !work->had_lost_thumbs &&
	       !publisher_can_take(publisher, work->asset);
}

static void make_lost_thumbs(struct work *work, unsigned n_findings)
{
	asset_drop_findings(work->asset, n_findings);
	work->asset->n_thumbs = 0;
	work->had_lost_thumbs = true;
	work->was_rendered = false;
	work_enter(work, WORK_READY);
}

static void add_verdict(struct work *work, const struct cache_facts *facts)
{
	static const struct {
		enum thumb_verdict verdict;
		enum finding_code code;
	} codes[] = {
		{THUMB_DAMAGED, FINDING_DAMAGED},
		{THUMB_TRUNCATED, FINDING_TRUNCATED},
		{THUMB_UNDECODABLE, FINDING_UNDECODABLE},
		{THUMB_TOO_MANY_PIXELS, FINDING_TOO_MANY_PIXELS},
		{THUMB_CRASHED, FINDING_DECODER_CRASH},
	};
	enum thumb_verdict verdict = THUMB_OK;

	thumb_verdict_parse(facts->verdict, &verdict);
	for (size_t i = 0; i < ARRAY_LENGTH(codes); i++)
		if (codes[i].verdict == verdict)
			work_add_finding(work, codes[i].code, "%s",
					 facts->message[0] ? facts->message
							   : finding_heading(codes[i].code));
}

/* Since when the bytes of this URL are broken: its first look of that kind, not its last. */
static void note_failing(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	struct asset *asset = work->asset;
	int error;

	if (work_is_local(work) || work->is_stale)
		return;
	if (asset->status == ASSET_BROKEN)
		asset->failing_since_s = work_failing_since(work);
	else if (!work->entry->first_failure_s)
		return;
	error = cache_store_broken_bytes(pipeline->cache, work->wire, asset->failing_since_s,
					 pipeline->fault);
	if (error)
		pipeline_fail(pipeline, error);
}

/* All is known: the asset's facts, findings and thumbnails. */
static void settle(struct work *work, const struct cache_facts *facts)
{
	struct asset *asset = work->asset;
	unsigned n_findings = asset->n_findings;
	int error = 0;

	asset->type = facts->type;
	asset->width_px = facts->width_px;
	asset->height_px = facts->height_px;
	add_verdict(work, facts);
	if (!facts->verdict[0])
		work->pipeline->report->n_headers_only++;
	/* That a header is in order says nothing of the bytes that are stored. */
	if (asset->status == ASSET_BROKEN || facts->verdict[0])
		note_failing(work);
	if (asset->status != ASSET_BROKEN) {
		asset->status = work->is_stale ? ASSET_STALE : ASSET_OK;
		work_compare_types(work);
		compare_declared_sizes(work);
		note_unsized(work);
		if (work->pipeline->options->wants_thumbs && media_type_is_renderable(facts->type))
			error = collect_thumbs(work);
	}
	if (!error && has_lost_thumbs(work)) {
		make_lost_thumbs(work, n_findings);
		return;
	}
	work->pipeline->report->totals.thumbs_reused += reused_count(work);
	if (error)
		pipeline_fail(work->pipeline, error);
	else if (work->pipeline->options->publisher)
		publisher_take(work->pipeline->options->publisher, asset);
	work_enter(work, WORK_DONE);
}

/* --- the renderers ------------------------------------------------------------------------------
 */

static void keep_facts(struct work *work, const struct cache_facts *facts)
{
	if (!work->facts)
		work->facts = alloc_zeroed(1, sizeof *work->facts);
	*work->facts = *facts;
}

void work_drop_facts(struct work *work)
{
	free(work->facts);
	work->facts = NULL;
}

/* Another version may have read another size, of which the renderer would be found to lie. */
static bool is_of_another_version(const struct work *work, const struct cache_facts *facts)
{
	return facts->verdict[0] && strcmp(facts->renderer, work->pipeline->renderer_version);
}

static int submit(struct work *work, const struct cache_facts *facts)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_facts seen = *facts;
	struct thumb_job job = {
		.owner = work,
		.fd = -1,
		.type = facts->type,
		.specs = work->thumbs ? work->thumbs->missing : NULL,
		.n_specs = missing_count(work),
	};
	int error = work_open_image(work, &job.fd, &job.bytes);

	if (error)
		return error;
	if (is_of_another_version(work, facts))
		error = work_read_size(work, job.fd, job.bytes, &seen);
	if (error) {
		close(job.fd);
		return error;
	}
	job.width_px = seen.width_px;
	job.height_px = seen.height_px;
	/* Also a job whose renderer does not start comes back. */
	keep_facts(work, &seen);
	error = thumb_pool_submit(pipeline->thumbs, &job, pipeline->fault);
	if (error)
		pipeline_fail(pipeline, error);
	ALLOC_GROW(pipeline->rendering, pipeline->n_rendering, pipeline->rendering_capacity);
	pipeline->rendering[pipeline->n_rendering++] = work;
	work_enter(work, WORK_RENDERING);
	return 0;
}

static void leave_rendering(struct work *work)
{
	struct pipeline *pipeline = work->pipeline;

	size_t i = 0;

	while (pipeline->rendering[i] != work)
		i++;
	pipeline->rendering[i] = pipeline->rendering[--pipeline->n_rendering];
	pipeline->n_rendered++;
}

/* The same bytes under another URL are being rendered: wait for them. */
static bool park(struct work *work)
{
	const struct pipeline *pipeline = work->pipeline;

	for (size_t i = 0; i < pipeline->n_rendering; i++) {
		struct work *leader = pipeline->rendering[i];

		if (!object_id_equals(&leader->asset->object, &work->asset->object))
			continue;
		work_drop_facts(work); /* the renderer is going to know more */
		work->next = leader->next;
		leader->next = work;
		work_enter(work, WORK_PARKED);
		return true;
	}
	return false;
}

static bool was_decoded(const struct work *work, const struct cache_facts *facts)
{
	if (!media_type_is_renderable(facts->type))
		return true;
	/* What was too much depends on --max-pixels and on the specs. */
	if (!strcmp(facts->verdict, thumb_verdict_name(THUMB_TOO_MANY_PIXELS)))
		return false;
	return facts->verdict[0] && !strcmp(facts->renderer, work->pipeline->renderer_version);
}

static bool is_good(const struct cache_facts *facts)
{
	return !strcmp(facts->verdict, "ok") || !strcmp(facts->verdict, "damaged");
}

bool work_is_known_broken(const struct work *work)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_facts facts;
	int error = cache_facts_of(pipeline->cache, work->entry, &facts, pipeline->fault);

	if (error && error != -ENOENT)
		pipeline_fail(pipeline, error);
	if (error || !facts.verdict[0] || is_good(&facts))
		return false;
	/* Whose verdict it is can only be told beside the renderer's version. */
	return !pipeline_need_thumbs(pipeline) && was_decoded(work, &facts);
}

/* Of those that a renderer decodes all, once it has counted them. */
static int known_frames(const struct cache_facts *facts)
{
	bool may_move = facts->type == MEDIA_GIF || facts->type == MEDIA_WEBP;

	return may_move && facts->verdict[0] && facts->frames > 1 ? facts->frames : 1;
}

static bool has_too_long_a_side(const struct cache_facts *facts)
{
	return media_type_is_renderable(facts->type) &&
	       (facts->width_px > THUMB_MAX_SIDE_PX || facts->height_px > THUMB_MAX_SIDE_PX);
}

/* As the renderers would say, without one. */
static int has_too_many_pixels(struct work *work, const struct cache_facts *facts)
{
	int frames = known_frames(facts);
	int64_t pixels = (int64_t)facts->width_px * facts->height_px;

	if (facts->type == MEDIA_SVG) /* has none, at whatever size */
		return 0;
	if (pixels > work->pipeline->settings->max_pixels)
		work_add_finding(work, FINDING_TOO_MANY_PIXELS,
				 "%dx%d is %s pixels, more than --max-pixels", facts->width_px,
				 facts->height_px, HUMAN_NUMBER((uint64_t)pixels));
	else if (pixels > work->pipeline->settings->max_pixels / frames)
		work_add_finding(work, FINDING_TOO_MANY_PIXELS, "%d frames of %dx%d pixels", frames,
				 facts->width_px, facts->height_px);
	else if (work->pipeline->decodes && has_too_long_a_side(facts))
		work_add_finding(work, FINDING_TOO_MANY_PIXELS, "%dx%d pixels: a side is too long",
				 facts->width_px, facts->height_px);
	else
		return 0;
	work->asset->type = facts->type;
	work->asset->width_px = facts->width_px;
	work->asset->height_px = facts->height_px;
	return 1;
}

/* What is still to be done for this image: 0 when nothing is, 1 when it went to the renderers or
 * waits behind another; negative on a fault. */
static int render_if_needed(struct work *work, const struct cache_facts *facts)
{
	struct pipeline *pipeline = work->pipeline;
	int error;

	if (work->was_rendered || !media_type_is_renderable(facts->type) || !pipeline->decodes)
		return 0;
	error = pipeline_need_thumbs(pipeline);
	if (error)
		return error;
	work_drop_thumbs(work);
	if (was_decoded(work, facts) && !is_good(facts))
		return 0;
	if (pipeline->options->wants_thumbs) {
		error = find_thumbs(work);
		if (error)
			return error;
	}
	if (was_decoded(work, facts) && !missing_count(work))
		return 0;
	if (park(work))
		return 1;
	error = submit(work, facts);
	return error ? error : 1;
}

/* What was found out so far is of other bytes than the file has now. */
static void look_anew(struct work *work)
{
	work_drop_facts(work);
	work_drop_thumbs(work);
	work->asset->has_object = false;
	if (++work->n_changes < MOST_CHANGES) {
		work_enter(work, WORK_READY);
		return;
	}
	work_add_finding(work, FINDING_MISSING_FILE,
			 "cannot be read: it changes while it is looked at");
	work_enter(work, WORK_DONE);
}

static void look(struct work *work)
{
	struct cache_facts facts;
	int error, more = 0;

	if (work->facts)
		facts = *work->facts;
	error = work->facts ? 0 : work_find_facts(work, &facts);
	/* Where nothing is decoded, a header without a size is all the proof there is. */
	if (!error && !work->pipeline->decodes && !facts.verdict[0] && !facts.width_px &&
	    media_type_is_renderable(facts.type))
		work_condemn_header(facts.type, &facts);
	if (!error && has_too_many_pixels(work, &facts)) {
		note_failing(work);
		work_enter(work, WORK_DONE);
		return;
	}
	if (!error)
		more = render_if_needed(work, &facts);
	if (more < 0)
		error = more;
	if (error == -ENOENT && work_is_local(work)) {
		look_anew(work);
	} else if (error == -ENOENT && !work->was_asked_plainly &&
		   !work->pipeline->settings->offline) {
		work_fetch_again(work);
	} else if (error == -ENOENT) {
		work_add_finding(work, FINDING_UNDECODABLE, "the stored bytes are gone");
		work_enter(work, WORK_DONE);
	} else if (error) {
		pipeline_fail(work->pipeline, error);
		work_enter(work, WORK_DONE);
	} else if (!more) {
		settle(work, &facts);
	}
}

static void report_local_state(struct work *work)
{
	const struct asset *asset = work->asset;

	if (asset->local == LOCAL_MISSING)
		work_add_finding(work, FINDING_MISSING_FILE, "there is no file %s in the site",
				 asset_disk_path(asset));
	else if (asset->local == LOCAL_CASE_MISMATCH)
		work_add_finding(work, FINDING_CASE_MISMATCH, "the file is called %s",
				 asset->actual);
	else
		work_add_finding(work, FINDING_OUTSIDE_ROOT, "it lies outside the site's folder");
}

void work_look_at_image(struct work *work)
{
	if (work_is_local(work) && work->asset->local != LOCAL_FOUND) {
		report_local_state(work);
		work_enter(work, WORK_DONE);
		return;
	}
	if (work_is_local(work) && !work->asset->has_object && !work_identify_local(work)) {
		work_enter(work, WORK_DONE);
		return;
	}
	look(work);
}

/* So that it need not be looked up: gc in another process may take it as soon as it is stored, and
 * the image would seem to have none. */
static void note_made(struct work *work, size_t missing, const struct cache_thumb *thumb)
{
	const struct settings *settings = work->pipeline->settings;

	for (size_t i = 0; i < settings->n_specs; i++)
		if (!strcmp(settings->specs[i].name, work->thumbs->missing[missing].name))
			work->thumbs->found[i] = *thumb;
}

static int store_thumb(struct work *work, const struct thumb *made)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_thumb thumb = {
		.type = made->type,
		.width_px = made->width_px,
		.height_px = made->height_px,
		.is_smaller_than_spec = made->is_smaller_than_spec,
	};
	struct cache_writer *writer;
	char key[KEY_BYTES], end[KEY_END_BYTES];
	int error = cache_writer_new(pipeline->cache, &writer, pipeline->fault);

	if (error)
		return error;
	error = cache_writer_begin(writer, pipeline->fault);
	if (!error)
		error = cache_writer_write(writer, made->bytes.data, made->bytes.length_bytes,
					   pipeline->fault);
	if (error) {
		cache_writer_free(writer);
		return error;
	}
	error = cache_writer_commit(writer, &thumb.object, &thumb.bytes, pipeline->fault);
	if (error)
		return error;
	key_end(pipeline, &work->thumbs->missing[made->spec], end);
	thumb_key(work, end, key);
	note_made(work, made->spec, &thumb);
	pipeline->report->totals.thumbs_made++;
	return cache_store_thumb(pipeline->cache, key, &work->asset->object, &thumb,
				 pipeline->fault);
}

static int store_result(struct work *work, const struct thumb_result *result)
{
	struct pipeline *pipeline = work->pipeline;
	struct cache_facts *facts = work->facts;
	int error = 0;

	for (size_t i = 0; !error && i < result->n_thumbs; i++)
		error = store_thumb(work, &result->thumbs[i]);
	if (error)
		return error;
	if (result->width_px && result->height_px) {
		facts->width_px = result->width_px;
		facts->height_px = result->height_px;
		facts->frames = result->frames;
	}
	snprintf(facts->verdict, sizeof facts->verdict, "%s", thumb_verdict_name(result->verdict));
	snprintf(facts->message, sizeof facts->message, "%s", result->message);
	snprintf(facts->renderer, sizeof facts->renderer, "%s", pipeline->renderer_version);
	return cache_store_facts(pipeline->cache, &work->asset->object, facts, pipeline->fault);
}

void work_take_thumbs(struct work *work, struct thumb_result *result)
{
	struct work *parked = work->next;
	int error = 0;

	work->next = NULL;
	leave_rendering(work);
	if (result->verdict == THUMB_CANCELLED) {
		work_enter(work, WORK_DONE);
	} else if (!work_is_as_identified(work)) {
		look_anew(work);
	} else if (result->verdict == THUMB_UNREAD) {
		work_note_unread(work, result->message);
		work_enter(work, WORK_DONE);
	} else {
		error = store_result(work, result);
		work->was_rendered = true;
		if (error) {
			pipeline_fail(work->pipeline, error);
			work_enter(work, WORK_DONE);
		} else {
			work_enter(work, WORK_READY);
		}
	}
	while (parked) {
		struct work *next = parked->next;

		parked->next = NULL;
		work_enter(parked, WORK_READY);
		parked = next;
	}
}
