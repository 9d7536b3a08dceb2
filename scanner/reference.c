#include "reference.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "cleanup.h"
#include "local_path.h"
#include "site_aliases.h"
#include "template.h"
#include "url.h"

struct resolution {
	struct site_files *files;
	const struct site *site;
	struct arena *arena;
	struct image_ref *ref;
};

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

/* `url` and `why` live as long as the arena. */
static void set_bad(const struct resolution *to, const char *url, const char *why)
{
	to->ref->target = IMAGE_REF_BAD;
	to->ref->url = url;
	to->ref->why = why;
}

static void set_remote(const struct resolution *to, const char *url)
{
	struct url parsed;
	enum url_error error = URL_OK;

	if (!url_is_plain(url)) {
		error = url_parse(url, strlen(url), NULL, &parsed);
		if (!error)
			url_release(&parsed);
	}
	if (error) {
		set_bad(to, url, url_error_text(error));
		return;
	}
	to->ref->target = IMAGE_REF_REMOTE;
	to->ref->url = url;
}

/* What generators write for the root of the site: Docusaurus, Pelican (which has `{attach}` for the
 * article's own folder as well), and the bundlers' aliases. */
static const char *without_root_name(const char *path)
{
	static const char *const names[] = {"@site/",   "{static}", "{attach}",   "{filename}",
					    "|static|", "|attach|", "|filename|", "~@/",
					    "@/",       "~/"};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		size_t n = strlen(names[i]);

		if (!strncmp(path, names[i], n))
			return path + n - (names[i][n - 1] == '/');
	}
	return path;
}

/* Without query and fragment, '\' as '/' (so browsers read it), and without a name for the root or
 * for another folder. */
static const char *path_of(const struct site *site, struct arena *arena, const char *url)
{
	char *path = arena_string_n(arena, url, strcspn(url, "?#"));
	const struct site_copy *alias = site_alias_of(site, slice_of(path));

	for (char *c = path; *c; c++)
		if (*c == '\\')
			*c = '/';
	if (alias && !site_alias_looks_like_folder(alias))
		return site_alias_expand(alias, path, arena);
	return without_root_name(path);
}

static bool find_local(const struct resolution *to, const struct site *site, const char *url)
{
	return local_path_resolve(to->files, site, path_of(site, to->arena, url), to->arena,
				  to->ref);
}

/* A theme or an example lies in a site that knows it, and uses what is there. What else lies around
 * a site is not built with it. */
static bool is_around(const struct site *outer)
{
	return outer && (outer->generator != GENERATOR_NONE || outer->framework);
}

static const struct site *outermost(const struct site *site)
{
	while (site->outer)
		site = site->outer;
	return site;
}

/* In the whole site, in the one right around, and in its own: in no more, however deep sites nest.
 * What only differs in letter case from a file around may be another file in its own. */
static bool find_inwards(const struct resolution *to, const char *url)
{
	const struct site *own = to->site, *around = own->outer;
	const struct site *whole = around ? outermost(around) : NULL;
	const struct site *const places[] = {whole != around ? whole : NULL, around, own};
	struct image_ref mismatch;
	bool is_mismatch = false;

	for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
		if (places[i] != own && !is_around(places[i]))
			continue;
		to->ref->actual = NULL;
		if (!find_local(to, places[i], url))
			continue;
		if (to->ref->local != LOCAL_CASE_MISMATCH)
			return true;
		if (!is_mismatch)
			mismatch = *to->ref;
		is_mismatch = true;
	}
	if (is_mismatch)
		*to->ref = mismatch;
	return is_mismatch;
}

static void set_local(const struct resolution *to, const char *url)
{
	if (!*path_of(to->site, to->arena, url)) {
		set_bad(to, url, "it names no file");
		return;
	}
	to->ref->target = IMAGE_REF_LOCAL;
	if (!find_inwards(to, url) && to->site->cdn)
		set_remote(to,
			   arena_printf(to->arena, "%s/%s", to->site->cdn, url + strspn(url, "/")));
}

/* `scheme` has `n` bytes. */
static void set_by_scheme(const struct resolution *to, const char *url, const char *scheme,
			  size_t n)
{
	if (has_scheme(scheme, n, "http") || has_scheme(scheme, n, "https")) {
		set_remote(to, url);
	} else if (has_scheme(scheme, n, "data") || has_scheme(scheme, n, "cid") ||
		   has_scheme(scheme, n, "mid")) {
		/* What an e-mail carries itself, RFC 2392, is no more to be fetched. */
		to->ref->target = IMAGE_REF_EMBEDDED;
		to->ref->url = url;
	} else if (!strncmp(scheme, "pathname://", 11)) {
		/* Docusaurus: a path of the built site, which it does not look into. */
		set_local(to, scheme + 11);
	} else if (n == 1) {
		set_bad(to, url, "a path of somebody's own disk, not of the site");
	} else {
		set_bad(to, url,
			arena_printf(to->arena, "the scheme '%.*s' is neither http nor https",
				     n > 40 ? 40 : (int)n, scheme));
	}
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* A relative URL on a page with <base href>: the URL it means, else NULL. */
static char *against_base(const char *base_href, const char *url)
{
	CLEANUP(cleanup_free) char *with_scheme = NULL;
	struct url base, joined;
	char *text = NULL;

	if (!base_href || template_is_in(slice_of(base_href)))
		return NULL;
	if (is_slash(base_href[0]) && is_slash(base_href[1]))
		base_href = with_scheme = alloc_printf("https:%s", base_href);
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

/* Tabs and line ends are no part of a URL, wherever they stand in it. */
static const char *without_breaks(struct arena *arena, const char *url)
{
	static const char breaks[] = "\t\n\r";
	char *bare, *end;

	if (!strpbrk(url, breaks))
		return url;
	bare = end = arena_string(arena, url);
	for (const char *c = url; *c; c++)
		if (!strchr(breaks, *c))
			*end++ = *c;
	*end = '\0';
	return bare;
}

static void set_target(const struct resolution *to, const char *base_href, const char *url)
{
	const char *bare = without_breaks(to->arena, url);
	size_t n = scheme_length(bare);

	if (n > 0) {
		set_by_scheme(to, url, bare, n);
	} else if (is_slash(bare[0]) && is_slash(bare[1])) {
		set_remote(to, arena_printf(to->arena, "https:%s", url));
	} else {
		CLEANUP(cleanup_free) char *joined = against_base(base_href, bare);

		if (joined)
			bare = arena_string(to->arena, joined);
		if (joined && scheme_length(bare) > 0)
			set_remote(to, bare);
		else
			set_local(to, bare);
	}
}

static bool is_other_base(const struct site *site, const char *href)
{
	return href && !template_is_in(slice_of(href)) &&
	       (scheme_length(href) > 0 || (is_slash(href[0]) && is_slash(href[1]))) &&
	       without_own_url(site, href) == href && strcasecmp(href, site->url) != 0;
}

/* Without blanks around it. */
static const char *trimmed_url(struct arena *arena, const char *url)
{
	struct slice trimmed = slice_trim(slice_of(url));

	if (trimmed.data[trimmed.length_bytes] == '\0')
		return trimmed.data;
	return arena_string_n(arena, trimmed.data, trimmed.length_bytes);
}

void reference_resolve(struct site_files *files, const struct site *site, const char *base_href,
		       const struct found_image *image, struct arena *arena,
		       struct image_ref *ret_ref)
{
	const struct resolution to = {files, site, arena, ret_ref};
	const char *url = trimmed_url(arena, image->url);
	CLEANUP(buf_release) struct buf resolved = BUF_INIT(BUF_UNLIMITED);

	ret_ref->kind = image->kind;
	ret_ref->line = image->line;
	ret_ref->column = image->column;
	ret_ref->defined_line = image->defined_line;
	ret_ref->defined_column = image->defined_column;
	ret_ref->data_path = image->data_path;
	ret_ref->written = image->written;
	ret_ref->title = image->title;
	ret_ref->width_px = image->width_px;
	ret_ref->height_px = image->height_px;
	ret_ref->is_in_html = image->is_in_html;
	ret_ref->is_in_inner_site = site->outer != NULL;
	ret_ref->is_below_other_base =
		site->cdn || (image->kind != IMAGE_REF_FRONT_MATTER &&
			      image->kind != IMAGE_REF_DATA && is_other_base(site, base_href));
	if (!image->is_template) {
		set_target(&to, base_href, url);
	} else if (template_resolve(slice_of(url), site, &resolved)) {
		const char *text = arena_string(arena, buf_string(&resolved));

		set_target(&to, base_href, without_own_url(site, text));
	} else {
		ret_ref->target = IMAGE_REF_TEMPLATE;
		ret_ref->url = url;
	}
}
