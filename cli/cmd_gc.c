#include "command.h"

#include <stdio.h>

#include "cleanup.h"
#include "clock.h"
#include "human.h"
#include "json_out.h"
#include "run.h"

static void write_json(const struct cache_gc_result *result, bool is_dry_run, const char *directory,
		       struct buf *text)
{
	const struct json_number numbers[] = {
		{"entries", result->entries},           {"thumbs", result->thumbs},
		{"objects", result->objects},           {"bytes", result->bytes},
		{"entries_left", result->entries_left}, {"bytes_left", result->bytes_left},
	};
	struct json_out out;

	json_out_init(&out, text, true);
	json_object_begin(&out);
	json_key(&out, "schema");
	json_string(&out, "picdesk/gc/1");
	json_key(&out, "cache");
	json_string(&out, directory);
	json_key(&out, "dry_run");
	json_bool(&out, is_dry_run);
	json_numbers(&out, numbers, sizeof numbers / sizeof *numbers);
	json_object_end(&out);
	buf_append_char(text, '\n');
}

static void write_text(const struct cache_gc_result *result, bool is_dry_run, struct buf *text)
{
	buf_append_string(text, is_dry_run ? "Would remove  " : "Removed  ");
	human_count(text, result->entries, "URL", "URLs");
	buf_append_string(text, ", ");
	human_count(text, result->thumbs, "thumbnail", "thumbnails");
	buf_append_string(text, ", ");
	human_count(text, result->objects, "object", "objects");
	buf_append_string(text, " of ");
	human_bytes(text, result->bytes);
	buf_append_string(text, is_dry_run ? "\nWould leave   " : "\nLeft     ");
	human_count(text, result->entries_left, "URL", "URLs");
	buf_append_string(text, ", objects of ");
	human_bytes(text, result->bytes_left);
	buf_append_char(text, '\n');
}

int cmd_gc(struct settings *settings, const struct site *site)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(settings, site);
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 16);
	struct fault fault = {0};
	struct cache *cache = NULL;
	struct cache_gc_result result = {0};
	struct cache_gc_options options = {
		.max_bytes = settings->cache_max_size_bytes == INT64_MAX
				     ? UINT64_MAX
				     : (uint64_t)settings->cache_max_size_bytes,
		.unused_for_s = settings->unused_for_ms == INT64_MAX
					? INT64_MAX
					: settings->unused_for_ms / 1000,
		.gone = settings->gone,
		.other_renderers = true,
		.dry_run = settings->dry_run,
		.now_s = clock_wall_s(),
	};
	int error = run_open_existing_cache(settings, site, &cache, &fault);

	if (!error && cache)
		error = cache_gc(cache, &options, &result, &fault);
	if (!error && settings->outputs[0].format == FORMAT_JSON)
		write_json(&result, settings->dry_run, directory, &text);
	else if (!error && !settings->quiet)
		write_text(&result, settings->dry_run, &text);
	if (!error)
		error = run_write_text(&text, NULL, &fault);
	if (!error)
		error = cache_close(cache, &fault);
	else
		cache_close(cache, NULL);
	if (error)
		run_print_fault(&fault);
	return error ? EXIT_RUNTIME : EXIT_ALL_WELL;
}
