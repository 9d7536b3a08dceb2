#include "scanner.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "file_scan.h"
#include "file_walk.h"
#include "position.h"
#include "reference.h"

const char *const scanner_default_image_keys[] = {
	"image",
	"images",
	"img",
	"imgs",
	"thumbnail",
	"thumbnails",
	"thumb",
	"thumbs",
	"cover",
	"banner",
	"hero",
	"avatar",
	"logo",
	"logos",
	"photo",
	"photos",
	"picture",
	"pictures",
	"icon",
	"icons",
	"poster",
	"teaser",
	"gallery",
	"featured_image",
	"feature_image",
	"featured_img",
	"header_image",
	"header_img",
	"overlay_image",
	"og_image",
	"social_image",
	"share_image",
	"share_img",
	"card_image",
	"twitter_image",
	"preview_image",
	"cover_image",
	"cover_img",
	"hero_image",
	"hero_img",
	"banner_image",
	"teaser_image",
	"thumbnail_image",
	"thumb_image",
	"main_image",
	"lead_image",
	"background_image",
	"bg_image",
	"meta_image",
	"seo_image",
	"image_path",
	"image_url",
	"img_url",
	"thumbnail_url",
	"thumb_url",
	"avatar_url",
	"logo_url",
	"photo_url",
	"icon_url",
	"banner_url",
	"poster_url",
	"cover_url",
	"image_src",
	"img_src",
	"screenshot",
	"screenshots",
	"favicon",
	"headshot",
	"portrait",
	"illustration",
	"header.image",
	"header.teaser",
	"header.background",
	"image.feature",
	"image.thumb",
	"image.teaser",
	NULL,
};
const char *const scanner_default_lazy_attributes[] = {"data-src", "data-srcset", "data-original",
						       NULL};
const char *const scanner_default_shortcodes[] = {"figure", "img",     "image", "picture",
						  "photo",  "gallery", NULL};

struct regexes {
	regex_t *items;
	size_t count, capacity;
};

struct scanner {
	struct scanner_options options;
	struct file_scan_context context;
	struct image_keys *image_keys;
	struct site_files *files;
	struct file_walk walk;
	size_t next; /* in walk */
	struct regexes include, exclude;
	size_t n_files, n_bytes;
	/* the file handed out last */
	struct scan_file file;
	size_t refs_capacity, problems_capacity;
};

const char *image_ref_kind_name(enum image_ref_kind kind)
{
	static const char *const names[] = {
		[IMAGE_REF_FRONT_MATTER] = "front-matter",
		[IMAGE_REF_DATA] = "data",
		[IMAGE_REF_MARKDOWN] = "markdown",
		[IMAGE_REF_HTML] = "html",
		[IMAGE_REF_CSS] = "css",
		[IMAGE_REF_SHORTCODE] = "shortcode",
	};

	return names[kind];
}

const char *scan_problem_name(enum scan_problem_code code)
{
	static const char *const names[] = {
		[SCAN_BAD_FRONT_MATTER] = "bad-front-matter",
		[SCAN_BAD_DATA] = "bad-data",
		[SCAN_UNREADABLE] = "unreadable",
		[SCAN_LIMIT] = "limit",
		[SCAN_NOT_TEXT] = "not-text",
	};

	return names[code];
}

static void regexes_release(struct regexes *regexes)
{
	for (size_t i = 0; i < regexes->count; i++)
		regfree(&regexes->items[i]);
	free(regexes->items);
}

static int regexes_add(struct regexes *regexes, const char *pattern, struct fault *fault)
{
	char message[256];
	regex_t regex;
	int error = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);

	if (error) {
		regerror(error, &regex, message, sizeof message);
		return fault_raise(fault, -EINVAL, "%s: no regular expression: %s", pattern,
				   message);
	}
	ALLOC_GROW(regexes->items, regexes->count, regexes->capacity);
	regexes->items[regexes->count++] = regex;
	return 0;
}

static int regexes_add_all(struct regexes *regexes, const char *const *patterns,
			   struct fault *fault)
{
	for (; patterns && *patterns; patterns++) {
		int error = regexes_add(regexes, *patterns, fault);

		if (error)
			return error;
	}
	return 0;
}

static bool regexes_match(const struct regexes *regexes, const char *url)
{
	for (size_t i = 0; i < regexes->count; i++)
		if (regexec(&regexes->items[i], url, 0, NULL, 0) == 0)
			return true;
	return false;
}

/* Up to `max_bytes` of a file; NULL and an errno when it cannot be read. */
static char *read_file(const struct site_files *files, const char *path, size_t max_bytes,
		       size_t *ret_length_bytes, bool *ret_is_cut)
{
	int opened = site_files_open(files, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	CLEANUP(cleanup_close) int fd = opened;
	CLEANUP(cleanup_free) char *text = NULL;
	struct stat status;
	size_t capacity, length = 0;
	ssize_t got = 0;
	char *taken;

	errno = -opened;
	if (fd < 0 || fstat(fd, &status) < 0)
		return NULL;
	errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
	if (!S_ISREG(status.st_mode))
		return NULL;
	capacity = (size_t)status.st_size < max_bytes ? (size_t)status.st_size + 1 : max_bytes + 1;
	text = alloc_resized(NULL, capacity + 1, 1);
	/* One byte more than there should be tells whether the file is longer. */
	while (length < capacity && (got = read(fd, text + length, capacity - length)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return NULL;
		length += (size_t)got;
	}
	*ret_is_cut = length > max_bytes;
	*ret_length_bytes = *ret_is_cut ? max_bytes : length;
	text[*ret_length_bytes] = '\0';
	taken = text;
	text = NULL;
	return taken;
}

/* Lines of the root's .picdeskignore that speak of URLs: with "://", or anchored by '^'. */
static int add_ignored_urls(struct scanner *scanner, struct fault *fault)
{
	bool is_cut;
	size_t length;
	CLEANUP(cleanup_free)
	char *text = read_file(scanner->files, ".picdeskignore", 1u << 20, &length, &is_cut);
	char *rest = text, *line;

	while (rest && (line = strsep(&rest, "\n"))) {
		int error;

		line[strcspn(line, "\r")] = '\0';
		if (*line == '#' || !(strstr(line, "://") || *line == '^'))
			continue;
		error = regexes_add(&scanner->exclude, line, fault);
		if (error)
			return fault_wrap(fault, error, ".picdeskignore: read a URL pattern");
	}
	return 0;
}

static int fill(struct scanner *scanner, struct fault *fault)
{
	const struct scanner_options *options = &scanner->options;
	int error = site_files_new(options->site->root, &scanner->files, fault);

	if (error)
		return error;
	scanner->image_keys = image_keys_new(options->image_keys ? options->image_keys
								 : scanner_default_image_keys);
	scanner->context = (struct file_scan_context){
		.site = options->site,
		.image_keys = scanner->image_keys,
		.lazy_attributes = options->lazy_attributes ? options->lazy_attributes
							    : scanner_default_lazy_attributes,
		.shortcodes =
			options->shortcodes ? options->shortcodes : scanner_default_shortcodes,
	};
	error = regexes_add_all(&scanner->include, options->include_urls, fault);
	if (!error)
		error = regexes_add_all(&scanner->exclude, options->exclude_urls, fault);
	if (!error && !options->no_ignore)
		error = add_ignored_urls(scanner, fault);
	if (!error)
		error = file_walk_all(options, scanner->files, &scanner->walk, fault);
	return error;
}

int scanner_new(const struct scanner_options *options, struct scanner **ret_scanner,
		struct fault *fault)
{
	struct scanner *scanner = alloc_zeroed(1, sizeof *scanner);
	int error;

	scanner->options = *options;
	error = fill(scanner, fault);
	if (error) {
		scanner_free(scanner);
		return error;
	}
	*ret_scanner = scanner;
	return 0;
}

static void clear_file(struct scanner *scanner)
{
	for (size_t i = 0; i < scanner->file.n_refs; i++)
		reference_release(&scanner->file.refs[i]);
	for (size_t i = 0; i < scanner->file.n_problems; i++) {
		free(scanner->file.problems[i].file);
		free(scanner->file.problems[i].message);
	}
	scanner->file.n_refs = scanner->file.n_problems = 0;
}

void scanner_free(struct scanner *scanner)
{
	if (!scanner)
		return;
	clear_file(scanner);
	free(scanner->file.refs);
	free(scanner->file.problems);
	regexes_release(&scanner->include);
	regexes_release(&scanner->exclude);
	file_walk_release(&scanner->walk);
	image_keys_free(scanner->image_keys);
	site_files_free(scanner->files);
	free(scanner);
}

void scanner_counts(const struct scanner *scanner, size_t *ret_files, size_t *ret_bytes)
{
	*ret_files = scanner->n_files;
	*ret_bytes = scanner->n_bytes;
}

static void add_problem(struct scanner *scanner, enum scan_problem_code code, const char *file,
			const struct position *position, char *message)
{
	ALLOC_GROW(scanner->file.problems, scanner->file.n_problems, scanner->problems_capacity);
	scanner->file.problems[scanner->file.n_problems++] = (struct scan_problem){
		code, alloc_string(*file ? file : "."), position ? position->line : 0,
		position ? position->column : 0, message};
}

static bool is_wanted(const struct scanner *scanner, const struct image_ref *ref)
{
	if (scanner->include.count > 0 && !regexes_match(&scanner->include, ref->url))
		return false;
	return !regexes_match(&scanner->exclude, ref->url);
}

/* positions: two for each image (its own, its definition's), then one for each problem. */
static struct position *positions_of(const struct found *found, const char *text,
				     size_t length_bytes)
{
	size_t n_images = found->n_images, count = 2 * n_images + found->n_problems;
	struct position *positions = alloc_zeroed(count, sizeof *positions);

	for (size_t i = 0; i < n_images; i++) {
		const struct found_image *image = &found->images[i];

		positions[2 * i].offset = image->offset;
		positions[2 * i + 1].offset = image->defined_offset == FOUND_NO_OFFSET
						      ? image->offset
						      : image->defined_offset;
	}
	for (size_t i = 0; i < found->n_problems; i++)
		positions[2 * n_images + i].offset = found->problems[i].offset == FOUND_NO_OFFSET
							     ? 0
							     : found->problems[i].offset;
	position_resolve(text, length_bytes, positions, count);
	return positions;
}

static void add_ref(struct scanner *scanner, const char *file, const struct found *found,
		    struct found_image *image, const struct position *positions)
{
	struct image_ref ref = {.file = alloc_string(file)};

	reference_resolve(scanner->files, scanner->options.site, found->base_href, image, &ref);
	ref.line = positions[0].line;
	ref.column = positions[0].column;
	if (image->defined_offset != FOUND_NO_OFFSET) {
		ref.defined_line = positions[1].line;
		ref.defined_column = positions[1].column;
	}
	if (!is_wanted(scanner, &ref)) {
		reference_release(&ref);
		return;
	}
	ALLOC_GROW(scanner->file.refs, scanner->file.n_refs, scanner->refs_capacity);
	scanner->file.refs[scanner->file.n_refs++] = ref;
}

static void take_found(struct scanner *scanner, const char *file, const char *text,
		       size_t length_bytes, struct found *found)
{
	CLEANUP(cleanup_free)
	struct position *positions = positions_of(found, text, length_bytes);
	bool is_left_out =
		found->is_silenced || (found->is_unpublished && scanner->options.skip_unpublished);

	for (size_t i = 0; i < found->n_images && !is_left_out; i++)
		if (!reference_is_placeholder(found->images[i].url))
			add_ref(scanner, file, found, &found->images[i], &positions[2 * i]);
	for (size_t i = 0; i < found->n_problems; i++) {
		struct found_problem *problem = &found->problems[i];
		bool has_place = problem->offset != FOUND_NO_OFFSET;

		add_problem(scanner, problem->code, file,
			    has_place ? &positions[2 * found->n_images + i] : NULL,
			    problem->message);
		problem->message = NULL;
	}
}

/* A file that is named is read whatever its name: as Markdown when nothing better is known. */
static enum file_kind kind_of(const struct walked_file *walked)
{
	enum file_kind kind = file_kind_of(walked->path);

	return kind == FILE_NONE ? FILE_MARKDOWN : kind;
}

static void scan_one(struct scanner *scanner, struct walked_file *walked)
{
	CLEANUP(found_release) struct found found = {0};
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	bool is_cut;

	if (walked->problem) {
		add_problem(scanner, SCAN_UNREADABLE, walked->path, NULL,
			    alloc_string(walked->problem));
		return;
	}
	text = read_file(scanner->files, walked->path, SCANNER_MAX_FILE_BYTES, &length, &is_cut);
	if (!text) {
		add_problem(scanner, SCAN_UNREADABLE, walked->path, NULL,
			    alloc_printf("the file cannot be read: %s", strerror(errno)));
		return;
	}
	scanner->n_files++;
	scanner->n_bytes += length;
	file_scan(&scanner->context, kind_of(walked), text, length, is_cut, &found);
	take_found(scanner, walked->path, text, length, &found);
}

int scanner_next(struct scanner *scanner, const struct scan_file **ret_file, struct fault *fault)
{
	(void)fault;
	clear_file(scanner);
	while (scanner->next < scanner->walk.count) {
		struct walked_file *walked = &scanner->walk.items[scanner->next++];

		scan_one(scanner, walked);
		if (scanner->file.n_refs == 0 && scanner->file.n_problems == 0)
			continue;
		scanner->file.file = walked->path;
		*ret_file = &scanner->file;
		return 1;
	}
	return 0;
}
