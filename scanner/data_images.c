#include "data_images.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_html.h"
#include "data_written.h"
#include "html_images.h"
#include "html_role.h"
#include "map.h"

DEFINE_CLEANUP_POINTER(struct map, map_free)

/* Data paths longer than this are cut: a hostile key at each of 64 levels would make them huge. */
#define PATH_MAX_BYTES 512
/* Aliases can nest deeper than the document itself. */
#define VISIT_MAX_DEPTH (2 * DATA_TREE_MAX_DEPTH)

struct data_images {
	const struct data_images_options *options;
	enum image_ref_kind kind;
	struct found *found;
	unsigned char *visited; /* a node's id -> VISITED_ bits */
	unsigned depth;
	struct buf path;
	struct buf decoded;
};

enum {
	VISITED_PLAIN = 1,
	VISITED_IMAGE = 2, /* right under an image key */
};

/* The last two name one image for each of the page's colour schemes. */
static const char *const url_keys[] = {"url", "src", "path", "image_path", "file", "light", "dark"};

static void data_images_release(struct data_images *walk)
{
	free(walk->visited);
	buf_release(&walk->path);
	buf_release(&walk->decoded);
}

static void path_cut(struct data_images *walk, size_t length_bytes)
{
	walk->path.length_bytes = length_bytes;
	if (walk->path.data)
		walk->path.data[length_bytes] = '\0';
}

static void path_add_key(struct data_images *walk, struct slice key)
{
	if (walk->path.length_bytes > 0)
		buf_append_char(&walk->path, '.');
	buf_append(&walk->path, key.data, key.length_bytes);
}

/* "1200", "1200px", 1200.0; 0 for anything else, so for "100%". */
static int declared_px(const struct data_node *mapping, const char *key)
{
	const struct data_node *node = data_node_get(mapping, key);
	struct slice text;
	long value = 0;
	size_t i = 0;

	if (!node || node->kind != DATA_SCALAR)
		return 0;
	text = slice_trim(node->text);
	for (; i < text.length_bytes && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
		value = value * 10 + (text.data[i] - '0');
		if (value > INT_MAX)
			return 0;
	}
	text = (struct slice){text.data + i, text.length_bytes - i};
	if (i == 0 || !(text.length_bytes == 0 || slice_equals_nocase(text, "px") ||
			slice_equals(text, ".0")))
		return 0;
	return (int)value;
}

static const char *declared_title(struct arena *arena, const struct data_node *mapping)
{
	static const char *const names[] = {"title", "alt"};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		const struct data_node *node = data_node_get(mapping, names[i]);

		if (node && node->kind == DATA_SCALAR && node->text.length_bytes > 0)
			return arena_string_n(arena, node->text.data, node->text.length_bytes);
	}
	return NULL;
}

/* What a mapping says of the images in it. */
struct declared {
	int width_px, height_px;
	const char *title;
};

/* Once for all of them: it looks through all keys. */
static struct declared declared_by(struct data_images *walk, const struct data_node *mapping)
{
	return (struct declared){
		declared_px(mapping, "width"),
		declared_px(mapping, "height"),
		declared_title(&walk->found->arena, mapping),
	};
}

/* `declared` NULL: nothing is. */
static void add(struct data_images *walk, const struct data_node *node,
		const struct declared *declared)
{
	struct slice text = slice_trim(node->text);
	struct found_image *image;

	if (memchr(text.data, '\0', text.length_bytes))
		return;
	buf_clear(&walk->decoded);
	html_decode_references(text.data, text.length_bytes, &walk->decoded);
	image = found_add(walk->found, walk->kind, data_written_start(node, walk->options->source),
			  text, buf_string(&walk->decoded));
	if (!image)
		return;
	image->data_path = arena_string_n(&walk->found->arena, buf_string(&walk->path),
					  walk->path.length_bytes);
	image->is_template = memmem(text.data, text.length_bytes, "{{", 2) ||
			     memmem(text.data, text.length_bytes, "{%", 2);
	if (!declared)
		return;
	image->width_px = declared->width_px;
	image->height_px = declared->height_px;
	image->title = declared->title;
}

static bool is_set(const struct data_node *mapping, const char *key)
{
	const struct data_node *node = data_node_get(mapping, key);

	return node && node->kind == DATA_SCALAR && node->text.length_bytes > 0;
}

/* `{image: x.png, url: /page}` under an image key. */
static bool has_image_of_its_own(const struct data_images *walk, const struct data_node *mapping)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (mapping->items[i]->kind == DATA_SCALAR &&
		    image_keys_have(walk->options->keys, (struct slice){"", 0},
				    mapping->keys[i]->text) &&
		    image_value_is_likely(mapping->items[i]->text))
			return true;
	return false;
}

static bool is_scheme_key(const char *key)
{
	return !strcmp(key, "light") || !strcmp(key, "dark");
}

/* Beside another source, a `url` is often where a click goes: then it must look like an image. So
 * must what a colour scheme has, which may be a colour. */
static void add_mapping(struct data_images *walk, const struct data_node *mapping,
			const struct declared *declared)
{
	bool has_source = is_set(mapping, "src") || is_set(mapping, "image_path") ||
			  has_image_of_its_own(walk, mapping);
	size_t length_bytes = walk->path.length_bytes;

	for (size_t i = 0; i < ARRAY_LENGTH(url_keys); i++) {
		const struct data_node *node = data_node_get(mapping, url_keys[i]);
		bool is_source = !strcmp(url_keys[i], "src") || !strcmp(url_keys[i], "image_path");

		if (!node || node->kind != DATA_SCALAR || !image_value_is_possible(node->text))
			continue;
		if (((has_source && !is_source) || is_scheme_key(url_keys[i])) &&
		    !image_value_has_extension(slice_trim(node->text)))
			continue;
		path_add_key(walk, slice_of(url_keys[i]));
		add(walk, node, declared);
		path_cut(walk, length_bytes);
	}
}

static struct slice text_under(const struct data_node *mapping, const char *key)
{
	const struct data_node *node = data_node_get(mapping, key);

	return node && node->kind == DATA_SCALAR ? slice_trim(node->text) : (struct slice){"", 0};
}

/* The key of the image that a mapping holds by what else is in it; NULL: none. So VitePress and
 * Starlight have elements of the page's head: {property: og:image, content: x.png}. */
static const char *key_of_head_image(const struct data_node *mapping)
{
	if (html_property_is_image(text_under(mapping, "property")) ||
	    html_property_is_image(text_under(mapping, "name")))
		return "content";
	return html_rel_is_image(text_under(mapping, "rel")) ? "href" : NULL;
}

/* Hugo's {one,two}.png and [ab].png; no image is called *.png anywhere. */
static bool is_pattern(struct slice value)
{
	return memchr(value.data, '{', value.length_bytes) ||
	       memchr(value.data, '[', value.length_bytes);
}

/* A file of a page's bundle in Hugo, {src: cover.png, name: cover}: images and others. */
static const char *key_of_resource(struct slice parent, const struct data_node *mapping)
{
	struct slice source = text_under(mapping, "src");

	return slice_equals(parent, "resources") && image_value_has_extension(source) &&
			       !is_pattern(source)
		       ? "src"
		       : NULL;
}

static void add_under(struct data_images *walk, const struct data_node *mapping, const char *key)
{
	const struct data_node *node = key ? data_node_get(mapping, key) : NULL;
	size_t length_bytes = walk->path.length_bytes;

	if (!node || node->kind != DATA_SCALAR || !image_value_is_likely(node->text))
		return;
	path_add_key(walk, slice_of(key));
	add(walk, node, NULL);
	path_cut(walk, length_bytes);
}

/* What a node is to its parent. `declared`: of an image by the mapping that it is in, or NULL. */
struct place {
	struct slice key;
	bool is_image;
	const struct declared *declared;
};

/* What a site shows as text, tags and all: `title: The <img src> attribute`. */
static bool is_text_key(struct slice key)
{
	static const char *const names[] = {"title", "subtitle", "headline", "name",
					    "alt",   "label",    "subject"};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (slice_equals_nocase(key, names[i]))
			return true;
	return false;
}

/* A background may be a colour or a class as well, "bg-black/50". */
static bool is_image_value(struct slice key, struct slice value)
{
	if (!image_value_is_likely(value))
		return false;
	return !slice_equals_nocase(key, "background") ||
	       image_value_has_extension(slice_trim(value)) ||
	       memmem(value.data, value.length_bytes, "//", 2) ||
	       memmem(value.data, value.length_bytes, "{{", 2);
}

static void visit(struct data_images *walk, const struct data_node *node, struct place place);

/* Mappings of more keys have a table of them. */
#define FEW_KEYS 32

/* Of equal keys the last one counts; columns of CSV are not keys, and lists as keys are all "". */
static bool is_overridden(const struct data_node *mapping, size_t i, const struct map *last)
{
	struct slice key = mapping->keys[i]->text;

	if (key.length_bytes == 0)
		return false;
	if (last)
		return map_get(last, key.data, key.length_bytes) != mapping->keys[i];
	for (size_t k = i + 1; k < mapping->count; k++) {
		struct slice other = mapping->keys[k]->text;

		if (other.length_bytes == key.length_bytes &&
		    !memcmp(other.data, key.data, key.length_bytes))
			return true;
	}
	return false;
}

static struct map *last_of_each_key(const struct data_node *mapping)
{
	struct map *last = map_new();

	for (size_t i = 0; i < mapping->count; i++)
		map_put(last, mapping->keys[i]->text.data, mapping->keys[i]->text.length_bytes,
			mapping->keys[i]);
	return last;
}

static void visit_children(struct data_images *walk, const struct data_node *node,
			   struct place place, const struct declared *declared)
{
	size_t length_bytes = walk->path.length_bytes;
	bool has_keys = node->kind == DATA_MAPPING && !walk->options->is_table;
	CLEANUP(map_free_pointer)
	struct map *last = has_keys && node->count > FEW_KEYS ? last_of_each_key(node) : NULL;

	for (size_t i = 0; i < node->count && !walk->found->is_full; i++) {
		struct place child = {place.key, place.is_image, NULL};

		if (has_keys && is_overridden(node, i, last))
			continue;
		if (node->kind == DATA_SEQUENCE) {
			buf_printf(&walk->path, "[%zu]", i);
		} else {
			child.key = node->keys[i]->text;
			child.is_image = image_keys_have(walk->options->keys, place.key, child.key);
			/* cover: {image: x.png, alt: X}; a page's own title is not its image's. */
			child.declared = declared;
			path_add_key(walk, child.key);
		}
		visit(walk, node->items[i], child);
		path_cut(walk, length_bytes);
	}
}

static void visit(struct data_images *walk, const struct data_node *node, struct place place)
{
	unsigned char bit = place.is_image ? VISITED_IMAGE : VISITED_PLAIN;
	struct declared declared;
	bool is_image;

	if ((walk->visited[node->id] & bit) || walk->depth == VISIT_MAX_DEPTH)
		return;
	walk->visited[node->id] |= bit;
	if (node->kind == DATA_SCALAR) {
		if (place.is_image && is_image_value(place.key, node->text))
			add(walk, node, place.declared);
		else if (!is_text_key(place.key) && data_html_is_likely(place.key, node))
			data_html_find(node, walk->options->source, walk->options->lazy_attributes,
				       walk->kind, buf_string(&walk->path), walk->found);
		return;
	}
	is_image = node->kind == DATA_MAPPING && place.is_image;
	if (is_image) {
		declared = declared_by(walk, node);
		add_mapping(walk, node, &declared);
	} else if (node->kind == DATA_MAPPING) {
		add_under(walk, node, key_of_head_image(node));
		add_under(walk, node, key_of_resource(place.key, node));
	}
	walk->depth++;
	visit_children(walk, node, place, is_image ? &declared : NULL);
	walk->depth--;
}

void data_images_find(const struct data_tree *tree, const struct data_images_options *options,
		      enum image_ref_kind kind, struct found *found)
{
	CLEANUP(data_images_release)
	struct data_images walk = {
		.options = options,
		.kind = kind,
		.found = found,
		.visited = alloc_zeroed(data_tree_nodes(tree), 1),
		.path = BUF_INIT(PATH_MAX_BYTES),
		.decoded = BUF_INIT(BUF_UNLIMITED),
	};

	for (size_t i = 0; i < data_tree_documents(tree); i++)
		visit(&walk, data_tree_root(tree, i), (struct place){{"", 0}, false, NULL});
}
