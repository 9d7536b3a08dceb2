#include "command.h"

#include <stdio.h>

#include "cleanup.h"
#include "human.h"
#include "json_out.h"
#include "run.h"

static void write_json(const struct cache_stats *stats, const char *directory, struct buf *text)
{
	const struct json_number numbers[] = {
		{"entries", stats->entries},
		{"entries_with_object", stats->entries_with_object},
		{"failures", stats->failures},
		{"objects", stats->objects},
		{"object_bytes", stats->object_bytes},
		{"thumbs", stats->thumbs},
		{"thumb_bytes", stats->thumb_bytes},
		{"index_bytes", stats->index_bytes},
	};
	struct json_out out;

	json_out_init(&out, text, true);
	json_object_begin(&out);
	json_key(&out, "schema");
	json_string(&out, "picdesk/stats/1");
	json_key(&out, "cache");
	json_string(&out, directory);
	json_numbers(&out, numbers, sizeof numbers / sizeof *numbers);
	json_object_end(&out);
	buf_append_char(text, '\n');
}

static void write_text(const struct cache_stats *stats, const char *directory, struct buf *text)
{
	buf_append_string(text, "Cache       ");
	human_text(text, directory);
	buf_printf(text, "\nURLs        %s (%s with an image, %s failing)\nObjects     %s, ",
		   HUMAN_NUMBER(stats->entries), HUMAN_NUMBER(stats->entries_with_object),
		   HUMAN_NUMBER(stats->failures), HUMAN_NUMBER(stats->objects));
	human_bytes(text, stats->object_bytes);
	buf_printf(text, "\nThumbnails  %s of them, ", HUMAN_NUMBER(stats->thumbs));
	human_bytes(text, stats->thumb_bytes);
	buf_append_string(text, "\nIndex       ");
	human_bytes(text, stats->index_bytes);
	buf_append_char(text, '\n');
}

int cmd_stats(struct settings *settings, const struct site *site)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(settings, site);
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 16);
	struct fault fault = {0};
	struct cache *cache = NULL;
	struct cache_stats stats = {0};
	int error = run_look_into_cache(settings, site, &cache, &fault);

	if (!error && cache)
		error = cache_statistics(cache, &stats, &fault);
	if (!error) {
		if (settings->outputs[0].format == FORMAT_JSON)
			write_json(&stats, directory, &text);
		else
			write_text(&stats, directory, &text);
		error = run_write_text(&text, NULL, &fault);
	}
	cache_close(cache, error ? NULL : &fault);
	if (error)
		run_print_fault(&fault);
	return error ? EXIT_RUNTIME : EXIT_ALL_WELL;
}
