#include "reference.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"
#include "local_path.h"
#include "template.h"
#include "url.h"

void reference_release(struct image_ref *ref)
{
	free(ref->file);
	free(ref->data_path);
	free(ref->written);
	free(ref->url);
	free(ref->title);
	free(ref->disk_path);
	free(ref->actual);
	free(ref->why);
}

bool reference_is_placeholder(const char *url)
{
	struct slice text = slice_trim(slice_of(url));

	return text.length_bytes == 0 || text.data[0] == '#' ||
	       slice_equals_nocase(text, "about:blank") ||
	       (text.length_bytes >= 11 && !strncasecmp(text.data, "javascript:", 11));
}

/* Bytes of "scheme", or 0 when the text has none. */
static size_t scheme_length(const char *text)
{
	size_t n = 0;

	if (!isalpha((unsigned char)text[0]))
		return 0;
	while (isalnum((unsigned char)text[n]) || (text[n] && strchr("+-.", text[n])))
		n++;
	return text[n] == ':' ? n : 0;
}

static bool has_scheme(const char *text, size_t n, const char *scheme)
{
	return slice_equals_nocase((struct slice){text, n}, scheme);
}

static void set_bad(struct image_ref *ref, const char *url, char *why)
{
	ref->target = IMAGE_REF_BAD;
	ref->url = alloc_string(url);
	ref->why = why;
}

static void set_remote(struct image_ref *ref, const char *url)
{
	struct url parsed;
	enum url_error error = url_parse(url, strlen(url), NULL, &parsed);

	if (error) {
		set_bad(ref, url, alloc_string(url_error_text(error)));
		return;
	}
	url_release(&parsed);
	ref->target = IMAGE_REF_REMOTE;
	ref->url = alloc_string(url);
}

/* Without query and fragment, '\' as '/' (so browsers read it). */
static char *path_of(const char *url)
{
	char *path = alloc_string_n(url, strcspn(url, "?#"));

	for (char *c = path; *c; c++)
		if (*c == '\\')
			*c = '/';
	return path;
}

static void set_local(struct site_files *files, const struct site *site, const char *url,
		      struct image_ref *ref)
{
	CLEANUP(cleanup_free) char *path = path_of(url);

	if (!*path) {
		set_bad(ref, url, alloc_string("it names no file"));
		return;
	}
	ref->target = IMAGE_REF_LOCAL;
	local_path_resolve(files, site, path, ref);
}

static void set_by_scheme(const char *url, size_t n, struct image_ref *ref)
{
	if (has_scheme(url, n, "http") || has_scheme(url, n, "https")) {
		set_remote(ref, url);
	} else if (has_scheme(url, n, "data")) {
		ref->target = IMAGE_REF_EMBEDDED;
		ref->url = alloc_string(url);
	} else if (n == 1) {
		set_bad(ref, url, alloc_string("a path of somebody's own disk, not of the site"));
	} else {
		set_bad(ref, url,
			alloc_printf("the scheme '%.*s' is neither http nor https",
				     n > 40 ? 40 : (int)n, url));
	}
}

/* A relative URL on a page with <base href>: the URL it means, else NULL. */
static char *against_base(const char *base_href, const char *url)
{
	struct url base, joined;
	char *text = NULL;

	if (!base_href || template_is_in(slice_of(base_href)))
		return NULL;
	if (scheme_length(base_href) == 0) {
		const char *slash = strrchr(base_href, '/');

		if (url[0] == '/' || !slash)
			return NULL;
		return alloc_printf("%.*s%s", (int)(slash - base_href) + 1, base_href, url);
	}
	if (url_parse(base_href, strlen(base_href), NULL, &base))
		return NULL;
	if (url_is_http(&base) && url_parse(url, strlen(url), &base, &joined) == URL_OK) {
		text = url_serialize(&joined, true);
		url_release(&joined);
	}
	url_release(&base);
	return text;
}

/* The site's own address in front of a path is the site itself. */
static const char *without_own_url(const struct site *site, const char *url)
{
	size_t n = strlen(site->url);

	if (n > 0 && !strncasecmp(url, site->url, n) && url[n] == '/')
		return url + n;
	return url;
}

static void set_target(struct site_files *files, const struct site *site, const char *base_href,
		       const char *url, struct image_ref *ref)
{
	size_t n = scheme_length(url);

	if (n > 0) {
		set_by_scheme(url, n, ref);
	} else if (!strncmp(url, "//", 2)) {
		CLEANUP(cleanup_free) char *secure = alloc_printf("https:%s", url);

		set_remote(ref, secure);
	} else {
		CLEANUP(cleanup_free) char *joined = against_base(base_href, url);

		if (joined && scheme_length(joined) > 0)
			set_remote(ref, joined);
		else
			set_local(files, site, joined ? joined : url, ref);
	}
}

/* What a template puts before a file's name is not known: where the name alone leads to no file,
 * that says nothing about the image. */
static void set_placed_by_template(struct site_files *files, const struct site *site,
				   const char *url, struct image_ref *ref)
{
	CLEANUP(cleanup_free) char *path = path_of(url);

	ref->target = IMAGE_REF_LOCAL;
	if (local_path_find_placed(files, site, path, ref))
		return;
	ref->target = IMAGE_REF_TEMPLATE;
	ref->url = alloc_string(url);
}

void reference_resolve(struct site_files *files, const struct site *site, const char *base_href,
		       struct found_image *image, struct image_ref *ret_ref)
{
	CLEANUP(buf_release) struct buf resolved = BUF_INIT(BUF_UNLIMITED);
	struct slice trimmed = slice_trim(slice_of(image->url));
	CLEANUP(cleanup_free) char *url = alloc_string_n(trimmed.data, trimmed.length_bytes);

	ret_ref->kind = image->kind;
	ret_ref->data_path = image->data_path;
	ret_ref->written = image->written;
	ret_ref->title = image->title;
	ret_ref->width_px = image->width_px;
	ret_ref->height_px = image->height_px;
	image->data_path = image->written = image->title = NULL;
	if (image->is_placed_by_template && scheme_length(url) == 0 && url[0] != '/') {
		set_placed_by_template(files, site, url, ret_ref);
	} else if (!image->is_template) {
		set_target(files, site, base_href, url, ret_ref);
	} else if (template_resolve(trimmed, site, &resolved)) {
		set_target(files, site, base_href, without_own_url(site, buf_string(&resolved)),
			   ret_ref);
	} else {
		ret_ref->target = IMAGE_REF_TEMPLATE;
		ret_ref->url = alloc_string(url);
	}
}
