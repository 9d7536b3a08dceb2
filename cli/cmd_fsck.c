#include "command.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "human.h"
#include "json_out.h"
#include "run.h"

#define MOST_TEXT_BYTES ((size_t)1 << 30)

struct problem_list {
	struct {
		char *path, *what;
	} * items;
	size_t count, capacity;
};

static void take_problem(void *context, const char *path, const char *what)
{
	struct problem_list *list = context;

	ALLOC_GROW(list->items, list->count, list->capacity);
	list->items[list->count].path = alloc_string(path);
	list->items[list->count++].what = alloc_string(what);
}

static void problem_list_release(struct problem_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].path);
		free(list->items[i].what);
	}
	free(list->items);
}

static bool is_damaged(const struct cache_fsck_result *result)
{
	return result->damaged || result->missing || result->junk || result->missing_records ||
	       result->index_is_damaged;
}

static void write_json(const struct cache_fsck_result *result, const struct problem_list *problems,
		       const struct settings *settings, const char *directory, struct buf *text)
{
	const struct json_number numbers[] = {
		{"objects", result->objects},
		{"bytes", result->bytes},
		{"damaged", result->damaged},
		{"missing", result->missing},
		{"junk", result->junk},
		{"missing_records", result->missing_records},
		{"unreferenced", result->unreferenced},
	};
	struct json_out out;

	json_out_init(&out, text, true);
	json_object_begin(&out);
	json_key(&out, "schema");
	json_string(&out, "picdesk/fsck/1");
	json_key(&out, "cache");
	json_string(&out, directory);
	json_key(&out, "full");
	json_bool(&out, settings->full);
	json_numbers(&out, numbers, sizeof numbers / sizeof *numbers);
	json_key(&out, "index_damaged");
	json_bool(&out, result->index_is_damaged);
	json_key(&out, "repaired");
	json_bool(&out, is_damaged(result) && result->is_repaired);
	json_key(&out, "problems");
	json_array_begin(&out);
	for (size_t i = 0; i < problems->count; i++) {
		json_object_begin(&out);
		json_key(&out, "path");
		json_string(&out, problems->items[i].path);
		json_key(&out, "problem");
		json_string(&out, problems->items[i].what);
		json_object_end(&out);
	}
	json_array_end(&out);
	json_object_end(&out);
	buf_append_char(text, '\n');
}

static void write_text(const struct cache_fsck_result *result, const struct problem_list *problems,
		       const struct settings *settings, struct buf *text)
{
	for (size_t i = 0; i < problems->count; i++) {
		human_text(text, problems->items[i].path);
		buf_printf(text, ": %s\n", problems->items[i].what);
	}
	if (settings->quiet && !is_damaged(result))
		return;
	buf_append_string(text, settings->full ? "Read " : "Looked at ");
	human_count(text, result->objects, "object", "objects");
	buf_append_string(text, " of ");
	human_bytes(text, result->bytes);
	if (!is_damaged(result)) {
		buf_append_string(text, ": all whole\n");
		return;
	}
	buf_printf(text, ": %llu damaged, %llu missing, %llu out of place%s%s\n",
		   (unsigned long long)result->damaged, (unsigned long long)result->missing,
		   (unsigned long long)result->junk,
		   result->missing_records ? "; records were damaged or lost" : "",
		   result->index_is_damaged ? "; the index was damaged or lost" : "");
	if (!result->is_repaired)
		buf_append_string(text, settings->repair ? "Not all of it could be mended\n"
							 : "'picdesk fsck --repair' mends it\n");
	else if (result->damaged || result->missing)
		buf_append_string(text, "Mended: the next run fetches again what was lost\n");
	else
		buf_append_string(text, result->index_is_damaged
						? "Mended: the next run asks once for each image\n"
						: "Mended: nothing was lost\n");
}

/* A damaged index is rebuilt from the records when the cache is opened. */
static int rebuild(const struct settings *settings, const struct site *site, struct cache **cache,
		   struct fault *fault)
{
	int error = cache_close(*cache, fault);

	*cache = NULL;
	return error ? error : run_open_existing_cache(settings, site, cache, fault);
}

/* The status, or a negative fault. */
static int verify(const struct settings *settings, const struct site *site, struct cache **cache,
		  struct fault *fault)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(settings, site);
	CLEANUP(problem_list_release) struct problem_list problems = {0};
	CLEANUP(buf_release) struct buf text = BUF_INIT(MOST_TEXT_BYTES);
	struct cache_fsck_options options = {.full = settings->full, .repair = settings->repair};
	struct cache_fsck_result result = {0};
	int error = 0;

	if (*cache)
		error = cache_fsck(*cache, &options, take_problem, &problems, &result, fault);
	if (!error && settings->repair && result.index_is_damaged)
		error = rebuild(settings, site, cache, fault);
	if (error)
		return error;
	if (settings->outputs[0].format == FORMAT_JSON)
		write_json(&result, &problems, settings, directory, &text);
	else if (*cache)
		write_text(&result, &problems, settings, &text);
	else if (!settings->quiet)
		buf_append_string(&text, "There is no cache\n");
	error = run_write_text(&text, NULL, fault);
	return error ? error : is_damaged(&result) ? EXIT_FINDINGS : EXIT_ALL_WELL;
}

int cmd_fsck(struct settings *settings, const struct site *site)
{
	struct fault fault = {0};
	struct cache *cache = NULL;
	int status = settings->repair ? run_open_existing_cache(settings, site, &cache, &fault)
				      : run_look_into_cache(settings, site, &cache, &fault);

	if (!status)
		status = verify(settings, site, &cache, &fault);
	if (status < 0) {
		cache_close(cache, NULL);
	} else {
		int error = cache_close(cache, &fault);

		status = error ? error : status;
	}
	if (status < 0)
		run_print_fault(&fault);
	return status < 0 ? EXIT_RUNTIME : status;
}
