#include "scanner.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "read_ahead.h"
#include "reference.h"
#include "system_error.h"
#include "url_pattern.h"

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
	"background",
	"feature_img",
	"featured_img",
	"header_image",
	"header_img",
	"header_cover",
	"head_img",
	"home_cover",
	"post_cover",
	"siteshot",
	"overlay_image",
	"og_image",
	"og_img",
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
	"thumbnail_img",
	"thumb_img",
	"index_img",
	"banner_img",
	"top_img",
	"hero_image_dark",
	"bg_image_dark",
	"featured_image_preview",
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
const char *const scanner_default_shortcodes[] = {
	"figure",  "img",       "image",     "picture",      "photo",
	"gallery", "asset_img", "inlineImg", "galleryGroup", NULL,
};

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
	struct read_ahead *ahead; /* of walk */
	struct regexes include, exclude;
	struct scan_counts counts;
	/* the file handed out last */
	struct scanned scanned;
	struct scan_file file;
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
		[IMAGE_REF_RST] = "rst",
		[IMAGE_REF_ASCIIDOC] = "asciidoc",
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
	int error = url_pattern_compile(pattern, &regex);

	if (error) {
		regerror(error, &regex, message, sizeof message);
		return fault_raise(fault, -EINVAL, "'%s' is no regular expression: %s", pattern,
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

/* Trailing blanks go, as git takes them from paths; one behind a backslash stays. */
static void trim_line(char *line)
{
	size_t end = strcspn(line, "\r");

	while (end > 0 && line[end - 1] == ' ' && !(end > 1 && line[end - 2] == '\\'))
		end--;
	line[end] = '\0';
}

/* Lines of the root's .picdeskignore that speak of URLs: with "://", or anchored by '^'. */
static int add_ignored_urls(struct scanner *scanner, struct fault *fault)
{
	CLEANUP(file_text_release) struct file_text text = {0};
	char *rest, *line;
	unsigned number = 0;
	int error = site_files_read(scanner->files, ".picdeskignore", 1u << 20, &text);

	if (is_system_error(error))
		return fault_raise(fault, error, ".picdeskignore: read: %s", strerror(-error));
	if (error < 0)
		return 0;
	rest = text.data +
	       (text.length_bytes >= 3 && !memcmp(text.data, "\xef\xbb\xbf", 3) ? 3 : 0);
	while ((line = strsep(&rest, "\n"))) {
		number++;
		trim_line(line);
		if (*line == '#' || !(strstr(line, "://") || *line == '^'))
			continue;
		error = regexes_add(&scanner->exclude, line, fault);
		if (error)
			return fault_wrap(fault, error,
					  ".picdeskignore:%u: read a pattern for URLs", number);
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
		.image_key_names =
			options->image_keys ? options->image_keys : scanner_default_image_keys,
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
	if (!error)
		scanner->ahead = read_ahead_new(&scanner->context, scanner->files, options->memory,
						&scanner->walk, options->n_threads);
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

void scanner_free(struct scanner *scanner)
{
	if (!scanner)
		return;
	read_ahead_free(scanner->ahead);
	scanned_release(&scanner->scanned);
	regexes_release(&scanner->include);
	regexes_release(&scanner->exclude);
	file_walk_release(&scanner->walk);
	image_keys_free(scanner->image_keys);
	site_files_free(scanner->files);
	free(scanner);
}

struct scan_counts scanner_counts(const struct scanner *scanner)
{
	return scanner->counts;
}

static bool is_wanted(const struct scanner *scanner, const struct image_ref *ref)
{
	if (scanner->include.count > 0 && !regexes_match(&scanner->include, ref->url))
		return false;
	return !regexes_match(&scanner->exclude, ref->url);
}

/* Keeps those that are wanted. */
static void choose_refs(const struct scanner *scanner, struct scanned *scanned)
{
	size_t kept = 0;

	if (scanned->is_unpublished && scanner->options.skip_unpublished)
		scanned->n_refs = 0;
	for (size_t i = 0; i < scanned->n_refs; i++)
		if (is_wanted(scanner, &scanned->refs[i]))
			scanned->refs[kept++] = scanned->refs[i];
	scanned->n_refs = kept;
}

/* Of a file or folder as a whole; `file` is from the root. */
static void set_unreadable(struct scanned *scanned, const char *file, const char *message)
{
	scanned->problems = arena_zeroed(&scanned->arena, sizeof *scanned->problems);
	scanned->problems[0] = (struct scan_problem){
		.code = SCAN_UNREADABLE, .file = *file ? file : ".", .message = message};
	scanned->n_problems = 1;
}

static const char *why_unreadable(struct scanned *scanned)
{
	if (scanned->error == EINVAL)
		return "the file cannot be read: it is no regular file";
	return arena_printf(&scanned->arena, "the file cannot be read: %s",
			    strerror(scanned->error));
}

static void remember(struct scanner *scanner, const struct scanned *scanned)
{
	const struct scan_memory *memory = scanner->options.memory;

	if (scanned->is_recalled) {
		memory->keep(memory->context, &scanned->key);
		return;
	}
	scanner->counts.parsed++;
	if (scanned->packed.data)
		memory->remember(memory->context, &scanned->key, scanned->packed);
}

static void take(struct scanner *scanner, const struct walked_file *walked)
{
	struct scanned *scanned = &scanner->scanned;

	if (walked->problem) {
		set_unreadable(scanned, walked->path, walked->problem);
	} else if (scanned->error) {
		set_unreadable(scanned, walked->path, why_unreadable(scanned));
	} else {
		scanner->counts.files++;
		scanner->counts.bytes += scanned->n_bytes;
		remember(scanner, scanned);
		choose_refs(scanner, scanned);
	}
}

int scanner_next(struct scanner *scanner, const struct scan_file **ret_file, struct fault *fault)
{
	struct scanned *scanned = &scanner->scanned;
	size_t index;

	(void)fault;
	scanned_release(scanned);
	while (read_ahead_next(scanner->ahead, &index, scanned)) {
		const struct walked_file *walked = &scanner->walk.items[index];

		take(scanner, walked);
		if (scanned->n_refs == 0 && scanned->n_problems == 0) {
			scanned_release(scanned);
			continue;
		}
		scanner->file = (struct scan_file){walked->path, scanned->refs, scanned->n_refs,
						   scanned->problems, scanned->n_problems};
		*ret_file = &scanner->file;
		return 1;
	}
	return 0;
}
