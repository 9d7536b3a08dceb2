#include "last_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "object_id.h"
#include "report_output.h"

#define NAME_BYTES 32

/* Names of documents; `site` is that of whose report it is, "" where it can be one site's alone. */
struct place {
	char run[NAME_BYTES], images[NAME_BYTES], site[NAME_BYTES];
};

static void name_place(struct place *ret_place, int number)
{
	*ret_place = (struct place){"report", "report.images", ""};
	if (!number)
		return;
	snprintf(ret_place->run, NAME_BYTES, "report.%d", number);
	snprintf(ret_place->images, NAME_BYTES, "report.%d.images", number);
	snprintf(ret_place->site, NAME_BYTES, "report.%d.site", number);
}

bool last_report_is_alone(const char *cache_dir, const char *root)
{
	CLEANUP(cleanup_free) char *real = realpath(cache_dir, NULL);
	CLEANUP(cleanup_free) char *real_root = realpath(root, NULL);
	size_t length;

	if (!real || !real_root)
		return true;
	length = strcmp(real_root, "/") ? strlen(real_root) : 0;
	return !strncmp(real, real_root, length) && real[length] == '/';
}

static void name_site(const char *root, char ret_name[OBJECT_ID_HEX_BYTES])
{
	CLEANUP(cleanup_free) char *real = realpath(root, NULL);
	const char *path = real ? real : root;
	struct object_id id = object_id_of(path, strlen(path));

	object_id_format(&id, ret_name);
}

/* Whose report is at `place`, and its turn: "<site> <number>". -ENOENT: nobody's. */
static int look_at(struct cache *cache, const struct place *place, const char *site,
		   bool *ret_is_own, int64_t *ret_turn, struct fault *fault)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length_bytes, site_bytes = strlen(site);
	int64_t turn;
	int error = cache_document(cache, place->site, &text, &length_bytes, fault);

	if (error)
		return error;
	if (length_bytes <= site_bytes || text[site_bytes] != ' ')
		return -ENOENT;
	turn = strtoll(text + site_bytes, NULL, 10);
	if (turn < 0 || turn == INT64_MAX)
		return -ENOENT;
	*ret_is_own = !memcmp(text, site, site_bytes);
	*ret_turn = turn;
	return 0;
}

/* The site's own place, else one that is free, else that of the site whose turn is longest ago. */
static int find_shared(struct cache *cache, const char *site, struct place *ret_place,
		       bool *ret_is_own, int64_t *ret_next_turn, struct fault *fault)
{
	int64_t oldest = INT64_MAX;

	*ret_is_own = false;
	*ret_next_turn = 0;
	for (int number = 1; number <= LAST_REPORT_SITES; number++) {
		bool is_own = false;
		int64_t turn = -1;
		struct place place;
		int error;

		name_place(&place, number);
		error = look_at(cache, &place, site, &is_own, &turn, fault);
		if (error && error != -ENOENT)
			return error;
		if (turn >= *ret_next_turn)
			*ret_next_turn = turn + 1;
		if (*ret_is_own || (!is_own && turn >= oldest))
			continue;
		oldest = turn;
		*ret_is_own = is_own;
		*ret_place = place;
	}
	return 0;
}

static void write_images(const void *report, struct buf *ret_text)
{
	report_write_images(report, ret_text);
}

static void outline_images(const void *report, struct buf *ret_text)
{
	report_outline_images(report, ret_text);
}

static int store_site(struct cache *cache, const struct place *place, const char *site,
		      int64_t turn, struct fault *fault)
{
	char text[OBJECT_ID_HEX_BYTES + 32];
	int length = snprintf(text, sizeof text, "%s %" PRId64 "\n", site, turn);

	return cache_store_document(cache, place->site, text, (size_t)length, fault);
}

int last_report_keep(struct cache *cache, const char *cache_dir, const char *root,
		     const struct report *report, struct fault *fault)
{
	CLEANUP(buf_release) struct buf run = BUF_INIT(REPORT_MOST_BYTES);
	const struct cache_document_source images = {write_images, report, outline_images};
	char site[OBJECT_ID_HEX_BYTES];
	struct place place;
	int64_t turn;
	bool is_own;
	int error = 0;

	name_place(&place, 0);
	if (!last_report_is_alone(cache_dir, root)) {
		name_site(root, site);
		error = find_shared(cache, site, &place, &is_own, &turn, fault);
		if (!error)
			error = store_site(cache, &place, site, turn, fault);
	}
	if (error)
		return error;
	report_write_run(report, &run);
	cache_store_large_document(cache, place.images, &images);
	return cache_store_document(cache, place.run, buf_string(&run), run.length_bytes, fault);
}

/* The two documents of the site's place. */
static int read_parts(struct cache *cache, const char *cache_dir, const char *root, char **ret_run,
		      char **ret_images, struct fault *fault)
{
	char site[OBJECT_ID_HEX_BYTES];
	size_t length_bytes = 0;
	struct place place;
	int64_t turn;
	bool is_own = true;
	int error = 0;

	name_place(&place, 0);
	if (!last_report_is_alone(cache_dir, root)) {
		name_site(root, site);
		error = find_shared(cache, site, &place, &is_own, &turn, fault);
	}
	if (!error && !is_own)
		return -ENOENT;
	if (!error)
		error = cache_document(cache, place.run, ret_run, &length_bytes, fault);
	if (!error)
		error = cache_document(cache, place.images, ret_images, &length_bytes, fault);
	return error;
}

int last_report_read(struct cache *cache, const char *cache_dir, const char *root,
		     struct buf *ret_json, struct fault *fault)
{
	CLEANUP(cleanup_free) char *run = NULL;
	CLEANUP(cleanup_free) char *images = NULL;
	/* Another run may end meanwhile: its head does not belong to these images. */
	int error = cache_begin_reads(cache, fault);

	if (error)
		return error;
	error = read_parts(cache, cache_dir, root, &run, &images, fault);
	cache_end_reads(cache);
	if (!error)
		report_join_parts(run, images, ret_json);
	return error;
}
