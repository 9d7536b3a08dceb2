#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "human.h"
#include "run.h"
#include "url.h"

/* Indented "name  value" lines. */
static void line(struct buf *text, const char *name, const char *value)
{
	buf_printf(text, "  %-14s", name);
	human_text(text, value);
	buf_append_char(text, '\n');
}

static void line_time(struct buf *text, const char *name, int64_t wall_s)
{
	char value[CLOCK_RFC3339_BYTES];

	if (!wall_s)
		return;
	clock_format(wall_s, value);
	line(text, name, value);
}

static void line_age(struct buf *text, const char *name, int64_t seconds)
{
	CLEANUP(buf_release) struct buf value = BUF_INIT(64);

	human_age(&value, seconds);
	line(text, name, buf_string(&value));
}

static const char *state_word(enum cache_state state)
{
	switch (state) {
	case CACHE_FRESH:
		return "fresh: used without asking";
	case CACHE_STALE:
		return "stale: asked about before use";
	case CACHE_NEGATIVE:
		return "failing: not asked again for now";
	default:
		return "not stored";
	}
}

static bool show_thumb(void *context, const char *key, const struct cache_thumb *thumb)
{
	CLEANUP(buf_release) struct buf value = BUF_INIT(1024);
	const char *spec = strchr(key, '|');
	const char *end = spec ? strchr(spec + 1, '|') : NULL;
	char path[CACHE_OBJECT_PATH_BYTES];

	cache_object_path(&thumb->object, path);
	if (spec && end)
		buf_append(&value, spec + 1, (size_t)(end - spec - 1));
	buf_printf(&value, ": %dx%d %s, ", thumb->width_px, thumb->height_px,
		   media_type_name(thumb->type));
	human_bytes(&value, thumb->bytes);
	buf_printf(&value, ", %s", path);
	line(context, "thumbnail", buf_string(&value));
	return true;
}

static int show_object(struct cache *cache, const struct object_id *object, struct buf *text,
		       struct fault *fault)
{
	char hash[OBJECT_ID_HEX_BYTES], path[CACHE_OBJECT_PATH_BYTES];
	CLEANUP(cleanup_close) int fd = -1;
	struct cache_facts facts;
	uint64_t bytes = 0;
	int error = cache_open_object(cache, object, &fd, &bytes, fault);

	object_id_format(object, hash);
	cache_object_path(object, path);
	line(text, "hash", hash);
	if (error == -ENOENT) {
		line(text, "object", "not stored here");
		error = 0;
	} else if (!error) {
		CLEANUP(buf_release) struct buf value = BUF_INIT(256);

		buf_printf(&value, "%s, ", path);
		human_bytes(&value, bytes);
		line(text, "object", buf_string(&value));
	}
	if (error)
		return error;
	error = cache_facts(cache, object, &facts, fault);
	if (!error) {
		CLEANUP(buf_release) struct buf value = BUF_INIT(512);

		buf_printf(&value, "%s, %dx%d", media_type_name(facts.type), facts.width_px,
			   facts.height_px);
		if (facts.frames > 1)
			buf_printf(&value, ", %d frames", facts.frames);
		line(text, "image", buf_string(&value));
		if (facts.verdict[0])
			line(text, "verdict", facts.message[0] ? facts.message : facts.verdict);
	}
	if (error && error != -ENOENT)
		return error;
	return cache_thumbs_of_object(cache, object, show_thumb, text, fault);
}

static void show_failure(const struct cache_entry *entry, struct buf *text)
{
	CLEANUP(buf_release) struct buf value = BUF_INIT(1024);

	if (entry->failure == CACHE_FAILURE_NONE)
		return;
	buf_printf(&value, "%s: %s", entry->failure_code ? entry->failure_code : "failure",
		   entry->failure_message ? entry->failure_message : "");
	line(text, "failure", buf_string(&value));
	line_time(text, "failing since", entry->first_failure_s);
	line_time(text, "not before", entry->not_before_s);
}

static int show_url(struct cache *cache, const char *url, int64_t now_s, struct buf *text,
		    bool *ret_is_known, struct fault *fault)
{
	const struct cache_policy policy = {.max_age_s = INT64_MAX, .negative_age_s = -1};
	CLEANUP(cache_entry_release) struct cache_entry entry = {0};
	int error = cache_lookup(cache, url, &policy, now_s, &entry, fault);

	if (error)
		return error;
	*ret_is_known = entry.state != CACHE_MISS || entry.failure != CACHE_FAILURE_NONE ||
			entry.has_object;
	if (!*ret_is_known)
		return 0;
	human_text(text, url);
	buf_append_char(text, '\n');
	line(text, "state", state_word(entry.state));
	if (entry.final_url && strcmp(entry.final_url, url))
		line(text, "redirected to", entry.final_url);
	line_time(text, "checked", entry.checked_s);
	line_time(text, "last success", entry.last_success_s);
	if (entry.has_object && entry.state == CACHE_FRESH &&
	    entry.freshness_lifetime_s != INT64_MAX)
		line_age(text, "fresh for", entry.freshness_lifetime_s - entry.current_age_s);
	if (entry.entity_tag)
		line(text, "ETag", entry.entity_tag);
	if (entry.last_modified)
		line(text, "Last-Modified", entry.last_modified);
	show_failure(&entry, text);
	return entry.has_object ? show_object(cache, &entry.object, text, fault) : 0;
}

static bool show_name(void *context, const char *url)
{
	line(context, "URL", url);
	return true;
}

static int show_hash(struct cache *cache, const struct object_id *object, struct buf *text,
		     struct fault *fault)
{
	char hash[OBJECT_ID_HEX_BYTES];
	int error;

	object_id_format(object, hash);
	buf_printf(text, "%s\n", hash);
	error = cache_urls_of_object(cache, object, show_name, text, fault);
	return error ? error : show_object(cache, object, text, fault);
}

/* The request's URL for what an article may have written; NULL when it is none. free() it. */
static char *request_url(const char *written)
{
	struct url url;
	char *text;

	if (url_parse(written, strlen(written), NULL, &url) != URL_OK)
		return NULL;
	text = url_serialize(&url, false);
	url_release(&url);
	return text;
}

static int show(struct cache *cache, const char *subject, struct buf *text, struct fault *fault)
{
	CLEANUP(cleanup_free) char *url = request_url(subject);
	struct object_id object;
	bool is_known = false;
	int error = 0;

	if (object_id_parse(subject, strlen(subject), &object))
		return show_hash(cache, &object, text, fault);
	if (!url)
		return fault_raise(fault, -EINVAL,
				   "%s: neither a URL nor a hash of 32 hex digits; local files are "
				   "not in the cache",
				   subject);
	error = show_url(cache, url, clock_wall_s(), text, &is_known, fault);
	if (!error && !is_known)
		return fault_raise(
			fault, -ENOENT,
			"%s: the cache knows nothing of it (picdesk check or build asks)", url);
	return error;
}

int cmd_show(struct settings *settings, const struct site *site)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 24);
	struct fault fault = {0};
	struct cache *cache = NULL;
	int error = run_look_into_cache(settings, site, &cache, &fault);

	if (!error && !cache)
		error = fault_raise(
			&fault, -ENOENT,
			"there is no cache yet: `picdesk check` or `picdesk build` makes it");
	for (size_t i = 0; i < settings->paths.count && !error; i++) {
		if (i)
			buf_append_char(&text, '\n');
		error = show(cache, settings->paths.items[i], &text, &fault);
	}
	if (!error)
		error = run_write_text(&text, NULL, &fault);
	cache_close(cache, error ? NULL : &fault);
	if (error)
		run_print_fault(&fault);
	return error ? EXIT_RUNTIME : EXIT_ALL_WELL;
}
