#include "file_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "file_kind.h"
#include "ignore.h"

#define IGNORE_FILE_MAX_BYTES (1u << 20)

/* What is never scanned, as gitignore patterns under a folder. */
static const char *const excluded[] = {
	"node_modules/", "vendor/", "_site/", "/resources/_gen/", "dist/", ".*/", NULL,
};

/* From the site's root: what new articles are made from, and the sites that show a theme. */
static const char *const excluded_of_hugo[] = {
	"/resources/_gen/", "/archetypes/", "/themes/*/archetypes/", "/themes/*/exampleSite/", NULL,
};
static const char *const excluded_of_hexo[] = {"/scaffolds/", NULL};

struct walk_state {
	const struct scanner_options *options;
	const struct site_files *files;
	struct ignore *ignore;
	size_t first;     /* patterns from here on count */
	struct buf path;  /* of join() */
	struct buf whole; /* the path that is_ignored() looks at */
	struct file_walk *walk;
};

void file_walk_release(struct file_walk *walk)
{
	free(walk->items);
	arena_release(&walk->arena);
	inner_sites_release(&walk->inner);
	*walk = (struct file_walk){0};
}

/* The strings live as long as the walk's arena. */
static void add(struct file_walk *walk, const char *path, const char *problem, bool is_named)
{
	ALLOC_GROW(walk->items, walk->count, walk->capacity);
	walk->items[walk->count++] = (struct walked_file){path, problem, is_named};
}

static char *absolute(const struct walk_state *state, const char *path)
{
	const char *root = state->options->site->root;

	return alloc_printf("%s%s%s", strcmp(root, "/") == 0 ? "" : root, *path ? "/" : "", path);
}

/* Valid until the next call. */
static const char *join(struct walk_state *state, const char *folder, const char *name)
{
	buf_clear(&state->path);
	if (*folder) {
		buf_append_string(&state->path, folder);
		buf_append_char(&state->path, '/');
	}
	buf_append_string(&state->path, name);
	return buf_string(&state->path);
}

/* A path that means itself: "/" in front, wildcards escaped. */
static void exclude_path(struct walk_state *state, const char *folder, const char *path)
{
	CLEANUP(buf_release) struct buf pattern = BUF_INIT(BUF_UNLIMITED);

	while (!strncmp(path, "./", 2))
		path += 2;
	buf_append_char(&pattern, '/');
	for (; *path; path++) {
		if (strchr("*?[\\", *path))
			buf_append_char(&pattern, '\\');
		if (*path != '/' || path[1])
			buf_append_char(&pattern, *path);
	}
	if (pattern.length_bytes > 1)
		ignore_add_pattern(state->ignore, folder, buf_string(&pattern));
}

static void exclude_own_output(struct walk_state *state, const char *root)
{
	const struct site *site = state->options->site;
	const char *const defaults[] = {site->publish, site->manifest, NULL};
	const char *const *own = state->options->own_output ? state->options->own_output : defaults;

	for (; *own; own++)
		exclude_path(state, root, *own);
	exclude_path(state, root, "picdesk.yml");
}

static void exclude_all(struct walk_state *state, const char *folder, const char *const *patterns)
{
	for (; *patterns; patterns++)
		ignore_add_pattern(state->ignore, folder, *patterns);
}

/* What no site's articles are, and what it builds. */
static void exclude_of_site(struct walk_state *state, const struct site *site)
{
	if (site->generator == GENERATOR_HUGO)
		exclude_all(state, site->root, excluded_of_hugo);
	if (!strcmp(site->builder, "Hexo"))
		exclude_all(state, site->root, excluded_of_hexo);
	if (site->output)
		exclude_path(state, site->root, site->output);
}

/* What is never scanned below `folder`, an absolute path. */
static void add_defaults(struct walk_state *state, const char *folder)
{
	const struct site *site = state->options->site;

	exclude_all(state, folder, excluded);
	exclude_of_site(state, site);
	exclude_own_output(state, site->root);
	if (state->options->exclude_paths)
		exclude_all(state, site->root, state->options->exclude_paths);
}

/* There is none, or what stands there is nothing to read: a folder, a pipe, a link that is not
 * followed. */
static bool is_no_ignore_file(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -EISDIR || error == -ELOOP ||
	       error == -EXDEV || error == -ENXIO || error == -EINVAL;
}

/* What one that cannot be read would leave out is scanned, and what it would take in again is not:
 * as with a folder that cannot be read, not everything was seen. */
static void add_ignore_file(struct walk_state *state, const char *folder, const char *name)
{
	CLEANUP(cleanup_free) char *base = absolute(state, folder);
	CLEANUP(file_text_release) struct file_text text = {0};
	struct arena *arena = &state->walk->arena;
	const char *path = join(state, folder, name);
	int error = site_files_read(state->files, path, IGNORE_FILE_MAX_BYTES, &text);

	if (error && !is_no_ignore_file(error))
		add(state->walk, arena_string(arena, path),
		    arena_printf(arena, "the file cannot be read: %s", strerror(-error)), false);
	ignore_add_file(state->ignore, *base ? base : "/", text.data, text.length_bytes);
}

bool scanner_is_ignore_file(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file;

	return !strcmp(name, ".gitignore") || !strcmp(name, ".picdeskignore");
}

static void add_ignore_files(struct walk_state *state, const char *folder)
{
	if (state->options->no_ignore)
		return;
	add_ignore_file(state, folder, ".gitignore");
	add_ignore_file(state, folder, ".picdeskignore");
}

static bool is_ignored(struct walk_state *state, const char *path, bool is_folder)
{
	const char *root = state->options->site->root;

	buf_clear(&state->whole);
	buf_append_string(&state->whole, strcmp(root, "/") == 0 ? "" : root);
	buf_append_char(&state->whole, '/');
	buf_append_string(&state->whole, path);
	return ignore_matches(state->ignore, state->first, buf_string(&state->whole), is_folder);
}

static unsigned char type_of(DIR *dir, const struct dirent *entry)
{
	struct stat status;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (fstatat(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_UNKNOWN;
	return S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_LNK;
}

/* What a folder holds, by paths from the root. */
struct listing {
	struct file_walk folders, files;
	bool may_begin_site;
};

static void listing_release(struct listing *listing)
{
	file_walk_release(&listing->folders);
	file_walk_release(&listing->files);
}

/* A symbolic link is not followed: what it names inside the root is met under its own name. */
static void list_entry(struct walk_state *state, const char *folder, const char *name,
		       unsigned char type, struct listing *listing)
{
	struct file_walk *list = type == DT_DIR ? &listing->folders : &listing->files;
	const char *path;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return;
	if (inner_sites_may_begin(name))
		listing->may_begin_site = true;
	path = join(state, folder, name);
	if (type == DT_DIR || (type == DT_REG && file_kind_of(path) != FILE_NONE))
		add(list, arena_string(&list->arena, path), NULL, false);
}

/* To the whole site, or to the inner one that it lies in. */
static bool is_content(const struct walk_state *state, const char *path)
{
	const struct inner_sites *inner = &state->walk->inner;
	size_t i = inner_sites_find(inner, path);

	if (file_kind_is_content(state->options->site, path))
		return true;
	return i < inner->count &&
	       file_kind_is_content(inner->items[i], path + strlen(inner->items[i]->folder) + 1);
}

static void note_unreadable(struct walk_state *state, const char *folder, int error)
{
	struct arena *arena = &state->walk->arena;

	add(state->walk, arena_string(arena, folder),
	    arena_printf(arena, "the folder cannot be read: %s", strerror(error)), false);
}

/* Known from another named path or not: what it excludes counts until the walk leaves its folder.
 * Its own thumbnails and manifest lie where those of a run in its folder would. */
static void note_inner_site(struct walk_state *state, const char *folder)
{
	const struct site *site =
		inner_sites_add(&state->walk->inner, state->options->site, folder);

	if (!site)
		return;
	exclude_of_site(state, site);
	exclude_path(state, site->root, site->publish);
	exclude_path(state, site->root, site->manifest);
}

/* 0, or an errno: of a disk or network that fails half way, what was listed before it counts. */
static int list_folder(struct walk_state *state, const char *folder, DIR *dir,
		       struct listing *ret_listing)
{
	struct dirent *entry;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return errno;
		list_entry(state, folder, entry->d_name, type_of(dir, entry), ret_listing);
	}
}

static void walk_folder(struct walk_state *state, const char *folder)
{
	CLEANUP(listing_release) struct listing listing = {0};
	size_t n_patterns = ignore_count(state->ignore);
	int fd = site_files_open(state->files, folder, O_RDONLY | O_DIRECTORY), error;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir) {
		note_unreadable(state, folder, fd < 0 ? -fd : errno);
		if (fd >= 0)
			close(fd);
		return;
	}
	error = list_folder(state, folder, dir, &listing);
	closedir(dir); /* before the folders in it are opened: descriptors are few */
	if (error)
		note_unreadable(state, folder, error);
	if (listing.may_begin_site && *folder)
		note_inner_site(state, folder);
	add_ignore_files(state, folder); /* which may take back what the site excludes */
	for (size_t i = 0; i < listing.files.count; i++) {
		const char *path = listing.files.items[i].path;

		if (is_content(state, path) && !is_ignored(state, path, false))
			add(state->walk, arena_string(&state->walk->arena, path), NULL, false);
	}
	for (size_t i = 0; i < listing.folders.count; i++)
		if (!is_ignored(state, listing.folders.items[i].path, true))
			walk_folder(state, listing.folders.items[i].path);
	ignore_cut(state->ignore, n_patterns);
}

/* A named folder: the rules of the folders above count, unless they exclude it itself. */
static void walk_named_folder(struct walk_state *state, const char *path)
{
	CLEANUP(cleanup_free) char *at = alloc_string("");
	CLEANUP(cleanup_free) char *whole = absolute(state, path);
	bool is_excluded = false;

	state->first = 0;
	add_defaults(state, state->options->site->root);
	for (size_t i = 0; path[i] && !is_excluded;) {
		size_t n = i + strcspn(path + i, "/");
		char *next = alloc_string_n(path, n);

		if (*at)
			note_inner_site(state, at);
		add_ignore_files(state, at);
		free(at);
		at = next;
		is_excluded = is_ignored(state, at, true);
		i = n + (path[n] == '/');
	}
	if (is_excluded) {
		state->first = ignore_count(state->ignore);
		add_defaults(state, whole);
	}
	walk_folder(state, path);
	ignore_cut(state->ignore, 0);
}

/* Of a real path; NULL when it lies outside the root. */
static const char *from_root(const char *root, const char *real)
{
	size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(real, root, n) != 0 || (real[n] != '/' && real[n] != '\0'))
		return NULL;
	return real[n] ? real + n + 1 : "";
}

/* In which a named file lies, the outermost first. */
static void note_sites_above(struct walk_state *state, const char *path)
{
	for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
		CLEANUP(cleanup_free) char *folder = alloc_string_n(path, (size_t)(slash - path));

		inner_sites_add(&state->walk->inner, state->options->site, folder);
	}
}

static int walk_named(struct walk_state *state, const char *path, struct fault *fault)
{
	CLEANUP(cleanup_free) char *real = realpath(path, NULL);
	const char *relative;
	struct stat status;

	if (!real || stat(real, &status) < 0)
		return fault_raise(fault, -errno, "%s: %s", path, strerror(errno));
	relative = from_root(state->options->site->root, real);
	if (!relative)
		return fault_raise(
			fault, -EXDEV,
			"%s: lies outside the site's root %s; a picdesk.yml in the site's "
			"folder (picdesk init) or --root-dir DIR says where it begins",
			path, state->options->site->root);
	relative = arena_string(&state->walk->arena, relative);
	if (S_ISDIR(status.st_mode) && faccessat(AT_FDCWD, real, R_OK | X_OK, AT_EACCESS) < 0)
		return fault_raise(fault, -errno, "%s: read the folder: %s", path, strerror(errno));
	if (S_ISDIR(status.st_mode)) {
		walk_named_folder(state, relative);
	} else {
		note_sites_above(state, relative);
		add(state->walk, relative, NULL, true);
	}
	return 0;
}

static int walk_all_named(struct walk_state *state, struct fault *fault)
{
	static const char *const whole_site[] = {"", NULL};
	const char *const *content = state->options->content ? state->options->content : whole_site;

	for (const char *const *path = state->options->paths; path && *path; path++) {
		int error = walk_named(state, *path, fault);

		if (error)
			return error;
	}
	if (state->options->paths)
		return 0;
	for (; *content; content++) {
		CLEANUP(cleanup_free) char *path = absolute(state, *content);
		int error = walk_named(state, *path ? path : "/", fault);

		if (error)
			return error;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct walked_file *left = a, *right = b;
	int order = strcmp(left->path, right->path);

	return order ? order : (int)right->is_named - (int)left->is_named;
}

static void sort(struct file_walk *walk)
{
	size_t kept = 0;

	if (walk->count)
		qsort(walk->items, walk->count, sizeof *walk->items, compare);
	for (size_t i = 0; i < walk->count; i++) {
		if (kept == 0 || strcmp(walk->items[kept - 1].path, walk->items[i].path) != 0)
			walk->items[kept++] = walk->items[i];
	}
	walk->count = kept;
}

int file_walk_all(const struct scanner_options *options, const struct site_files *files,
		  struct file_walk *ret_walk, struct fault *fault)
{
	struct walk_state state = {
		.options = options,
		.files = files,
		.ignore = ignore_new(),
		.path = BUF_INIT(BUF_UNLIMITED),
		.whole = BUF_INIT(BUF_UNLIMITED),
		.walk = ret_walk,
	};
	int error = walk_all_named(&state, fault);

	ignore_free(state.ignore);
	buf_release(&state.path);
	buf_release(&state.whole);
	if (error)
		file_walk_release(ret_walk);
	else
		sort(ret_walk);
	return error;
}
