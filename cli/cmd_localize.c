#include "command.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "edit_run.h"
#include "human.h"
#include "map.h"
#include "publish.h"
#include "rewrite_data.h"

DEFINE_CLEANUP_POINTER(struct map, map_free)

/* An original that an article is to name, unless its file has to be left. */
struct use {
	const char *file;
	struct publish_original original;
};

struct localize {
	struct edit_run run;    /* first: edit_run_write() hands it to copy_originals() */
	char *folder;           /* "assets/images", "static/assets/images" */
	enum media_type *types; /* of the images' good bytes; MEDIA_NONE: there are none */
	struct use *uses;
	size_t n_uses, uses_capacity;
	struct publish_original *originals; /* that come into the site, as "0123....jpg" */
	size_t n_originals, originals_capacity;
	size_t n_missing;   /* remote images of which there are no good bytes */
	size_t n_unchecked; /* and those that were not looked at */
	/* How the site writes its own images: what stands before "/assets/..." */
	const char *data_prefix, *text_prefix;
};

static void localize_release(struct localize *localize)
{
	for (size_t i = 0; i < localize->n_uses; i++)
		free(localize->uses[i].original.name);
	free(localize->uses);
	free(localize->originals);
	free(localize->types);
	free(localize->folder);
}

/* --- how the site writes its own images ---------------------------------------------------------
 */

static bool begins_with_path(const char *text, const char *path)
{
	size_t n = strlen(path);

	return !strncmp(text, path, n) && text[n] == '/';
}

/* Templates print front matter as it is, or put the baseurl before it: the site's other images
 * tell. Where there are none the baseurl is written, as a remote URL was complete too. */
static const char *prefix_of(const struct report *report, const char *baseurl, bool is_data)
{
	size_t n_with = 0, n_without = 0;

	for (size_t i = 0; i < report->n_images; i++) {
		const struct asset *asset = report->images[i];

		if (asset->target != IMAGE_REF_LOCAL || asset->local != LOCAL_FOUND)
			continue;
		for (size_t k = 0; k < asset->n_refs; k++) {
			const char *written = asset->refs[k].written;

			if (edits_is_data(&asset->refs[k]) != is_data || written[0] != '/')
				continue;
			if (begins_with_path(written, baseurl))
				n_with++;
			else
				n_without++;
		}
	}
	return n_without > n_with ? "" : baseurl;
}

/* --- originals ----------------------------------------------------------------------------------
 */

static bool wants(const struct asset *asset, void *context)
{
	return edit_run_is_of_host(context, asset);
}

/* Bytes to keep: those of now, or the last good ones of an image that is gone. Of bytes that are not
 * stored (no-store) the cache keeps no facts: what the run saw is all that is known. */
static bool has_good_bytes(struct localize *localize, const struct asset *asset,
			   enum media_type *ret_type)
{
	struct cache_facts facts;

	if (asset->has_object && (asset->status == ASSET_OK || asset->status == ASSET_STALE)) {
		*ret_type = asset->type;
		return true;
	}
	if (!asset->has_last_good ||
	    cache_facts(localize->run.run.cache, &asset->object, &facts, NULL))
		return false;
	*ret_type = facts.type;
	return !strcmp(facts.verdict, "ok") || !strcmp(facts.verdict, "damaged");
}

static void add_use(struct localize *localize, const char *file, const struct object_id *object,
		    const char *name)
{
	ALLOC_GROW(localize->uses, localize->n_uses, localize->uses_capacity);
	localize->uses[localize->n_uses++] =
		(struct use){file, {.object = *object, .name = alloc_string(name)}};
}

/* `known` are the objects of those before: a site may have tens of thousands. */
static void add_original(struct localize *localize, const struct publish_original *original,
			 struct map *known)
{
	if (map_put(known, original->object.bytes, sizeof original->object.bytes, localize))
		return;
	ALLOC_GROW(localize->originals, localize->n_originals, localize->originals_capacity);
	localize->originals[localize->n_originals++] = *original;
}

/* --- articles -----------------------------------------------------------------------------------
 */

/* A page's own <meta> (og:image) is read by other sites: only a whole URL helps them. */
static bool is_in_meta(struct localize *localize, const struct asset_ref *ref)
{
	size_t offset, length;
	const char *why;
	struct rewrite *rewrite = edits_find(&localize->run.edits, ref, &offset, &length, &why);

	return rewrite && !strcmp(ref->kind, image_ref_kind_name(IMAGE_REF_HTML)) &&
	       rewrite_is_in_tag(rewrite, offset, "meta");
}

/* Why a path of the site does not do there, or NULL. */
static const char *needs_whole_url(struct localize *localize, const struct asset_ref *ref)
{
	if (ref->is_below_other_base)
		return "the page's <base> is of another site: a whole URL is needed, and the "
		       "site's own is not known";
	if (is_in_meta(localize, ref))
		return "a <meta> needs a whole URL, and the site's own is not known";
	return NULL;
}

static bool replace(struct localize *localize, const struct asset_ref *ref, const char *path)
{
	const struct site *site = localize->run.run.site;
	const char *prefix = edits_is_data(ref) ? localize->data_prefix : localize->text_prefix;
	CLEANUP(cleanup_free) char *url = alloc_printf("%s/%s", prefix, path);
	const char *why = "a template makes this URL", *whole;

	if (ref->is_in_inner_site) {
		edit_run_note(&localize->run, ref,
			      "a generator's configuration makes its folder, or one above it, a "
			      "site of its own: name that folder");
		return false;
	}
	if (strstr(ref->written, "{{") || strstr(ref->written, "{%")) {
		edit_run_note(&localize->run, ref, why);
		return false;
	}
	whole = needs_whole_url(localize, ref);
	if (whole && !site->url[0]) {
		edit_run_note(&localize->run, ref, whole);
		return false;
	}
	if (whole) {
		free(url);
		url = alloc_printf("%s%s/%s", site->url, site->baseurl, path);
	}
	if (edits_replace(&localize->run.edits, ref, url, &why))
		return true;
	edit_run_note(&localize->run, ref, why);
	return false;
}

static void look_at_bytes(struct localize *localize, size_t image)
{
	const struct asset *asset = localize->run.run.report.images[image];
	enum media_type type;

	if (has_good_bytes(localize, asset, &type))
		localize->types[image] = type;
	else if (asset->status == ASSET_UNCHECKED)
		localize->n_unchecked++;
	else
		localize->n_missing++;
}

static void localize_place(void *context, size_t image, size_t i)
{
	struct localize *localize = context;
	const struct asset *asset = localize->run.run.report.images[image];
	size_t prefix_bytes = strlen(localize->run.run.site->public_folder);
	/* A part of an SVG, or a word for a style sheet ("#center"): the server never saw it. */
	const char *fragment = strchr(asset->url, '#');
	char hash[OBJECT_ID_HEX_BYTES], name[64];
	CLEANUP(cleanup_free) char *path = NULL;

	if (localize->types[image] == MEDIA_NONE)
		return;
	object_id_format(&asset->object, hash);
	snprintf(name, sizeof name, "%s.%s", hash, media_type_extension(localize->types[image]));
	path = alloc_printf("%s/%s%s", localize->folder, name, fragment ? fragment : "");
	if (replace(localize, &asset->refs[i], path + prefix_bytes))
		add_use(localize, asset->refs[i].file, &asset->object, name);
}

static bool is_there(const struct localize *localize, const char *path)
{
	return !faccessat(localize->run.run.root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

static void plan(struct localize *localize)
{
	const struct run *run = &localize->run.run;

	localize->data_prefix = prefix_of(&run->report, run->site->baseurl, true);
	localize->text_prefix = prefix_of(&run->report, run->site->baseurl, false);
	localize->types = alloc_zeroed(run->report.n_images, sizeof *localize->types);
	for (size_t i = 0; i < run->report.n_images; i++)
		if (wants(run->report.images[i], run->settings))
			look_at_bytes(localize, i);
	edit_run_edit(&localize->run, wants, localize_place, localize);
}

/* Those that an article is going to name; in the journal before they are in the site. */
static void keep_originals(struct localize *localize)
{
	const struct run *run = &localize->run.run;
	CLEANUP(map_free_pointer) struct map *known = map_new();

	for (size_t i = 0; i < localize->n_uses; i++)
		if (edits_are_kept(&localize->run.edits, localize->uses[i].file))
			add_original(localize, &localize->uses[i].original, known);
	if (localize->n_originals)
		journal_add_folders(&localize->run.journal, run->root_fd, localize->folder);
	for (size_t i = 0; i < localize->n_originals; i++) {
		const struct publish_original *original = &localize->originals[i];
		CLEANUP(cleanup_free)
		char *path = alloc_printf("%s/%s", localize->folder, original->name);

		if (!is_there(localize, path))
			journal_add_added(&localize->run.journal, path, &original->object);
	}
}

static int copy_originals(struct edit_run *run, struct fault *fault)
{
	struct localize *localize = (struct localize *)run;

	return publish_originals(run->run.cache, localize->originals, localize->n_originals,
				 run->run.root_fd, localize->folder, fault);
}

static void describe(struct localize *localize)
{
	struct buf *text = &localize->run.summary;
	const struct run *run = &localize->run.run;

	human_count(text, localize->n_originals, "image", "images");
	buf_append_string(text, run->settings->dry_run ? " would come into " : " in ");
	run_say_path(text, run->site->root, localize->folder);
	buf_append_char(text, '\n');
	edit_run_count_unchecked(&localize->run, localize->n_unchecked);
	if (!localize->n_missing)
		return;
	human_count(text, localize->n_missing, "image stays", "images stay");
	buf_append_string(text, " remote: there are no good bytes (picdesk check says why)\n");
}

int cmd_localize(struct settings *settings, const struct site *site)
{
	struct fault fault = {0};
	CLEANUP(localize_release)
	struct localize localize = {
		.folder = alloc_printf("%sassets/images", site->public_folder),
	};
	int error;

	if (settings->restore)
		return edit_run_restore(VERB_LOCALIZE, settings, site);
	error = edit_run_begin(&localize.run, VERB_LOCALIZE, settings, site, &fault);
	if (!error)
		error = edit_run_fetch(&localize.run, wants, settings, &fault);
	if (!error) {
		plan(&localize);
		keep_originals(&localize);
		describe(&localize);
		error = edit_run_write(&localize.run, copy_originals, &fault);
	}
	return edit_run_end(&localize.run, error, &fault);
}
