#include "file_scan.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "asciidoc.h"
#include "cleanup.h"
#include "data_images.h"
#include "disabled.h"
#include "front_matter.h"
#include "html_images.h"
#include "image_hint.h"
#include "image_key.h"
#include "js_literal.h"
#include "markdown.h"
#include "mdx_code.h"
#include "mdx_imports.h"
#include "mdx_modules.h"
#include "rst.h"
#include "shortcode.h"
#include "site_language.h"
#include "template.h"

/* Bytes that are looked at to tell text from anything else. */
#define TEXT_PROBE_BYTES 8192

struct body {
	const struct file_scan_context *context;
	enum file_kind kind;
	const char *original; /* of the body, length_bytes long */
	char *masked;         /* template_mask() of it */
	char *html;           /* the HTML in it */
	size_t length_bytes;
	size_t offset; /* of the body in the file */
	struct template_tags tags;
	struct disabled disabled;
	struct mdx_imports imports;
	struct found *found;
};

static void body_release(struct body *body)
{
	free(body->masked);
	free(body->html);
	template_tags_release(&body->tags);
	disabled_release(&body->disabled);
	mdx_imports_release(&body->imports);
}

DEFINE_CLEANUP_POINTER(struct data_tree, data_tree_free)

static bool is_utf16(const char *text, size_t length_bytes)
{
	size_t n = length_bytes < 64 ? length_bytes : 64, odd = 0, even = 0;

	if (length_bytes >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
		return true;
	for (size_t i = 0; i < n; i++)
		*(i % 2 ? &odd : &even) += text[i] == '\0';
	return n >= 4 && (odd == n / 2) != (even == n / 2) && (odd == 0 || even == 0);
}

static bool is_text(const char *text, size_t length_bytes, struct found *found)
{
	size_t probe = length_bytes < TEXT_PROBE_BYTES ? length_bytes : TEXT_PROBE_BYTES;

	if (is_utf16(text, length_bytes)) {
		found_problem(found, SCAN_NOT_TEXT, FOUND_NO_OFFSET,
			      "the file is UTF-16: save it as UTF-8");
		return false;
	}
	if (memchr(text, '\0', probe)) {
		found_problem(found, SCAN_NOT_TEXT, FOUND_NO_OFFSET,
			      "the file is binary, not text");
		return false;
	}
	return true;
}

/* Of either value also in quotes; what YAML 1.1 takes for it (`no`, `off`) without them alone. */
static bool says(const struct data_node *node, bool value)
{
	static const char *const words[][3] = {{"false", "no", "off"}, {"true", "yes", "on"}};

	if (!node || node->kind != DATA_SCALAR)
		return false;
	for (size_t i = 0; i < (node->is_plain ? ARRAY_LENGTH(words[value]) : 1); i++)
		if (slice_equals_nocase(node->text, words[value][i]))
			return true;
	return false;
}

/* `picdesk: false`, its letter case aside as that of keys of images. */
static bool says_no_picdesk(const struct data_node *root)
{
	if (!root || root->kind != DATA_MAPPING)
		return false;
	for (size_t i = 0; i < root->count; i++)
		if (slice_equals_nocase(root->keys[i]->text, "picdesk") &&
		    says(root->items[i], false))
			return true;
	return false;
}

static void take_flags(const struct data_tree *tree, struct found *found)
{
	const struct data_node *root = data_tree_root(tree, 0);

	found->is_silenced = says_no_picdesk(root);
	found->is_unpublished = says(data_node_get(root, "published"), false) ||
				says(data_node_get(root, "draft"), true);
}

/* Chirpy, a theme of Jekyll's, puts such a folder before an article's relative URLs. Under the
 * older name others have an image. */
static void take_media_folder(const struct data_tree *tree, struct found *found)
{
	static const char *const keys[] = {"media_subpath", "img_path"};

	for (size_t i = 0; i < ARRAY_LENGTH(keys) && !found->base_href; i++) {
		const struct data_node *node = data_node_get(data_tree_root(tree, 0), keys[i]);
		struct slice folder = node && node->kind == DATA_SCALAR ? slice_trim(node->text)
									: (struct slice){"", 0};

		while (folder.length_bytes && folder.data[folder.length_bytes - 1] == '/')
			folder.length_bytes--;
		if (!folder.length_bytes || image_value_has_extension(folder))
			continue;
		found->base_href =
			arena_printf(&found->arena, "%.*s/", (int)folder.length_bytes, folder.data);
		found->is_below_media_folder = true;
	}
}

static int parse_front_matter(const struct front_matter *front_matter, const char *text,
			      struct data_tree **ret_tree, struct data_error *ret_error)
{
	const char *data = text + front_matter->start;
	size_t length = front_matter->end - front_matter->start;

	switch (front_matter->format) {
	case FRONT_MATTER_TOML:
		return toml_walk_parse(data, length, front_matter->start, ret_tree, ret_error);
	case FRONT_MATTER_JSON:
		return json_walk_parse(data, length, front_matter->start, ret_tree, ret_error);
	case FRONT_MATTER_JS:
		return js_walk_parse(data, length, front_matter->start, ret_tree, ret_error);
	case FRONT_MATTER_MEMBERS:
		return json_walk_parse_members(data, length, front_matter->start, ret_tree,
					       ret_error);
	case FRONT_MATTER_FIELDS:
		return fields_walk_parse(data, length, front_matter->start, ret_tree, ret_error);
	default:
		return yaml_walk_parse(data, length, front_matter->start, ret_tree, ret_error);
	}
}

static void check_is_mapping(const struct data_tree *tree, struct found *found)
{
	const struct data_node *root = data_tree_root(tree, 0);

	if (!root || root->kind == DATA_MAPPING ||
	    (root->kind == DATA_SCALAR && root->text.length_bytes == 0))
		return;
	found_problem(found, SCAN_BAD_FRONT_MATTER, root->offset,
		      "front matter is a %s: it must be `key: value` lines",
		      root->kind == DATA_SEQUENCE ? "list" : "single value");
}

static void find_in_data(const struct file_scan_context *context, const struct data_tree *tree,
			 const char *text, size_t length_bytes, enum image_ref_kind kind,
			 bool is_table, struct found *found)
{
	const struct data_images_options options = {
		context->image_keys, context->lazy_attributes, {text, length_bytes}, is_table};

	data_images_find(tree, &options, kind, found);
}

static bool is_mapping(const struct data_tree *tree)
{
	const struct data_node *root = data_tree_root(tree, 0);

	return root && root->kind == DATA_MAPPING;
}

static bool is_markup(enum file_kind kind)
{
	return kind == FILE_RST || kind == FILE_ASCIIDOC;
}

/* Others show what stands below blank lines as text. */
static bool is_too_low(const struct file_scan_context *context,
		       const struct front_matter *front_matter)
{
	enum generator generator = context->site->generator;

	return front_matter->is_below_blank_lines && generator != GENERATOR_HUGO &&
	       generator != GENERATOR_ASTRO;
}

/* What is no front matter at all in spite of its marks. */
static bool is_something_else(const struct file_scan_context *context, enum file_kind kind,
			      const struct front_matter *front_matter, const struct data_tree *tree)
{
	if (is_too_low(context, front_matter))
		return true;
	/* Titles of reStructuredText stand between lines of `---` too. */
	if (is_markup(kind) || front_matter->is_unmarked)
		return !tree || !is_mapping(tree);
	/* Only Hugo has JSON there without a mark; elsewhere it may be anything in braces. */
	return !tree && front_matter->format == FRONT_MATTER_JSON &&
	       front_matter->start == front_matter->mark_offset &&
	       context->site->generator != GENERATOR_HUGO;
}

/* The offset where the body starts. */
static size_t scan_front_matter(const struct file_scan_context *context, enum file_kind kind,
				const char *text, size_t length_bytes, struct found *found)
{
	CLEANUP(data_tree_free_pointer) struct data_tree *tree = NULL;
	struct front_matter front_matter;
	struct data_error error;
	bool is_broken;

	front_matter_find(text, length_bytes, site_front_matter(context->site, kind),
			  &front_matter);
	if (front_matter.is_unclosed && kind != FILE_RST && !is_too_low(context, &front_matter))
		found_problem(found, SCAN_BAD_FRONT_MATTER, front_matter.mark_offset,
			      "front matter is never closed: a line %.3s is missing",
			      text + front_matter.mark_offset);
	if (front_matter.format == FRONT_MATTER_NONE)
		return front_matter.body;
	if (front_matter.end - front_matter.start > SCANNER_MAX_FRONT_MATTER_BYTES) {
		found_problem(found, SCAN_LIMIT, front_matter.mark_offset,
			      "front matter is longer than 1 MiB: it is not looked at");
		return front_matter.body;
	}
	is_broken = parse_front_matter(&front_matter, text, &tree, &error) != 0;
	if (is_something_else(context, kind, &front_matter, is_broken ? NULL : tree))
		return front_matter.mark_offset;
	if (is_broken) {
		/* Of Hugo's archetypes, `title: "{{ replace .Name "-" " " }}"`: it becomes YAML. */
		if (context->site->generator == GENERATOR_HUGO &&
		    template_is_in((struct slice){text + front_matter.start,
						  front_matter.end - front_matter.start}))
			return front_matter.body;
		found_problem(found, error.is_limit ? SCAN_LIMIT : SCAN_BAD_FRONT_MATTER,
			      error.offset, "%s%s", error.message,
			      error.is_limit ? ": front matter is not looked at" : "");
		return front_matter.body;
	}
	take_flags(tree, found);
	if (context->site->generator == GENERATOR_JEKYLL)
		take_media_folder(tree, found);
	check_is_mapping(tree, found);
	find_in_data(context, tree, text, length_bytes, IMAGE_REF_FRONT_MATTER, false, found);
	return front_matter.body;
}

/* In MDX an attribute's `{...}` is an expression too. */
static bool is_template(const struct body *body, struct slice original)
{
	return template_is_in(original) ||
	       (body->kind == FILE_MDX && original.length_bytes > 0 && original.data[0] == '{');
}

/* `{cover}` of MDX, where `cover` is imported: as a reference-style image, the URL stands
 * elsewhere. NULL when it is not, or there are too many. */
static struct found_image *add_imported(struct body *body, enum image_ref_kind kind, size_t offset,
					struct slice original)
{
	CLEANUP(cleanup_free) char *url = NULL;
	struct found_image *image;
	struct slice source;

	if (body->kind != FILE_MDX ||
	    !mdx_imports_find(&body->imports, (struct slice){body->original, body->length_bytes},
			      original, &source))
		return NULL;
	url = alloc_string_n(source.data, source.length_bytes);
	image = found_add(body->found, kind, body->offset + offset, source, url);
	if (image)
		image->defined_offset = body->offset + (size_t)(source.data - body->original);
	return image;
}

/* What stands at an offset of the body; `url` is its decoded value unless an expression is in it.
 */
static struct found_image *add(struct body *body, enum image_ref_kind kind, size_t offset,
			       size_t length_bytes, const char *url)
{
	CLEANUP(buf_release) struct buf decoded = BUF_INIT(BUF_UNLIMITED);
	struct slice original = {body->original + offset, length_bytes};
	bool has_expression = is_template(body, original);
	struct found_image *image = add_imported(body, kind, offset, original);

	if (image)
		return image;
	if (has_expression) {
		html_decode_attribute(original.data, original.length_bytes, &decoded);
		url = buf_string(&decoded);
	}
	image = found_add(body->found, kind, body->offset + offset, original, url);
	if (image)
		image->is_template = has_expression;
	return image;
}

/* By what it is given: what ends like an image, or is an image that the document imports. */
static bool is_image_of_component(struct body *body, const struct html_image *html)
{
	struct slice body_text = {body->original, body->length_bytes}, source;
	struct slice original = {body->original + html->offset, html->written.length_bytes};

	return is_template(body, original)
		       ? mdx_imports_find(&body->imports, body_text, original, &source)
		       : image_value_has_extension(original);
}

static bool emit_html(void *context, const struct html_image *html)
{
	struct body *body = context;
	bool is_css = !strcmp(html->element, "style") || !strcmp(html->attribute, "style");
	struct found_image *image;

	if (html->is_component && !is_image_of_component(body, html))
		return true;
	image = add(body, is_css ? IMAGE_REF_CSS : IMAGE_REF_HTML, html->offset,
		    html->written.length_bytes, html->url);
	if (!image)
		return false;
	image->width_px = html->width_px;
	image->height_px = html->height_px;
	if (html->title && *html->title)
		image->title = arena_string(&body->found->arena, html->title);
	return true;
}

static void scan_markdown(struct body *body)
{
	struct markdown_images images = {0};

	markdown_find(body->masked, body->length_bytes,
		      site_markdown(body->context->site, body->kind), SCANNER_MAX_REFS_A_FILE + 1,
		      body->html, &images);
	for (size_t i = 0; i < images.count; i++) {
		struct markdown_image *markdown = &images.items[i];
		struct found_image *image = add(body, IMAGE_REF_MARKDOWN, markdown->url_offset,
						markdown->url_length_bytes, markdown->url);

		if (!image)
			break;
		image->offset = body->offset + markdown->offset;
		if (markdown->defined_offset != (size_t)-1)
			image->defined_offset = body->offset + markdown->defined_offset;
		image->width_px = markdown->width_px;
		image->height_px = markdown->height_px;
		if (markdown->title)
			image->title = arena_string(&body->found->arena, markdown->title);
	}
	markdown_images_release(&images);
}

/* JSX components that print an <img>. */
static void rename_components(struct body *body)
{
	static const char component[] = "<Image";
	char *at = body->html, *end = body->html + body->length_bytes;

	while ((at = memmem(at, (size_t)(end - at), component, sizeof component - 1))) {
		char *next = at + sizeof component - 1;

		if (next < end && strchr(" \t\r\n/", *next) && *next)
			memcpy(at, "<img  ", sizeof component - 1);
		at = next;
	}
}

static void take_html_comment(void *context, struct slice comment, size_t end)
{
	struct body *body = context;

	disabled_take(&body->disabled, comment, (struct slice){body->original, body->length_bytes},
		      end);
}

static void take_hidden(void *context, size_t start, size_t end)
{
	struct body *body = context;

	disabled_hide(&body->disabled, start, end);
}

/* Markup has comments of its own. */
static void scan_html(struct body *body)
{
	const struct html_image_options options = {
		body->context->lazy_attributes,
		.is_jsx = body->kind == FILE_MDX,
		.has_components = site_has_components(body->context->site),
		.emit_comment = is_markup(body->kind) ? NULL : take_html_comment,
		.emit_hidden = is_markup(body->kind) ? NULL : take_hidden,
	};
	struct html_base base = {0};

	if (body->kind == FILE_MDX)
		rename_components(body);
	html_images_find(body->html, body->length_bytes, &options, emit_html, body, &base);
	if (base.href)
		body->found->base_href = arena_string(&body->found->arena, base.href);
	free(base.href);
}

static bool add_shortcode(struct body *body, struct slice content)
{
	struct shortcode_image shortcode;
	struct found_image *image;
	CLEANUP(cleanup_free) char *url = NULL;

	if (!shortcode_read(content, body->context->shortcodes, &shortcode))
		return true;
	url = alloc_string_n(shortcode.written.data, shortcode.written.length_bytes);
	image = add(body, IMAGE_REF_SHORTCODE, (size_t)(shortcode.written.data - body->original),
		    shortcode.written.length_bytes, url);
	if (!image)
		return false;
	image->width_px = shortcode.width_px;
	image->height_px = shortcode.height_px;
	if (shortcode.title.length_bytes > 0)
		image->title = arena_string_n(&body->found->arena, shortcode.title.data,
					      shortcode.title.length_bytes);
	return true;
}

/* A string of an object: `emit_object` has its place. */
struct object_string {
	struct body *body;
	size_t offset;
};

static bool emit_object(void *context, const struct html_image *css)
{
	const struct object_string *string = context;

	return add(string->body, IMAGE_REF_CSS, string->offset + css->offset,
		   css->written.length_bytes, css->url) != NULL;
}

/* style={{backgroundImage: "url(x.png)"}}, sources={{light: "x.png"}} */
static bool add_object(struct body *body, struct slice content)
{
	struct slice string;
	size_t offset = 0;

	while (!body->found->is_full && js_next_string(content, &offset, &string)) {
		struct object_string place = {body, (size_t)(string.data - body->original)};
		CLEANUP(cleanup_free) char *url = NULL;

		if (memmem(string.data, string.length_bytes, "${", 2))
			continue;
		if (memmem(string.data, string.length_bytes, "url(", 4) ||
		    !image_value_has_extension(string)) {
			css_images_find(string.data, string.length_bytes, true, emit_object,
					&place);
			continue;
		}
		url = alloc_string_n(string.data, string.length_bytes);
		add(body, IMAGE_REF_HTML, place.offset, string.length_bytes, url);
	}
	return !body->found->is_full;
}

static void scan_tags(struct body *body)
{
	bool has_room = true;

	for (size_t i = 0; i < body->tags.count && has_room; i++) {
		const struct template_tag *tag = &body->tags.items[i];

		if (body->html[tag->offset] == MARKDOWN_CODE_BYTE ||
		    disabled_is_hidden(&body->disabled, tag->offset))
			continue;
		has_room = tag->is_object ? add_object(body, tag->content)
					  : add_shortcode(body, tag->content);
	}
}

static bool emit_markup(void *context, const struct markup_image *markup)
{
	struct body *body = context;
	enum image_ref_kind kind = body->kind == FILE_RST ? IMAGE_REF_RST : IMAGE_REF_ASCIIDOC;
	struct found_image *image = found_add(
		body->found, kind, body->offset + (size_t)(markup->written.data - body->original),
		markup->written, markup->url);

	if (!image)
		return false;
	image->width_px = markup->width_px;
	image->height_px = markup->height_px;
	image->is_template = markup->is_template;
	if (markup->title.length_bytes > 0)
		image->title = arena_string_n(&body->found->arena, markup->title.data,
					      markup->title.length_bytes);
	return true;
}

static void take_comment(void *context, struct slice text)
{
	struct body *body = context;

	disabled_take(&body->disabled, text, (struct slice){body->original, body->length_bytes},
		      (size_t)(text.data - body->original) + text.length_bytes);
}

/* `ranges` are of the body; they become those of the file. */
static void drop(struct body *body, struct found_range *ranges, size_t n_ranges)
{
	for (size_t i = 0; i < n_ranges; i++) {
		ranges[i].start += body->offset;
		ranges[i].end += body->offset;
	}
	found_sort(body->found);
	found_drop(body->found, ranges, n_ranges);
}

/* reStructuredText and AsciiDoc: no templates in them, HTML where they pass it through. */
static void scan_markup(const struct file_scan_context *context, enum file_kind kind,
			const char *text, size_t length_bytes, size_t offset, struct found *found)
{
	CLEANUP(body_release)
	struct body body = {context,          kind,          text, .length_bytes = length_bytes,
			    .offset = offset, .found = found};

	const struct markup_listener listener = {emit_markup, take_comment, &body};

	body.html = alloc_zeroed(length_bytes + 1, 1);
	if (kind == FILE_RST)
		rst_find(text, length_bytes, body.html, &listener);
	else
		asciidoc_find(text, length_bytes, body.html, &listener);
	disabled_finish(&body.disabled, length_bytes);
	scan_html(&body);
	drop(&body, body.disabled.ranges, body.disabled.n_ranges);
}

/* With what Docusaurus reads in another way than Markdown; NULL: there is nothing of it. */
static char *unwrapped(const char *text, size_t length_bytes)
{
	static const char mark[] = "mdx-code-block";
	char *copy = NULL;

	if (memmem(text, length_bytes, mark, sizeof mark - 1)) {
		copy = alloc_string_n(text, length_bytes);
		mdx_code_unwrap(copy, length_bytes);
	}
	return copy;
}

static void scan_body(const struct file_scan_context *context, enum file_kind kind,
		      const char *file_text, size_t length_bytes, size_t offset,
		      struct found *found)
{
	bool is_docusaurus = site_may_be_docusaurus(context->site, kind);
	CLEANUP(cleanup_free)
	char *copy = is_docusaurus ? unwrapped(file_text, length_bytes) : NULL;
	const char *text = copy ? copy : file_text;
	CLEANUP(body_release)
	struct body body = {context,
			    kind,
			    text,
			    alloc_string_n(text, length_bytes),
			    .length_bytes = length_bytes,
			    .offset = offset,
			    .imports = {.site = context->site},
			    .found = found};

	if (kind == FILE_MARKDOWN && is_docusaurus && mdx_is_likely(text, length_bytes))
		body.kind = kind = FILE_MDX;
	template_mask(body.masked, text, length_bytes, site_templates(context->site, kind),
		      &body.tags);
	if (body.tags.count == 0 && site_markdown(context->site, kind) != MARKDOWN_MYST &&
	    !image_hint_is_in((struct slice){body.masked, length_bytes}, context->lazy_attributes))
		return;
	if (kind == FILE_MARKDOWN || kind == FILE_MDX) {
		body.html = alloc_zeroed(length_bytes + 1, 1);
		scan_markdown(&body);
	} else {
		body.html = alloc_string_n(body.masked, length_bytes);
	}
	scan_html(&body);
	disabled_finish(&body.disabled, length_bytes);
	scan_tags(&body);
	/* A comment that an HTML block begins may end behind Markdown, a template, raw text too. */
	drop(&body, body.disabled.hidden, body.disabled.n_hidden);
	drop(&body, body.disabled.ranges, body.disabled.n_ranges);
}

static bool emit_css(void *context, const struct html_image *css)
{
	struct body *body = context;

	return add(body, IMAGE_REF_CSS, css->offset, css->written.length_bytes, css->url) != NULL;
}

static void scan_css(const struct file_scan_context *context, const char *text, size_t length_bytes,
		     size_t offset, struct found *found)
{
	struct body body = {context,          FILE_CSS,      text, .length_bytes = length_bytes,
			    .offset = offset, .found = found};

	css_images_find(text, length_bytes, false, emit_css, &body);
}

static int parse_data(enum file_kind kind, const char *text, size_t length_bytes, size_t offset,
		      struct data_tree **ret_tree, struct data_error *ret_error)
{
	switch (kind) {
	case FILE_JSON:
		return json_walk_parse(text, length_bytes, offset, ret_tree, ret_error);
	case FILE_TOML:
		return toml_walk_parse(text, length_bytes, offset, ret_tree, ret_error);
	case FILE_CSV:
	case FILE_TSV:
		return csv_walk_parse(text, length_bytes, offset, kind == FILE_CSV ? ',' : '\t',
				      ret_tree, ret_error);
	default:
		return yaml_walk_parse(text, length_bytes, offset, ret_tree, ret_error);
	}
}

/* A report that somebody put among the data, for a template: its images are those of the run that
 * wrote it, and would never go from the next ones. */
static bool is_of_picdesk(const struct data_node *root)
{
	const struct data_node *schema = data_node_get(root, "schema");

	return schema && schema->kind == DATA_SCALAR && slice_starts_with(schema->text, "picdesk/");
}

static void scan_data(const struct file_scan_context *context, enum file_kind kind,
		      const char *text, size_t length_bytes, struct found *found)
{
	CLEANUP(data_tree_free_pointer) struct data_tree *tree = NULL;
	size_t offset = length_bytes >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	const struct data_node *root;
	struct data_error error;

	if (slice_trim((struct slice){text + offset, length_bytes - offset}).length_bytes == 0)
		return;
	if (parse_data(kind, text + offset, length_bytes - offset, offset, &tree, &error) != 0) {
		found_problem(found, error.is_limit ? SCAN_LIMIT : SCAN_BAD_DATA, error.offset,
			      "%s%s", error.message,
			      error.is_limit ? ": the file is not looked at" : "");
		return;
	}
	root = data_tree_root(tree, 0);
	found->is_silenced = says_no_picdesk(root) || is_of_picdesk(root);
	find_in_data(context, tree, text, length_bytes, IMAGE_REF_DATA,
		     kind == FILE_CSV || kind == FILE_TSV, found);
}

void file_scan(const struct file_scan_context *context, enum file_kind kind, const char *text,
	       size_t length_bytes, bool is_cut, struct found *ret_found)
{
	size_t body;

	if (!is_text(text, length_bytes, ret_found))
		return;
	if (is_cut)
		found_problem(ret_found, SCAN_LIMIT, FOUND_NO_OFFSET,
			      "the file is longer than 16 MiB: %s",
			      file_kind_is_data(kind) ? "it is not looked at"
						      : "the rest is not looked at");
	if (file_kind_is_data(kind)) {
		if (!is_cut)
			scan_data(context, kind, text, length_bytes, ret_found);
		found_sort(ret_found);
		return;
	}
	body = scan_front_matter(context, kind, text, length_bytes, ret_found);
	if (ret_found->is_silenced)
		return;
	if (kind == FILE_CSS)
		scan_css(context, text + body, length_bytes - body, body, ret_found);
	else if (is_markup(kind))
		scan_markup(context, kind, text + body, length_bytes - body, body, ret_found);
	else
		scan_body(context, kind, text + body, length_bytes - body, body, ret_found);
	found_sort(ret_found);
}
