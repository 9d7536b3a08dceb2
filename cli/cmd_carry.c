#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "human.h"
#include "json_out.h"
#include "report_output.h"
#include "run.h"

#define STANDARD_INPUT "/dev/stdin"
#define STANDARD_OUTPUT "/dev/stdout"

static void write_json(const struct cache_carry_result *result, const char *verb, struct buf *text)
{
	const struct json_number numbers[] = {
		{"entries", result->entries}, {"thumbs", result->thumbs},
		{"objects", result->objects}, {"bytes", result->bytes},
		{"refused", result->refused},
	};
	struct json_out out;

	json_out_init(&out, text, true);
	json_object_begin(&out);
	json_key(&out, "schema");
	json_string(&out, "picdesk/carry/1");
	json_key(&out, "verb");
	json_string(&out, verb);
	json_numbers(&out, numbers, sizeof numbers / sizeof *numbers);
	json_object_end(&out);
	buf_append_char(text, '\n');
}

static void write_text(const struct cache_carry_result *result, const char *word, struct buf *text)
{
	buf_append_string(text, word);
	human_count(text, result->entries, "URL", "URLs");
	buf_append_string(text, ", ");
	human_count(text, result->thumbs, "thumbnail", "thumbnails");
	buf_append_string(text, ", ");
	human_count(text, result->objects, "object", "objects");
	buf_append_string(text, " of ");
	human_bytes(text, result->bytes);
	if (result->refused)
		buf_printf(text, "; refused %llu that were damaged",
			   (unsigned long long)result->refused);
	buf_append_char(text, '\n');
}

/* "-" is a stream, as in --files-from and --output. */
static const char *path_of(const struct settings *settings, const char *stream)
{
	const char *word = settings->paths.items[0];

	return strcmp(word, "-") != 0 ? word : stream;
}

/* What was carried, where the file itself does not go. */
static int write_result(const struct settings *settings, const char *verb, const struct buf *text,
			struct fault *fault)
{
	bool is_in_the_way =
		verb[0] == 'e' && !strcmp(path_of(settings, STANDARD_OUTPUT), STANDARD_OUTPUT);

	if (!is_in_the_way)
		return run_write_text(text, NULL, fault);
	fputs(buf_string(text), stderr);
	return 0;
}

static int finish(const struct settings *settings, struct cache *cache,
		  const struct cache_carry_result *result, const char *verb, int error,
		  struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 16);

	if (!error)
		error = cache_close(cache, fault);
	else
		cache_close(cache, NULL);
	if (!error && settings->outputs[0].format == FORMAT_JSON)
		write_json(result, verb, &text);
	else if (!error && !settings->quiet)
		write_text(result, verb[0] == 'e' ? "Exported " : "Imported ", &text);
	if (!error)
		error = write_result(settings, verb, &text, fault);
	if (error)
		run_print_fault(fault);
	return error ? EXIT_RUNTIME : EXIT_ALL_WELL;
}

/* Most other verbs take an article there, to look at. */
static int check_place(const char *path, const struct settings *settings, const struct site *site,
		       struct fault *fault)
{
	enum output_obstacle obstacle = report_output_obstacle(path, settings, site);

	if (obstacle == OUTPUT_OBSTACLE_NONE)
		return 0;
	return fault_raise(fault, -EEXIST, "%s: export: %s; name another file for the archive",
			   path, report_output_obstacle_text(obstacle));
}

int cmd_export(struct settings *settings, const struct site *site)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(settings, site);
	const char *path = path_of(settings, STANDARD_OUTPUT);
	struct cache_carry_result result = {0};
	struct fault fault = {0};
	struct cache *cache = NULL;
	int error = run_look_into_cache(settings, site, &cache, &fault);

	if (!error && !cache)
		error = fault_raise(&fault, -ENOENT, "%s: export: there is no cache", directory);
	if (!error)
		error = check_place(path, settings, site, &fault);
	if (!error)
		error = cache_export(cache, path, &result, &fault);
	return finish(settings, cache, &result, "export", error, &fault);
}

int cmd_import(struct settings *settings, const struct site *site)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(settings, site);
	struct cache_carry_result result = {0};
	struct fault fault = {0};
	struct cache *cache = NULL;
	int error = cache_open(directory, &cache, &fault);

	if (!error)
		error = cache_import(cache, path_of(settings, STANDARD_INPUT), &result, &fault);
	return finish(settings, cache, &result, "import", error, &fault);
}
