#include "local_path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "url.h"

#define MAX_CANDIDATES 40

/* Where a generator takes files from, "" for the root; in this order. */
static const char *const places_none[] = {"", "public", "static", NULL};
static const char *const places_jekyll[] = {"", NULL};
static const char *const places_hugo[] = {"static", "assets", "content", "", NULL};
static const char *const places_eleventy[] = {"", "src", "public", "content", "src/public", NULL};
static const char *const places_astro[] = {"public", "", "src", NULL};
static const char *const places_mkdocs[] = {"docs", "", NULL};

static const char *const *const places[] = {
	[GENERATOR_NONE] = places_none,   [GENERATOR_JEKYLL] = places_jekyll,
	[GENERATOR_HUGO] = places_hugo,   [GENERATOR_ELEVENTY] = places_eleventy,
	[GENERATOR_ASTRO] = places_astro, [GENERATOR_MKDOCS] = places_mkdocs,
};

/* Themes prepend one of these to a bare name in front matter. */
static const char *const theme_places[] = {"assets/images", "assets/img", "images",
					   "img",           "assets",     "uploads"};

struct candidates {
	char *paths[MAX_CANDIDATES];
	size_t count;
	bool leaves_root; /* the first of them does */
	bool is_first_known;
};

static void candidates_release(struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++)
		free(candidates->paths[i]);
}

/* "a/b" + "../c" = "a/c"; NULL when it leaves the root. */
static char *join(const char *base, const char *path)
{
	CLEANUP(cleanup_free) char *joined = alloc_printf("%s/%s", base, path);
	CLEANUP(buf_release) struct buf out = BUF_INIT(BUF_UNLIMITED);

	for (const char *at = joined; *at;) {
		size_t n = strcspn(at, "/");

		if (n == 2 && !memcmp(at, "..", 2)) {
			char *slash;

			if (out.length_bytes == 0)
				return NULL;
			slash = memrchr(out.data, '/', out.length_bytes);
			out.length_bytes = slash ? (size_t)(slash - out.data) : 0;
			out.data[out.length_bytes] = '\0';
		} else if (n > 0 && !(n == 1 && *at == '.')) {
			if (out.length_bytes > 0)
				buf_append_char(&out, '/');
			buf_append(&out, at, n);
		}
		at += n + (at[n] == '/');
	}
	return buf_steal(&out);
}

static void add(struct candidates *candidates, const char *base, const char *path)
{
	char *joined = join(base, path);

	if (!candidates->is_first_known) {
		candidates->is_first_known = true;
		candidates->leaves_root = !joined;
	}
	for (size_t i = 0; joined && i < candidates->count; i++)
		if (!strcmp(candidates->paths[i], joined)) {
			free(joined);
			return;
		}
	if (joined && candidates->count < MAX_CANDIDATES)
		candidates->paths[candidates->count++] = joined;
	else
		free(joined);
}

static void add_places(struct candidates *candidates, const struct site *site, const char *path)
{
	for (const char *const *place = places[site->generator]; *place; place++)
		add(candidates, *place, path);
}

/* Behind the baseurl, at a '/'; NULL when the path does not start with it. */
static const char *without_baseurl(const struct site *site, const char *path)
{
	size_t n = strlen(site->baseurl);

	if (n > 1 && !strncmp(path, site->baseurl, n) && path[n] == '/')
		return path + n;
	return NULL;
}

/* The article's folder, and the folder named like the article: Hugo's bundles, pretty addresses. */
static void add_beside(struct candidates *candidates, const struct site *site, const char *file,
		       const char *path)
{
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	CLEANUP(cleanup_free)
	char *folder = alloc_string_n(file, slash ? (size_t)(slash - file) : 0);
	CLEANUP(cleanup_free)
	char *stem = alloc_string_n(file, (size_t)(name - file) + strcspn(name, "."));

	add(candidates, folder, path);
	add(candidates, stem, path);
	if (site->generator == GENERATOR_HUGO && !strncmp(folder, "content", 7)) {
		CLEANUP(cleanup_free) char *shown = alloc_printf("static%s", folder + 7);
		CLEANUP(cleanup_free) char *shown_page = alloc_printf("static%s", stem + 7);

		add(candidates, shown, path);
		add(candidates, shown_page, path);
	}
}

static void collect(struct candidates *candidates, const struct site *site,
		    const struct image_ref *ref, const char *path)
{
	bool is_data = ref->kind == IMAGE_REF_DATA || ref->kind == IMAGE_REF_FRONT_MATTER;
	const char *stripped = without_baseurl(site, path);

	if (path[0] == '/') {
		if (stripped)
			add_places(candidates, site, stripped);
		add_places(candidates, site, path);
		return;
	}
	if (ref->kind == IMAGE_REF_DATA)
		add_places(candidates, site, path);
	add_beside(candidates, site, ref->file, path);
	add_places(candidates, site, path);
	for (size_t i = 0; is_data && i < ARRAY_LENGTH(theme_places); i++)
		add(candidates, theme_places[i], path);
}

/* What the path names when no file is there. */
static char *nominal_path(const struct site *site, const struct image_ref *ref, const char *path)
{
	const char *stripped = without_baseurl(site, path);
	const char *slash = strrchr(ref->file, '/');
	CLEANUP(cleanup_free)
	char *folder = alloc_string_n(ref->file, slash ? (size_t)(slash - ref->file) : 0);
	bool is_from_root = path[0] == '/' || ref->kind == IMAGE_REF_DATA;
	char *joined = join(is_from_root ? "" : folder, stripped ? stripped : path);

	return joined ? joined : alloc_string(path);
}

static void settle(struct image_ref *ref, enum local_state state, char *path)
{
	const char *start = path;

	while (*start == '/')
		start++;
	ref->local = state;
	ref->disk_path = alloc_string(start);
	ref->url = alloc_printf("/%s", start);
	free(path);
}

/* Tries all places for one spelling; true when it is settled. */
static bool try_spelling(struct site_files *files, const struct site *site, const char *path,
			 struct image_ref *ref, bool *leaves_root)
{
	CLEANUP(candidates_release) struct candidates candidates = {0};

	collect(&candidates, site, ref, path);
	*leaves_root = candidates.leaves_root;
	for (size_t i = 0; i < candidates.count; i++) {
		enum local_state state = site_files_look_exactly(files, candidates.paths[i]);

		if (state == LOCAL_MISSING)
			continue;
		settle(ref, state, alloc_string(candidates.paths[i]));
		return true;
	}
	for (size_t i = 0; i < candidates.count; i++) {
		if (site_files_look(files, candidates.paths[i], &ref->actual) !=
		    LOCAL_CASE_MISMATCH)
			continue;
		settle(ref, LOCAL_CASE_MISMATCH, alloc_string(candidates.paths[i]));
		return true;
	}
	return false;
}

void local_path_resolve(struct site_files *files, const struct site *site, const char *path,
			struct image_ref *ref)
{
	size_t length;
	CLEANUP(cleanup_free) char *decoded = url_percent_decode(path, strlen(path), &length);
	bool is_text = strlen(decoded) == length, leaves_root;
	const char *spelling = is_text ? decoded : path;

	if (try_spelling(files, site, spelling, ref, &leaves_root))
		return;
	if (strcmp(spelling, path) != 0) {
		bool ignored;

		if (try_spelling(files, site, path, ref, &ignored))
			return;
	}
	settle(ref, leaves_root ? LOCAL_OUTSIDE_ROOT : LOCAL_MISSING,
	       nominal_path(site, ref, spelling));
}

/* Folders for the images of `_posts/2019/page.md` under a theme's: posts/2019/page, 2019/page,
 * posts, and the theme's itself. */
static void add_mirrored(struct candidates *candidates, struct site_files *files, const char *file,
			 const char *path)
{
	const char *shown = file + (*file == '_'), *inner = strchr(shown, '/');
	const char *name = strrchr(shown, '/');
	size_t dot = strcspn(name ? name : shown, ".");
	CLEANUP(cleanup_free)
	char *stem = alloc_string_n(shown, (size_t)((name ? name : shown) - shown) + dot);
	CLEANUP(cleanup_free)
	char *collection = alloc_string_n(shown, inner ? (size_t)(inner - shown) : 0);

	for (size_t i = 0; i < ARRAY_LENGTH(theme_places); i++) {
		const char *const folders[] = {stem, inner ? stem + (inner + 1 - shown) : stem,
					       collection, ""};

		if (!site_files_is_folder(files, theme_places[i]))
			continue;
		for (size_t j = 0; j < ARRAY_LENGTH(folders); j++) {
			CLEANUP(cleanup_free)
			char *folder = alloc_printf("%s/%s", theme_places[i], folders[j]);

			add(candidates, folder, path);
		}
	}
}

bool local_path_find_placed(struct site_files *files, const struct site *site, const char *path,
			    struct image_ref *ref)
{
	CLEANUP(candidates_release) struct candidates candidates = {0};

	add_beside(&candidates, site, ref->file, path);
	add_places(&candidates, site, path);
	add_mirrored(&candidates, files, ref->file, path);
	for (size_t i = 0; i < candidates.count; i++) {
		if (site_files_look_exactly(files, candidates.paths[i]) != LOCAL_FOUND)
			continue;
		settle(ref, LOCAL_FOUND, alloc_string(candidates.paths[i]));
		return true;
	}
	return false;
}
