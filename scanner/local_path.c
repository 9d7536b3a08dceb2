#include "local_path.h"

#include <limits.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "site_aliases.h"
#include "url.h"

#define MAX_CANDIDATES 128

/* Where a generator takes files from, "" for the root; in this order, behind what its configuration
 * names. */
static const char *const places_none[] = {"", "public", "static", ".vuepress/public", "src", NULL};
/* Hexo's sites, whose articles and images are in `source`, have a _config.yml too. */
static const char *const places_jekyll[] = {"", "source", NULL};
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
	struct arena *arena; /* of the paths */
	const char *folder;  /* that the site lies in; bases are from there, the paths are not */
	const char *paths[MAX_CANDIDATES];
	size_t count;
	bool leaves_root; /* the first of them does */
	bool is_first_known;
};

/* Appends the parts of `path`; false when they leave the root. */
static bool append_parts(char *joined, size_t *length_bytes, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !memcmp(path, "..", 2)) {
			const char *slash;

			if (*length_bytes == 0)
				return false;
			slash = memrchr(joined, '/', *length_bytes);
			*length_bytes = slash ? (size_t)(slash - joined) : 0;
		} else if (n > 0 && !(n == 1 && *path == '.')) {
			if (*length_bytes > 0)
				joined[(*length_bytes)++] = '/';
			memcpy(joined + *length_bytes, path, n);
			*length_bytes += n;
		}
		path += n + (path[n] == '/');
	}
	return true;
}

/* "x" + "a/b" + "../c" = "x/a/c"; NULL when it leaves the root. */
static char *join(struct arena *arena, const char *folder, const char *base, const char *path)
{
	char *joined = arena_take(arena, strlen(folder) + strlen(base) + strlen(path) + 3);
	size_t length = 0;

	if (!append_parts(joined, &length, folder) || !append_parts(joined, &length, base) ||
	    !append_parts(joined, &length, path))
		return NULL;
	joined[length] = '\0';
	return joined;
}

static void add(struct candidates *candidates, const char *base, const char *path)
{
	const char *joined = join(candidates->arena, candidates->folder, base, path);

	if (!candidates->is_first_known) {
		candidates->is_first_known = true;
		candidates->leaves_root = !joined;
	}
	for (size_t i = 0; joined && i < candidates->count; i++)
		if (!strcmp(candidates->paths[i], joined))
			return;
	if (joined && candidates->count < MAX_CANDIDATES)
		candidates->paths[candidates->count++] = joined;
}

/* What the last build left of an image is not the image. */
static bool is_built(const struct site *site, const char *place)
{
	return site->output && !strcmp(place, site->output);
}

/* What the configuration lays at the path's address. */
static void add_copies(struct candidates *candidates, const struct site *site, const char *path)
{
	path += strspn(path, "/");
	for (size_t i = 0; i < SITE_MAX_FOLDERS && site->copies[i].address; i++) {
		size_t n = strlen(site->copies[i].address);

		if (!strncmp(path, site->copies[i].address, n) && (!path[n] || path[n] == '/'))
			add(candidates, site->copies[i].source, path + n);
	}
}

static void add_places(struct candidates *candidates, const struct site *site, const char *path)
{
	add_copies(candidates, site, path);
	for (char *const *folder = site->folders; *folder; folder++)
		add(candidates, *folder, path);
	for (char *const *folder = site->content_folders; *folder; folder++)
		add(candidates, *folder, path);
	for (const char *const *place = places[site->generator]; *place; place++)
		if (!is_built(site, *place))
			add(candidates, *place, path);
}

/* Behind the site's own path, at a '/'; NULL when the path does not start with it. */
static const char *without_baseurl(const struct site *site, const char *path)
{
	const char *base = site->framework_base ? site->framework_base : site->baseurl;
	size_t n = strlen(base);

	if (n > 1 && !strncmp(path, base, n) && path[n] == '/')
		return path + n;
	return NULL;
}

/* What no generator's marker tells may lie deeper than the root: Docusaurus in website/, VitePress
 * in docs/. Its places are looked for in every folder above the article. */
static void add_places_above(struct candidates *candidates, const struct site *site,
			     const char *file, const char *path)
{
	char *folder = arena_string(candidates->arena, file);
	char *slash;

	if (site->generator != GENERATOR_NONE)
		return;
	while (candidates->count < MAX_CANDIDATES && (slash = strrchr(folder, '/'))) {
		*slash = '\0';
		for (const char *const *place = places_none; *place; place++)
			add(candidates, arena_printf(candidates->arena, "%s/%s", folder, *place),
			    path);
	}
}

/* Behind `folder` and its '/', or "" where they are the same; NULL: the path is not in it. */
static const char *below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	if (n == 0 || strncmp(path, folder, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	return path[n] ? path + n + 1 : path + n;
}

/* Hugo's bundles of one name share their files between the languages. */
static void add_other_languages(struct candidates *candidates, const struct site *site,
				const char *folder, const char *path)
{
	for (char *const *own = site->content_folders; *own; own++) {
		const char *rest = below(folder, *own);

		for (char *const *other = site->content_folders; rest && *other; other++)
			if (*other != *own)
				add(candidates,
				    arena_printf(candidates->arena, "%s/%s", *other, rest), path);
	}
}

/* Of a style sheet that lies in `place`, whose files are published at `address`. */
static void add_published(struct candidates *candidates, const struct site *site, const char *place,
			  const char *address, const char *folder, const char *path)
{
	const char *rest = below(folder, place), *published;

	if (!rest)
		return;
	published = join(candidates->arena, address, rest, path);
	if (published)
		add_places(candidates, site, published);
}

/* What is beside a style sheet in the built site need not lie beside its source: Hugo has style
 * sheets in assets/css/ and the images in static/. */
static void add_beside_published(struct candidates *candidates, const struct site *site,
				 const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	const char *folder =
		arena_string_n(candidates->arena, file, slash ? (size_t)(slash - file) : 0);

	for (size_t i = 0; i < SITE_MAX_FOLDERS && site->copies[i].address; i++)
		add_published(candidates, site, site->copies[i].source, site->copies[i].address,
			      folder, path);
	for (char *const *place = site->folders; *place; place++)
		add_published(candidates, site, *place, "", folder, path);
	for (const char *const *place = places[site->generator]; *place; place++)
		add_published(candidates, site, *place, "", folder, path);
}

/* The article's folder, and the folder named like the article: Hugo's bundles, pretty addresses. */
static void add_beside(struct candidates *candidates, const struct site *site, const char *file,
		       const char *path)
{
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	struct arena *arena = candidates->arena;
	const char *folder = arena_string_n(arena, file, slash ? (size_t)(slash - file) : 0);
	const char *stem = arena_string_n(arena, file, (size_t)(name - file) + strcspn(name, "."));

	add(candidates, folder, path);
	add(candidates, stem, path);
	if (site->generator == GENERATOR_HUGO && !strncmp(folder, "content", 7)) {
		add(candidates, arena_printf(arena, "static%s", folder + 7), path);
		add(candidates, arena_printf(arena, "static%s", stem + 7), path);
	}
	add_other_languages(candidates, site, folder, path);
}

/* Antora keeps the images of modules/x/pages/ in modules/x/images/. */
static void add_antora(struct candidates *candidates, const char *file, const char *path)
{
	const char *pages = strstr(file, "/pages/");

	if (pages)
		add(candidates,
		    arena_printf(candidates->arena, "%.*s/images", (int)(pages - file), file),
		    path);
}

static void add_from_root(struct candidates *candidates, const struct site *site, const char *file,
			  const char *path)
{
	add_places(candidates, site, path);
	add_places_above(candidates, site, file, path);
}

/* How deep a page's address is, its settings say: content/x.md can be /2024/x/. There `../../a.png`
 * is /a.png, and so it is where there are more of them than folders. */
static void add_above_address(struct candidates *candidates, const struct site *site,
			      const char *path)
{
	const char *rest = path;

	while (!strncmp(rest, "../", 3) || !strncmp(rest, "./", 2))
		rest += rest[1] == '.' ? 3 : 2;
	if (site->generator != GENERATOR_NONE && !strncmp(path, "..", 2))
		add_places(candidates, site, rest);
}

/* What is no folder beside the article may be a name for one elsewhere. */
static void add_named_folder(struct candidates *candidates, const struct site *site,
			     const char *file, const char *path)
{
	const struct site_copy *alias = site_alias_of(site, slice_of(path));

	if (alias)
		add_from_root(candidates, site, file,
			      site_alias_expand(alias, path, candidates->arena));
}

/* The folder that the site lies in, of an inner one; "" is the root. */
static const char *folder_of(const struct site *site)
{
	return site->folder ? site->folder : "";
}

/* The article's path from the site's own root. */
static const char *file_of(const struct site *site, const struct image_ref *ref)
{
	return site->folder ? ref->file + strlen(site->folder) + 1 : ref->file;
}

static void collect(struct candidates *candidates, const struct site *site,
		    const struct image_ref *ref, const char *path)
{
	bool is_data = ref->kind == IMAGE_REF_DATA || ref->kind == IMAGE_REF_FRONT_MATTER;
	const char *stripped = without_baseurl(site, path), *file = file_of(site, ref);

	if (path[0] == '/') {
		if (stripped)
			add_from_root(candidates, site, file, stripped);
		add_from_root(candidates, site, file, path);
		return;
	}
	if (ref->kind == IMAGE_REF_DATA)
		add_places(candidates, site, path);
	add_beside(candidates, site, file, path);
	if (ref->kind == IMAGE_REF_CSS)
		add_beside_published(candidates, site, file, path);
	if (ref->kind == IMAGE_REF_ASCIIDOC)
		add_antora(candidates, file, path);
	add_places(candidates, site, path);
	add_above_address(candidates, site, path);
	add_named_folder(candidates, site, file, path);
	for (size_t i = 0; is_data && i < ARRAY_LENGTH(theme_places); i++)
		add(candidates, theme_places[i], path);
}

/* What the path names when no file is there. */
static const char *nominal_path(const struct site *site, const struct image_ref *ref,
				const char *path, struct arena *arena)
{
	const char *stripped = without_baseurl(site, path), *file = file_of(site, ref);
	const char *slash = strrchr(file, '/');
	const char *folder = arena_string_n(arena, file, slash ? (size_t)(slash - file) : 0);
	bool is_from_root = path[0] == '/' || ref->kind == IMAGE_REF_DATA;
	const char *joined = join(arena, folder_of(site), is_from_root ? "" : folder,
				  stripped ? stripped : path);

	return joined ? joined : path;
}

/* The URL is the path with one '/' in front, which the path is a part of. */
static void settle(struct image_ref *ref, enum local_state state, const char *path,
		   struct arena *arena)
{
	char *url;
	size_t length;

	path += strspn(path, "/");
	length = strlen(path);
	url = arena_take(arena, length + 2);
	url[0] = '/';
	memcpy(url + 1, path, length + 1);
	ref->local = state;
	ref->url = url;
	ref->disk_path = url + 1;
}

static bool is_mismatch(struct site_files *files, const char *path, struct arena *arena,
			struct image_ref *ref)
{
	CLEANUP(cleanup_free) char *actual = NULL;

	if (site_files_look(files, path, &actual) != LOCAL_CASE_MISMATCH)
		return false;
	ref->actual = arena_string(arena, actual);
	return true;
}

/* Tries all places for one spelling; true when it is settled. */
static bool try_spelling(struct site_files *files, const struct site *site, const char *path,
			 struct arena *arena, struct image_ref *ref, bool *leaves_root)
{
	struct candidates candidates = {.arena = arena, .folder = folder_of(site)};

	collect(&candidates, site, ref, path);
	*leaves_root = candidates.leaves_root;
	for (size_t i = 0; i < candidates.count; i++) {
		enum local_state state = site_files_look_exactly(files, candidates.paths[i]);

		if (state == LOCAL_MISSING)
			continue;
		settle(ref, state, candidates.paths[i], arena);
		return true;
	}
	for (size_t i = 0; i < candidates.count; i++) {
		if (!is_mismatch(files, candidates.paths[i], arena, ref))
			continue;
		settle(ref, LOCAL_CASE_MISMATCH, candidates.paths[i], arena);
		return true;
	}
	return false;
}

/* Percent-decoded; as it stands when that is no text. */
static const char *decoded_path(const char *path, struct arena *arena)
{
	CLEANUP(cleanup_free) char *decoded = NULL;
	size_t length;

	if (!strchr(path, '%'))
		return path;
	decoded = url_percent_decode(path, strlen(path), &length);
	return strlen(decoded) == length ? arena_string_n(arena, decoded, length) : path;
}

bool local_path_resolve(struct site_files *files, const struct site *site, const char *path,
			struct arena *arena, struct image_ref *ref)
{
	const char *spelling = decoded_path(path, arena);
	/* No file is called so: a hundred places for a path of megabytes would be gigabytes. */
	bool is_too_long = strlen(spelling) >= PATH_MAX, leaves_root = false, ignored;

	if (!is_too_long && try_spelling(files, site, spelling, arena, ref, &leaves_root))
		return true;
	if (!is_too_long && spelling != path &&
	    try_spelling(files, site, path, arena, ref, &ignored))
		return true;
	settle(ref, leaves_root ? LOCAL_OUTSIDE_ROOT : LOCAL_MISSING,
	       nominal_path(site, ref, spelling, arena), arena);
	return false;
}
