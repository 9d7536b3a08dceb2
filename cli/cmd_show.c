#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ages.h"
#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include "human.h"
#include "json_out.h"
#include "run.h"
#include "url.h"

#define MOST_FILE_BYTES ((size_t)1 << 30)

/* One image, as lines for people or as a JSON object. */
struct show {
	struct cache *cache;
	const struct settings *settings;
	const struct site *site;
	bool is_json, is_local;
	bool is_known; /* of a hash: a URL, bytes or a verdict */
	struct buf text;
	struct json_out json;
};

/* --- facts, one after the other -----------------------------------------------------------------
 */

/* An indented "name  value"; the key is that of JSON. A NULL name or key leaves that form out. */
static void put(struct show *show, const char *name, const char *key, const char *value)
{
	if (show->is_json && key) {
		json_key(&show->json, key);
		json_string(&show->json, value);
	} else if (!show->is_json && name) {
		buf_printf(&show->text, "  %-14s", name);
		human_text(&show->text, value);
		buf_append_char(&show->text, '\n');
	}
}

static void put_int(struct show *show, const char *key, int64_t value)
{
	if (!show->is_json)
		return;
	json_key(&show->json, key);
	json_int(&show->json, value);
}

static void put_time(struct show *show, const char *name, const char *key, int64_t wall_s)
{
	char value[CLOCK_RFC3339_BYTES];

	if (!wall_s)
		return;
	clock_format(wall_s, value);
	put(show, name, key, value);
}

static void put_age(struct show *show, const char *name, const char *key, int64_t seconds)
{
	CLEANUP(buf_release) struct buf value = BUF_INIT(64);

	human_age(&value, seconds);
	put(show, name, NULL, buf_string(&value));
	put_int(show, key, seconds);
}

static void put_count(struct show *show, const char *name, const char *key, unsigned count)
{
	CLEANUP(buf_release) struct buf value = BUF_INIT(64);

	human_count(&value, count, "in a row", "in a row");
	if (count)
		put(show, name, NULL, buf_string(&value));
	put_int(show, key, count);
}

/* What stands above the lines. */
static void put_subject(struct show *show, const char *key, const char *subject)
{
	put(show, NULL, key, subject);
	if (show->is_json)
		return;
	human_text(&show->text, subject);
	buf_append_char(&show->text, '\n');
}

/* --- bytes --------------------------------------------------------------------------------------
 */

/* Of "hash|spec|renderer" the spec: the key is opaque, but made to be read. */
static void put_spec(struct buf *value, const char *key)
{
	const char *spec = strchr(key, '|');
	const char *end = spec ? strchr(spec + 1, '|') : NULL;

	if (spec && end)
		buf_append(value, spec + 1, (size_t)(end - spec - 1));
}

static bool show_thumb(void *context, const char *key, const struct cache_thumb *thumb)
{
	struct show *show = context;
	CLEANUP(buf_release) struct buf value = BUF_INIT(1024);
	char path[CACHE_OBJECT_PATH_BYTES];

	cache_object_path(&thumb->object, path);
	put_spec(&value, key);
	if (show->is_json) {
		json_object_begin(&show->json);
		put(show, NULL, "spec", buf_string(&value));
		put(show, NULL, "type", media_type_name(thumb->type));
		put_int(show, "width", thumb->width_px);
		put_int(show, "height", thumb->height_px);
		put_int(show, "bytes", (int64_t)thumb->bytes);
		put(show, NULL, "object", path);
		json_object_end(&show->json);
		return true;
	}
	buf_printf(&value, ": %dx%d %s, ", thumb->width_px, thumb->height_px,
		   media_type_name(thumb->type));
	human_bytes(&value, thumb->bytes);
	buf_printf(&value, ", %s", path);
	put(show, "thumbnail", NULL, buf_string(&value));
	return true;
}

static int show_thumbs(struct show *show, const struct object_id *object, struct fault *fault)
{
	int error;

	if (show->is_json) {
		json_key(&show->json, "thumbs");
		json_array_begin(&show->json);
	}
	error = cache_thumbs_of_object(show->cache, object, show_thumb, show, fault);
	if (show->is_json)
		json_array_end(&show->json);
	return error;
}

static void show_facts(struct show *show, const struct cache_facts *facts)
{
	CLEANUP(buf_release) struct buf value = BUF_INIT(512);

	buf_printf(&value, "%s, %dx%d", media_type_name(facts->type), facts->width_px,
		   facts->height_px);
	if (facts->frames > 1)
		buf_printf(&value, ", %d frames", facts->frames);
	put(show, "image", NULL, buf_string(&value));
	put(show, NULL, "type", media_type_name(facts->type));
	put_int(show, "width", facts->width_px);
	put_int(show, "height", facts->height_px);
	put_int(show, "frames", facts->frames);
	if (!facts->verdict[0])
		return;
	put(show, "verdict", NULL, facts->message[0] ? facts->message : facts->verdict);
	put(show, NULL, "verdict", facts->verdict);
	put(show, NULL, "message", facts->message);
}

static int show_place(struct show *show, const struct object_id *object, struct fault *fault)
{
	char path[CACHE_OBJECT_PATH_BYTES];
	CLEANUP(buf_release) struct buf value = BUF_INIT(256);
	CLEANUP(cleanup_close) int fd = -1;
	uint64_t bytes = 0;
	int error = cache_open_object(show->cache, object, &fd, &bytes, fault);

	if (error == -ENOENT) {
		if (!show->is_local)
			put(show, "object", NULL, "not stored here");
		return 0;
	}
	if (error)
		return error;
	show->is_known = true;
	cache_object_path(object, path);
	buf_printf(&value, "%s, ", path);
	human_bytes(&value, bytes);
	put(show, "object", NULL, buf_string(&value));
	put(show, NULL, "object", path);
	put_int(show, "bytes", (int64_t)bytes);
	return 0;
}

static int show_object(struct show *show, const struct object_id *object, struct fault *fault)
{
	char hash[OBJECT_ID_HEX_BYTES];
	struct cache_facts facts;
	int error;

	object_id_format(object, hash);
	put(show, "hash", "hash", hash);
	error = show_place(show, object, fault);
	if (error)
		return error;
	error = cache_facts(show->cache, object, &facts, fault);
	show->is_known = show->is_known || !error;
	if (!error)
		show_facts(show, &facts);
	else if (error != -ENOENT)
		return error;
	return show_thumbs(show, object, fault);
}

/* --- a URL --------------------------------------------------------------------------------------
 */

static void put_state(struct show *show, enum cache_state state)
{
	switch (state) {
	case CACHE_FRESH:
		put(show, "state", NULL, "fresh: used without asking");
		put(show, NULL, "state", "fresh");
		return;
	case CACHE_STALE:
		put(show, "state", NULL, "stale: asked about before use");
		put(show, NULL, "state", "stale");
		return;
	case CACHE_NEGATIVE:
		put(show, "state", NULL, "failing: not asked again for now");
		put(show, NULL, "state", "failing");
		return;
	default:
		put(show, "state", "state", "not stored");
	}
}

static void show_failure(struct show *show, const struct cache_entry *entry)
{
	const char *code = entry->failure_code ? entry->failure_code : "failure";
	const char *message = entry->failure_message ? entry->failure_message : "";
	CLEANUP(buf_release) struct buf value = BUF_INIT(1024);

	if (entry->failure == CACHE_FAILURE_NONE) {
		/* The bytes are no whole image. */
		put_time(show, "failing since", "failing_since", entry->first_failure_s);
		return;
	}
	buf_printf(&value, "%s: %s", code, message);
	put(show, "failure", NULL, buf_string(&value));
	put(show, NULL, "failure", code);
	put(show, NULL, "failure_message", message);
	if (entry->failure_status)
		put_int(show, "failure_status", entry->failure_status);
	put_time(show, "failing since", "failing_since", entry->first_failure_s);
	put_time(show, "last failure", "last_failure", entry->last_failure_s);
	put_count(show, "failures", "failure_streak", entry->failure_streak);
	put_time(show, "not before", "not_before", entry->not_before_s);
}

/* As a 304 may have updated them. */
static void show_fields(struct show *show, const struct http_fields *fields)
{
	if (!fields->count)
		return;
	if (show->is_json) {
		json_key(&show->json, "fields");
		json_array_begin(&show->json);
	}
	for (size_t i = 0; i < fields->count; i++) {
		CLEANUP(cleanup_free)
		char *line = alloc_printf("%s: %s", fields->items[i].name, fields->items[i].value);

		if (show->is_json)
			json_string(&show->json, line);
		else
			put(show, i ? "" : "response", NULL, line);
	}
	if (show->is_json)
		json_array_end(&show->json);
}

static int show_url(struct show *show, const char *url, int64_t now_s, bool *ret_is_known,
		    struct fault *fault)
{
	const struct cache_policy policy = ages_policy(show->settings); /* as `build` asks */
	CLEANUP(cache_entry_release) struct cache_entry entry = {0};
	int error = cache_lookup(show->cache, url, &policy, now_s, &entry, fault);

	if (error)
		return error;
	*ret_is_known = entry.state != CACHE_MISS || entry.failure != CACHE_FAILURE_NONE ||
			entry.has_object;
	if (!*ret_is_known)
		return 0;
	put_subject(show, "url", url);
	put_state(show, entry.state);
	if (entry.final_url && strcmp(entry.final_url, url))
		put(show, entry.is_permanent_redirect ? "moved to" : "redirected to", "final_url",
		    entry.final_url);
	if (entry.status)
		put_int(show, "status", entry.status);
	put_time(show, "checked", "checked", entry.checked_s);
	put_time(show, "last success", "last_success", entry.last_success_s);
	if (entry.has_object && entry.state == CACHE_FRESH &&
	    entry.freshness_lifetime_s != INT64_MAX)
		put_age(show, "fresh for", "fresh_for_s",
			entry.freshness_lifetime_s - entry.current_age_s);
	if (entry.entity_tag)
		put(show, "ETag", "etag", entry.entity_tag);
	if (entry.last_modified)
		put(show, "Last-Modified", "last_modified", entry.last_modified);
	show_fields(show, &entry.fields);
	show_failure(show, &entry);
	return entry.has_object ? show_object(show, &entry.object, fault) : 0;
}

/* --- a hash, a file -----------------------------------------------------------------------------
 */

static bool show_name(void *context, const char *url)
{
	struct show *show = context;

	show->is_known = true;
	if (show->is_json)
		json_string(&show->json, url);
	else
		put(show, "URL", NULL, url);
	return true;
}

static int show_hash(struct show *show, const struct object_id *object, struct fault *fault)
{
	char hash[OBJECT_ID_HEX_BYTES];
	int error;

	object_id_format(object, hash);
	if (!show->is_json)
		put_subject(show, NULL, hash);
	if (show->is_json) {
		json_key(&show->json, "urls");
		json_array_begin(&show->json);
	}
	error = cache_urls_of_object(show->cache, object, show_name, show, fault);
	if (show->is_json)
		json_array_end(&show->json);
	if (!error)
		error = show_object(show, object, fault);
	if (!error && !show->is_known)
		error = fault_raise(fault, -ENOENT, "%s: the cache knows nothing of it", hash);
	return error;
}

/* "/assets/a.png", as reports name the files of the site: the cache knows them by their bytes. */
static int show_file(struct show *show, const char *path, struct fault *fault)
{
	CLEANUP(cleanup_close)
	int root_fd = open(show->site->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(buf_release) struct buf bytes = BUF_INIT(MOST_FILE_BYTES);
	struct object_id object;
	int error;

	if (strstr(path, "/../"))
		return fault_raise(fault, -EINVAL, "%s: it lies outside the site's folder", path);
	error = root_fd < 0 ? -errno : file_read(root_fd, path + 1, &bytes);
	if (error)
		return fault_raise(fault, error, "%s: read the site's file: %s", path,
				   file_error_text(error));
	object = object_id_of(buf_string(&bytes), bytes.length_bytes);
	show->is_local = true;
	put_subject(show, "url", path);
	put(show, "state", NULL, "a file of the site");
	put(show, NULL, "state", "local");
	return show_object(show, &object, fault);
}

/* --- the verb -----------------------------------------------------------------------------------
 */

/* The request's URL for what an article may have written (`//host/x` takes https:); NULL when it is
 * none. free() it. */
static char *request_url(const char *written)
{
	CLEANUP(cleanup_free)
	char *whole = alloc_printf("%s%s", strncmp(written, "//", 2) ? "" : "https:", written);
	struct url url;
	char *text;

	if (url_parse(whole, strlen(whole), NULL, &url) != URL_OK)
		return NULL;
	text = url_serialize(&url, false);
	url_release(&url);
	return text;
}

static int show_subject(struct show *show, const char *subject, struct fault *fault)
{
	CLEANUP(cleanup_free) char *url = request_url(subject);
	struct object_id object;
	bool is_known = false;
	int error;

	if (object_id_parse(subject, strlen(subject), &object))
		return show_hash(show, &object, fault);
	if (subject[0] == '/' && subject[1] && subject[1] != '/')
		return show_file(show, subject, fault);
	if (!url)
		return fault_raise(fault, -EINVAL,
				   "%s: neither a URL, nor a hash of 32 hex digits, nor a file of "
				   "the site (/assets/a.png)",
				   subject);
	error = show_url(show, url, clock_wall_s(), &is_known, fault);
	if (!error && !is_known)
		return fault_raise(
			fault, -ENOENT,
			"%s: the cache knows nothing of it (picdesk check or build asks)", url);
	return error;
}

static int show(struct show *show, const char *subject, struct fault *fault)
{
	int error;

	if (show->is_json) {
		json_out_init(&show->json, &show->text, true);
		json_object_begin(&show->json);
		put(show, NULL, "schema", "picdesk/show/1");
	}
	error = show_subject(show, subject, fault);
	if (show->is_json) {
		json_object_end(&show->json);
		buf_append_char(&show->text, '\n');
	}
	return error ? error : run_write_text(&show->text, NULL, fault);
}

int cmd_show(struct settings *settings, const struct site *site)
{
	struct show one = {
		.settings = settings,
		.site = site,
		.is_json = settings->outputs[0].format == FORMAT_JSON,
		.text = BUF_INIT(BUF_UNLIMITED), /* many URLs may have the same bytes */
	};
	struct fault fault = {0};
	int error = run_look_into_cache(settings, site, &one.cache, &fault);

	if (!error && !one.cache)
		error = fault_raise(
			&fault, -ENOENT,
			"there is no cache yet: `picdesk check` or `picdesk build` makes it");
	if (!error)
		error = show(&one, settings->paths.items[0], &fault);
	cache_close(one.cache, error ? NULL : &fault);
	buf_release(&one.text);
	if (error)
		run_print_fault(&fault);
	return error ? EXIT_RUNTIME : EXIT_ALL_WELL;
}
