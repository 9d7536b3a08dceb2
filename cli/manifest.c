#include "manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "beneath.h"
#include "cleanup.h"
#include "data_tree.h"
#include "file.h"
#include "file_update.h"
#include "json_out.h"
#include "manifest_keys.h"
#include "map.h"
#include "tmpfile.h"
#include "utf8.h"

#define MOST_EARLIER_BYTES (256u << 20)
#define PIECE_BYTES 65536

/* An entry is an image of this run, or one of the earlier manifest. */
struct entry {
	const char *key;
	char *own_key; /* the same, when it is nobody else's; or NULL */
	const struct asset *asset;
	const struct data_node *earlier;
};

struct entries {
	struct entry *items;
	size_t count, capacity;
	struct map *by_key;
	bool are_read_as_yaml;
	struct map *left_out; /* by key */
};

/* --- what YAML reads -----------------------------------------------------------------------------
 */

/* libyaml's limit for a key, with its quotes, as it stands in the file. */
#define YAML_KEY_CHARACTERS 1024
#define LONGEST_ESCAPE 6

static bool is_yaml_text(const char *text)
{
	return utf8_is_valid(text, strlen(text));
}

static bool is_yaml_key(const char *key)
{
	CLEANUP(buf_release) struct buf written = BUF_INIT(BUF_UNLIMITED);
	struct json_out out;

	if (!is_yaml_text(key))
		return false;
	if (strlen(key) <= (YAML_KEY_CHARACTERS - 2) / LONGEST_ESCAPE)
		return true;
	json_out_init(&out, &written, false);
	json_string(&out, key);
	return utf8_count(buf_string(&written), written.length_bytes) <= YAML_KEY_CHARACTERS;
}

/* One entry that is not kills the whole build: Jekyll reads no part of such a file. */
static bool is_yaml(const struct entry *entry)
{
	const struct data_node *url = entry->earlier ? data_node_get(entry->earlier, "url") : NULL;

	return is_yaml_key(entry->key) && (!entry->asset || is_yaml_text(entry->asset->url)) &&
	       (!url || url->kind != DATA_SCALAR || is_yaml_text(url->text.data));
}

/* --- entries -------------------------------------------------------------------------------------
 */

/* The first of a key counts. */
static void entries_add(struct entries *entries, const struct entry *entry)
{
	bool is_left_out = entries->are_read_as_yaml && !is_yaml(entry);

	if (is_left_out)
		map_put_string(entries->left_out, entry->key, entries);
	if (is_left_out || map_get_string(entries->by_key, entry->key)) {
		free(entry->own_key);
		return;
	}
	ALLOC_GROW(entries->items, entries->count, entries->capacity);
	entries->items[entries->count++] = *entry;
	map_put_borrowed(entries->by_key, entry->key, entries);
}

static void entries_release(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		free(entries->items[i].own_key);
	free(entries->items);
	map_free(entries->by_key);
	map_free(entries->left_out);
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* --- keys ---------------------------------------------------------------------------------------
 */

static bool is_listed(const struct asset *asset)
{
	return (asset->status == ASSET_OK || asset->status == ASSET_STALE) && asset->has_object;
}

static void add_images(struct entries *entries, const struct report *report,
		       struct manifest_keys *keys)
{
	for (size_t i = 0; i < report->n_images; i++) {
		const struct asset *asset = report->images[i];

		for (size_t k = 0; k < asset->n_refs && is_listed(asset); k++) {
			const struct asset_ref *ref = &asset->refs[k];
			struct entry entry = {.key = ref->written, .asset = asset};

			if (manifest_keys_has_file(keys, asset, ref))
				entry.key = entry.own_key =
					alloc_printf("%s:%s", ref->file, ref->written);
			entries_add(entries, &entry);
		}
	}
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void write_size(struct json_out *out, int width_px, int height_px)
{
	json_member_int(out, "width", width_px);
	json_member_int(out, "height", height_px);
}

/* May stand in a URL's path as it is. */
static bool is_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '/' && c <= ';') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("-._~!$&'()*+=@", c));
}

/* As a URL: a srcset ends an address at white space, and a list item at a comma. */
static void append_escaped(struct buf *text, const char *part, bool is_url)
{
	while (*part) {
		size_t n = 0;

		while (is_safe(part[n]) || (is_url && part[n] == '%'))
			n++;
		buf_append(text, part, n);
		part += n;
		if (*part)
			buf_printf(text, "%%%02X", (unsigned char)*part++);
	}
}

/* Of one manifest. */
struct writer {
	struct json_out out;
	const struct manifest_options *options;
	struct buf url; /* or a srcset, in the making */
};

/* Where a browser finds a published file: behind the site's own path, without the folder that the
 * generator takes away. */
static void append_url(struct writer *writer, const char *path)
{
	const struct manifest_options *options = writer->options;
	size_t prefix_bytes = strlen(options->path_prefix);

	if (!strncmp(path, options->path_prefix, prefix_bytes))
		path += prefix_bytes;
	append_escaped(&writer->url, options->url_prefix, true);
	append_escaped(&writer->url, path, false);
}

static void write_thumb(struct writer *writer, const struct asset_thumb *thumb)
{
	struct json_out *out = &writer->out;

	buf_clear(&writer->url);
	append_url(writer, thumb->path);
	json_object_begin(out);
	json_member_string(out, "path", thumb->path);
	json_member_string(out, "url", buf_string(&writer->url));
	write_size(out, thumb->width_px, thumb->height_px);
	json_member_string(out, "type", media_type_name(thumb->type));
	json_object_end(out);
}

static void write_thumbs(struct writer *writer, const struct asset *asset)
{
	json_member_object(&writer->out, "thumbs");
	for (size_t i = 0; i < asset->n_thumbs; i++) {
		json_key(&writer->out, asset->thumbs[i].name);
		write_thumb(writer, &asset->thumbs[i]);
	}
	json_object_end(&writer->out);
}

/* A srcset chooses by width alone, so only uncropped thumbnails may stand in it. */
static bool keeps_ratio(const struct asset *asset, const struct asset_thumb *thumb)
{
	int64_t off = llabs((int64_t)thumb->width_px * asset->height_px -
			    (int64_t)thumb->height_px * asset->width_px);

	return off <= asset->width_px || off <= asset->height_px;
}

/* The thumbnail of that type with the least width above `above_px`. */
static const struct asset_thumb *next_wider(const struct asset *asset, enum media_type type,
					    int above_px)
{
	const struct asset_thumb *least = NULL;

	for (size_t i = 0; i < asset->n_thumbs; i++) {
		const struct asset_thumb *thumb = &asset->thumbs[i];

		if (thumb->type == type && thumb->width_px > above_px &&
		    keeps_ratio(asset, thumb) && (!least || thumb->width_px < least->width_px))
			least = thumb;
	}
	return least;
}

static void write_srcset(struct writer *writer, const struct asset *asset, enum media_type type)
{
	struct buf *text = &writer->url;
	const struct asset_thumb *thumb;
	int width_px = 0;

	buf_clear(text);
	while ((thumb = next_wider(asset, type, width_px))) {
		width_px = thumb->width_px;
		if (text->length_bytes)
			buf_append_string(text, ", ");
		append_url(writer, thumb->path);
		buf_append_char(text, ' ');
		buf_append_unsigned(text, (uint64_t)width_px);
		buf_append_char(text, 'w');
	}
	if (text->length_bytes)
		json_member_string(&writer->out, strchr(media_type_name(type), '/') + 1,
				   buf_string(text));
}

static void write_image(struct writer *writer, const struct asset *asset)
{
	struct json_out *out = &writer->out;
	char hash[OBJECT_ID_HEX_BYTES];

	object_id_format(&asset->object, hash);
	json_object_begin(out);
	json_member_string(out, "url", asset->url);
	json_member_string(out, "type", media_type_name(asset->type));
	write_size(out, asset->width_px, asset->height_px);
	json_member_string(out, "hash", hash);
	write_thumbs(writer, asset);
	json_member_object(out, "srcset");
	for (int type = MEDIA_NONE + 1; type < MEDIA_TYPE_COUNT; type++)
		write_srcset(writer, asset, (enum media_type)type);
	json_object_end(out);
	json_object_end(out);
}

/* A part of the earlier manifest, as it was. */
static void write_node(struct json_out *out, const struct data_node *node)
{
	switch (node->kind) {
	case DATA_SCALAR:
		if (node->is_plain)
			json_int(out, strtoll(node->text.data, NULL, 10));
		else
			json_string_n(out, node->text.data, node->text.length_bytes);
		break;
	case DATA_SEQUENCE:
		json_array_begin(out);
		for (size_t i = 0; i < node->count; i++)
			write_node(out, node->items[i]);
		json_array_end(out);
		break;
	case DATA_MAPPING:
		json_object_begin(out);
		for (size_t i = 0; i < node->count; i++) {
			json_key(out, node->keys[i]->text.data);
			write_node(out, node->items[i]);
		}
		json_object_end(out);
		break;
	}
}

static int write_piece(struct buf *text, size_t least_bytes, struct file_update *update,
		       struct fault *fault)
{
	int error = 0;

	if (text->length_bytes >= least_bytes)
		error = file_update_write(update, text->data, text->length_bytes, fault);
	if (text->length_bytes >= least_bytes)
		buf_clear(text);
	return error;
}

static void writer_release(struct writer *writer)
{
	buf_release(&writer->url);
}

static int write_entries(const struct entries *entries, const struct manifest_options *options,
			 struct file_update *update, struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(writer_release)
	struct writer writer = {.options = options, .url = BUF_INIT(1u << 20)};
	struct json_out *out = &writer.out;
	int error = 0;

	json_out_init(out, &text, true);
	json_object_begin(out);
	json_member_string(out, "schema", "picdesk/manifest/1");
	json_member_object(out, "images");
	for (size_t i = 0; i < entries->count && !error; i++) {
		json_key(out, entries->items[i].key);
		if (entries->items[i].asset)
			write_image(&writer, entries->items[i].asset);
		else
			write_node(out, entries->items[i].earlier);
		error = write_piece(&text, PIECE_BYTES, update, fault);
	}
	json_object_end(out);
	json_object_end(out);
	buf_append_char(&text, '\n');
	return error ? error : write_piece(&text, 0, update, fault);
}

/* --- the file -----------------------------------------------------------------------------------
 */

static int parse_earlier(const char *path, const struct buf *text, struct data_tree **ret_tree,
			 struct fault *fault)
{
	const char *why = "it is no manifest of picdesk";
	struct data_error error;
	struct data_tree *tree;
	const struct data_node *schema;

	if (json_walk_parse_ours(text->data, text->length_bytes, &tree, &error) < 0)
		return fault_raise(fault, -EINVAL,
				   "%s: %s (%s): not overwritten; move it away or set `manifest:`",
				   path, why, error.message);
	schema = data_node_get(data_tree_root(tree, 0), "schema");
	if (!schema || schema->kind != DATA_SCALAR ||
	    !slice_equals(schema->text, "picdesk/manifest/1")) {
		data_tree_free(tree);
		return fault_raise(fault, -EINVAL,
				   "%s: %s: not overwritten; move it away or set `manifest:`", path,
				   why);
	}
	*ret_tree = tree;
	return 0;
}

static void add_earlier(struct entries *entries, const struct data_node *images)
{
	for (size_t i = 0; i < images->count; i++)
		entries_add(entries, &(struct entry){.key = images->keys[i]->text.data,
						     .earlier = images->items[i]});
}

DEFINE_CLEANUP_POINTER(struct data_tree, data_tree_free)

/* What begins like ours is ours. */
static bool begins_as_ours(int folder_fd, const char *name)
{
	CLEANUP(cleanup_close) int fd = file_open(folder_fd, name);
	char start[sizeof MANIFEST_HEADING - 1];

	return fd >= 0 && read(fd, start, sizeof start) == sizeof start &&
	       !memcmp(start, MANIFEST_HEADING, sizeof start);
}

bool manifest_is_ours(int root_fd, const char *path)
{
	const char *name;
	CLEANUP(cleanup_close) int folder_fd = beneath_open_parent(root_fd, path, &name);

	return folder_fd >= 0 && begins_as_ours(folder_fd, name);
}

/* The earlier one; NULL when there is none, or an empty file. */
static int read_earlier(int folder_fd, const char *name, const char *path,
			struct data_tree **ret_tree, struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MOST_EARLIER_BYTES);
	int error = file_read(folder_fd, name, &text);

	*ret_tree = NULL;
	if (error && error != -ENOENT)
		return fault_raise(fault, error, "%s: read: %s", path, file_error_text(error));
	return text.length_bytes ? parse_earlier(path, &text, ret_tree, fault) : 0;
}

/* Of one that is replaced only whether it is a manifest is asked. */
static int check_replaced(const struct file_update *update, const char *path, struct fault *fault)
{
	CLEANUP(data_tree_free_pointer) struct data_tree *tree = NULL;

	if (!file_update_is_change(update) || begins_as_ours(update->dir_fd, update->name))
		return 0;
	return read_earlier(update->dir_fd, update->name, path, &tree, fault);
}

/* The earlier manifest is read only where something of it is kept, or where it does not look like
 * ours. */
static int write_update(const struct report *report, const struct manifest_options *options,
			struct file_update *update, struct manifest_result *ret_result,
			struct fault *fault)
{
	CLEANUP(data_tree_free_pointer) struct data_tree *tree = NULL;
	CLEANUP(entries_release)
	struct entries entries = {.by_key = map_new(),
				  .left_out = map_new(),
				  .are_read_as_yaml = options->is_read_as_yaml};
	const struct data_node *images;
	struct manifest_keys *keys;
	int error = 0;

	if (options->keeps_others)
		error = read_earlier(update->dir_fd, update->name, options->path, &tree, fault);
	if (error)
		return error;
	images = tree ? data_node_get(data_tree_root(tree, 0), "images") : NULL;
	keys = manifest_keys_new(report, images, options->root_fd);
	add_images(&entries, report, keys);
	if (images && images->kind == DATA_MAPPING)
		add_earlier(&entries, images);
	manifest_keys_free(keys);
	if (entries.count)
		qsort(entries.items, entries.count, sizeof *entries.items, compare_entries);
	error = write_entries(&entries, options, update, fault);
	if (!error)
		error = check_replaced(update, options->path, fault);
	ret_result->left_out = map_count(entries.left_out);
	return error ? error : file_update_end(update, &ret_result->is_changed, fault);
}

int manifest_write(const struct report *report, const struct manifest_options *options,
		   struct manifest_result *ret_result, struct fault *fault)
{
	CLEANUP(cleanup_free) char *folder = alloc_string(options->path);
	CLEANUP(cleanup_close) int folder_fd = -1;
	struct file_update update;
	char *slash = strrchr(folder, '/');
	const char *name = slash ? options->path + (slash - folder) + 1 : options->path;
	int error;

	if (slash)
		*slash = '\0';
	error = beneath_make(options->root_fd, slash ? folder : ".", &folder_fd, fault);
	if (error)
		return error;
	tmpfile_sweep(folder_fd);
	error = file_update_begin(&update, folder_fd, slash ? folder : ".", name);
	if (error)
		return fault_raise(fault, error, "%s: read: %s", options->path,
				   file_error_text(error));
	error = write_update(report, options, &update, ret_result, fault);
	file_update_release(&update);
	return error;
}
