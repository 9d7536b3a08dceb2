#include "index.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "cleanup.h"
#include "database.h"
#include "index_schema.h"
#include "index_statements.h"

/* URLs whose keys collide stand in the next free keys, up to this many. */
#define KEY_RUN 8

static const struct database_schema schema = {
	.name = INDEX_NAME,
	.application_id = INDEX_APPLICATION_ID,
	.migrations = index_migrations,
	.format = INDEX_FORMAT,
	.statements = statement_texts,
	.statement_count = STATEMENT_COUNT,
};

struct index {
	struct database *database;
};

static int open_index(const char *folder, bool read_only, struct index **ret_index,
		      struct fault *fault)
{
	CLEANUP(cleanup_free) char *path = alloc_printf("%s/" INDEX_NAME, folder);
	struct database *database;
	int error = database_open(path, &schema, read_only, &database, fault);

	if (error)
		return error;
	*ret_index = alloc_zeroed(1, sizeof **ret_index);
	(*ret_index)->database = database;
	return 0;
}

int index_open(const char *folder, struct index **ret_index, struct fault *fault)
{
	return open_index(folder, false, ret_index, fault);
}

int index_open_read_only(const char *folder, struct index **ret_index, struct fault *fault)
{
	return open_index(folder, true, ret_index, fault);
}

void index_close(struct index *index)
{
	if (!index)
		return;
	database_close(index->database);
	free(index);
}

int index_hold(struct index *index, struct fault *fault)
{
	return database_hold(index->database, fault);
}

void index_release(struct index *index)
{
	database_release(index->database);
}

int index_begin(struct index *index, struct fault *fault)
{
	return database_begin(index->database, fault);
}

int index_commit(struct index *index, struct fault *fault)
{
	return database_commit(index->database, fault);
}

void index_rollback(struct index *index)
{
	database_rollback(index->database);
}

int index_check(struct index *index, struct fault *fault)
{
	return database_check(index->database, fault);
}

/* --- ids and types ---------------------------------------------------------------------------- */

static void bind_id(struct sqlite3_stmt *statement, int at, const struct object_id *id)
{
	statement_bind_bytes(statement, at, id->bytes, sizeof id->bytes);
}

static char *column_copy(struct sqlite3_stmt *statement, int at)
{
	const char *text = statement_text(statement, at);

	return text ? alloc_string(text) : NULL;
}

static bool column_id(struct sqlite3_stmt *statement, int at, struct object_id *ret_id)
{
	size_t length_bytes;
	const void *bytes = statement_bytes(statement, at, &length_bytes);

	if (!bytes || length_bytes != OBJECT_ID_BYTES)
		return false;
	memcpy(ret_id->bytes, bytes, OBJECT_ID_BYTES);
	return true;
}

static void column_into(struct sqlite3_stmt *statement, int at, char *ret_text, size_t size_bytes)
{
	const char *text = statement_text(statement, at);

	snprintf(ret_text, size_bytes, "%s", text ? text : "");
}

static int run_with_id(struct index *index, enum statement which, const struct object_id *id,
		       const char *step, struct fault *fault)
{
	struct sqlite3_stmt *plain;
	int error = database_statement(index->database, which, &plain, fault);

	if (error)
		return error;
	bind_id(plain, 1, id);
	return database_run(index->database, plain, step, fault);
}

/* --- entries ---------------------------------------------------------------------------------- */

void index_entry_release(struct index_entry *entry)
{
	free(entry->url);
	free(entry->final_url);
	free(entry->fields);
	free(entry->request_key);
	free(entry->failure_code);
	free(entry->failure_message);
	*entry = (struct index_entry){0};
}

static char *copied(const char *text)
{
	return text ? alloc_string(text) : NULL;
}

void index_entry_copy(struct index_entry *to, const struct index_entry *from)
{
	*to = *from;
	to->url = copied(from->url);
	to->final_url = copied(from->final_url);
	to->fields = copied(from->fields);
	to->request_key = copied(from->request_key);
	to->failure_code = copied(from->failure_code);
	to->failure_message = copied(from->failure_message);
}

/* A short key keeps the table small: the URL is stored once, and the table needs no second index.
 */
static int64_t key_of(const char *url)
{
	int64_t key = (int64_t)XXH3_64bits(url, strlen(url));

	return key > INT64_MAX - KEY_RUN ? INT64_MAX - KEY_RUN : key;
}

static void bind_url(struct sqlite3_stmt *statement, const char *url)
{
	int64_t key = key_of(url);

	statement_bind_int(statement, 1, key);
	statement_bind_int(statement, 2, key + KEY_RUN - 1);
	statement_bind_text(statement, 3, url);
}

static void read_entry(struct sqlite3_stmt *row, struct index_entry *ret_entry)
{
	*ret_entry = (struct index_entry){
		.url = column_copy(row, 0),
		.final_url = column_copy(row, 1),
		.status = (int)statement_int(row, 2),
		.is_permanent_redirect = (int)statement_int(row, 3),
		.object_bytes = (uint64_t)statement_int(row, 5),
		.fields = column_copy(row, 6),
		.request_key = column_copy(row, 7),
		.request_time_s = statement_int(row, 8),
		.response_time_s = statement_int(row, 9),
		.checked_s = statement_int(row, 10),
		.success_s = statement_int(row, 11),
		.used_day = statement_int(row, 12),
		.failure = (int)statement_int(row, 13),
		.failure_code = column_copy(row, 14),
		.failure_message = column_copy(row, 15),
		.failure_status = (int)statement_int(row, 16),
		.first_failure_s = statement_int(row, 17),
		.last_failure_s = statement_int(row, 18),
		.not_before_s = statement_int(row, 19),
		.failure_lifetime_s = statement_is_null(row, 20) ? -1 : statement_int(row, 20),
		.failure_streak = (unsigned)(int)statement_int(row, 21),
	};
	ret_entry->has_object = column_id(row, 4, &ret_entry->object);
}

int index_get_entry(struct index *index, const char *url, struct index_entry *ret_entry,
		    struct fault *fault)
{
	struct sqlite3_stmt *get;
	int error = database_statement(index->database, GET_ENTRY, &get, fault);

	if (error)
		return error;
	bind_url(get, url);
	error = database_first_row(index->database, get, "look up", fault);
	if (error)
		return error;
	read_entry(get, ret_entry);
	statement_finish(get);
	return 0;
}

/* The key where this URL's row stands or may stand. */
static int choose_key(struct index *index, const char *url, int64_t *ret_key, struct fault *fault)
{
	int64_t key = key_of(url), first = key;
	struct sqlite3_stmt *find;
	int error = database_statement(index->database, FIND_KEYS, &find, fault);
	int rows;

	if (error)
		return error;
	bind_url(find, url);
	while ((rows = database_next(index->database, find, "look up", fault)) == 1) {
		int64_t taken = statement_int(find, 0);

		if ((int)statement_int(find, 1)) {
			key = taken;
			break;
		}
		if (taken == key)
			key++;
	}
	statement_finish(find);
	/* Eight other URLs with this key were made on purpose: one of them gives way. */
	*ret_key = key < first + KEY_RUN ? key : first;
	return rows < 0 ? rows : 0;
}

static void bind_failure(struct sqlite3_stmt *put, const struct index_entry *entry)
{
	statement_bind_int(put, 14, entry->failure);
	statement_bind_text(put, 15, entry->failure_code);
	statement_bind_text(put, 16, entry->failure_message);
	if (!entry->failure && !entry->last_failure_s && !entry->first_failure_s)
		return; /* NULLs are smaller than zeros */
	statement_bind_int(put, 17, entry->failure_status);
	statement_bind_int(put, 18, entry->first_failure_s);
	statement_bind_int(put, 19, entry->last_failure_s);
	statement_bind_int(put, 20, entry->not_before_s);
	if (entry->failure_lifetime_s >= 0)
		statement_bind_int(put, 21, entry->failure_lifetime_s);
	statement_bind_int(put, 22, entry->failure_streak);
}

int index_put_entry(struct index *index, const struct index_entry *entry, struct fault *fault)
{
	struct sqlite3_stmt *put;
	int64_t key;
	int error = choose_key(index, entry->url, &key, fault);

	if (!error)
		error = database_statement(index->database, PUT_ENTRY, &put, fault);
	if (error)
		return error;
	statement_bind_text(put, 1, entry->url);
	statement_bind_text(put, 2, entry->final_url);
	statement_bind_int(put, 3, entry->status);
	statement_bind_int(put, 4, entry->is_permanent_redirect);
	if (entry->has_object) {
		bind_id(put, 5, &entry->object);
		statement_bind_int(put, 6, (int64_t)entry->object_bytes);
	}
	statement_bind_text(put, 7, entry->fields);
	statement_bind_text(put, 8, entry->request_key);
	statement_bind_int(put, 9, entry->request_time_s);
	statement_bind_int(put, 10, entry->response_time_s);
	statement_bind_int(put, 11, entry->checked_s);
	statement_bind_int(put, 12, entry->success_s);
	statement_bind_int(put, 13, entry->used_day);
	bind_failure(put, entry);
	statement_bind_int(put, 23, key);
	return database_run(index->database, put, "put an entry", fault);
}

int index_delete_entry(struct index *index, const char *url, struct fault *fault)
{
	struct sqlite3_stmt *delete;
	int error = database_statement(index->database, DELETE_ENTRY, &delete, fault);

	if (error)
		return error;
	bind_url(delete, url);
	return database_run(index->database, delete, "delete an entry", fault);
}

int index_mark_used(struct index *index, const char *url, int64_t day, struct fault *fault)
{
	struct sqlite3_stmt *mark;
	int error = database_statement(index->database, MARK_USED, &mark, fault);

	if (error)
		return error;
	bind_url(mark, url);
	statement_bind_int(mark, 4, day);
	return database_run(index->database, mark, "mark as used", fault);
}

/* --- objects ---------------------------------------------------------------------------------- */

int index_put_object(struct index *index, const struct object_id *id, uint64_t bytes,
		     struct fault *fault)
{
	struct sqlite3_stmt *put;
	int error = database_statement(index->database, PUT_OBJECT, &put, fault);

	if (error)
		return error;
	bind_id(put, 1, id);
	statement_bind_int(put, 2, (int64_t)bytes);
	return database_run(index->database, put, "put an object", fault);
}

static enum media_type column_media_type(struct sqlite3_stmt *row, int at)
{
	const char *name = statement_text(row, at);

	return name ? media_type_parse(name, strlen(name)) : MEDIA_NONE;
}

static void read_facts(struct sqlite3_stmt *row, struct cache_facts *ret_facts)
{
	ret_facts->type = column_media_type(row, 0);
	ret_facts->width_px = (int)statement_int(row, 1);
	ret_facts->height_px = (int)statement_int(row, 2);
	ret_facts->frames = (int)statement_int(row, 3);
	column_into(row, 4, ret_facts->verdict, sizeof ret_facts->verdict);
	column_into(row, 5, ret_facts->message, sizeof ret_facts->message);
	column_into(row, 6, ret_facts->renderer, sizeof ret_facts->renderer);
}

int index_get_facts(struct index *index, const struct object_id *id, struct cache_facts *ret_facts,
		    struct fault *fault)
{
	struct sqlite3_stmt *get;
	int error = database_statement(index->database, GET_FACTS, &get, fault);

	if (error)
		return error;
	bind_id(get, 1, id);
	error = database_first_row(index->database, get, "look up facts", fault);
	if (error)
		return error;
	read_facts(get, ret_facts);
	statement_finish(get);
	return 0;
}

int index_put_facts(struct index *index, const struct object_id *id,
		    const struct cache_facts *facts, struct fault *fault)
{
	struct sqlite3_stmt *put;
	int error = database_statement(index->database, PUT_FACTS, &put, fault);

	if (error)
		return error;
	bind_id(put, 1, id);
	statement_bind_text(put, 2, media_type_name(facts->type));
	statement_bind_int(put, 3, facts->width_px);
	statement_bind_int(put, 4, facts->height_px);
	statement_bind_int(put, 5, facts->frames);
	statement_bind_text(put, 6, facts->verdict);
	statement_bind_text(put, 7, facts->message);
	statement_bind_text(put, 8, facts->renderer);
	return database_run(index->database, put, "put facts", fault);
}

int index_forget_object(struct index *index, const struct object_id *id, struct fault *fault)
{
	int error = run_with_id(index, FORGET_IN_ENTRIES, id, "forget an object", fault);

	if (!error)
		error = run_with_id(index, FORGET_IN_THUMBS, id, "forget an object", fault);
	if (!error)
		error = run_with_id(index, FORGET_IN_OBJECTS, id, "forget an object", fault);
	return error;
}

int index_delete_object(struct index *index, const struct object_id *id, struct fault *fault)
{
	return run_with_id(index, DELETE_OBJECT, id, "delete an object", fault);
}

int index_delete_thumbs_of(struct index *index, const struct object_id *id, struct fault *fault)
{
	return run_with_id(index, DELETE_THUMBS_OF, id, "delete thumbnails", fault);
}

/* --- thumbnails and documents ------------------------------------------------------------------
 */

void index_thumb_release(struct index_thumb *thumb)
{
	free(thumb->key);
	*thumb = (struct index_thumb){0};
}

static bool read_thumb(struct sqlite3_stmt *row, struct index_thumb *ret_thumb)
{
	struct index_thumb thumb = {
		.thumb =
			{
				.bytes = (uint64_t)statement_int(row, 3),
				.type = column_media_type(row, 4),
				.width_px = (int)statement_int(row, 5),
				.height_px = (int)statement_int(row, 6),
				.is_smaller_than_spec = (int)statement_int(row, 7),
			},
	};

	if (!column_id(row, 1, &thumb.original) || !column_id(row, 2, &thumb.thumb.object))
		return false;
	thumb.key = column_copy(row, 0);
	*ret_thumb = thumb;
	return true;
}

int index_get_thumb(struct index *index, const char *key, struct cache_thumb *ret_thumb,
		    struct fault *fault)
{
	struct index_thumb thumb;
	struct sqlite3_stmt *get;
	int error = database_statement(index->database, GET_THUMB, &get, fault);

	if (error)
		return error;
	statement_bind_text(get, 1, key);
	error = database_first_row(index->database, get, "look up a thumbnail", fault);
	if (error)
		return error;
	if (read_thumb(get, &thumb)) {
		*ret_thumb = thumb.thumb;
		index_thumb_release(&thumb);
	} else {
		error = -ENOENT;
	}
	statement_finish(get);
	return error;
}

int index_put_thumb(struct index *index, const struct index_thumb *thumb, struct fault *fault)
{
	struct sqlite3_stmt *put;
	int error = database_statement(index->database, PUT_THUMB, &put, fault);

	if (error)
		return error;
	statement_bind_text(put, 1, thumb->key);
	bind_id(put, 2, &thumb->original);
	bind_id(put, 3, &thumb->thumb.object);
	statement_bind_int(put, 4, (int64_t)thumb->thumb.bytes);
	statement_bind_text(put, 5, media_type_name(thumb->thumb.type));
	statement_bind_int(put, 6, thumb->thumb.width_px);
	statement_bind_int(put, 7, thumb->thumb.height_px);
	statement_bind_int(put, 8, thumb->thumb.is_smaller_than_spec);
	return database_run(index->database, put, "put a thumbnail", fault);
}

int index_delete_orphan_thumbs(struct index *index, struct fault *fault)
{
	struct sqlite3_stmt *delete;
	int error = database_statement(index->database, DELETE_ORPHAN_THUMBS, &delete, fault);

	if (error)
		return error;
	return database_run(index->database, delete, "delete thumbnails without original", fault);
}

int index_get_document(struct index *index, const char *name, char **ret_data,
		       size_t *ret_length_bytes, struct fault *fault)
{
	struct sqlite3_stmt *get;
	const void *data;
	int error = database_statement(index->database, GET_DOCUMENT, &get, fault);

	if (error)
		return error;
	statement_bind_text(get, 1, name);
	error = database_first_row(index->database, get, "look up a document", fault);
	if (error)
		return error;
	data = statement_bytes(get, 0, ret_length_bytes);
	*ret_data = alloc_string_n(data, *ret_length_bytes);
	statement_finish(get);
	return 0;
}

int index_put_document(struct index *index, const char *name, const void *data, size_t length_bytes,
		       struct fault *fault)
{
	struct sqlite3_stmt *put;
	int error = database_statement(index->database, PUT_DOCUMENT, &put, fault);

	if (error)
		return error;
	statement_bind_text(put, 1, name);
	statement_bind_bytes(put, 2, data, length_bytes);
	return database_run(index->database, put, "put a document", fault);
}

/* --- walks ------------------------------------------------------------------------------------ */

int index_count(struct index *index, struct cache_stats *ret_stats, struct fault *fault)
{
	struct sqlite3_stmt *count;
	int error = database_statement(index->database, COUNT, &count, fault);

	if (error)
		return error;
	error = database_first_row(index->database, count, "count", fault);
	if (error)
		return error;
	ret_stats->entries = (uint64_t)statement_int(count, 0);
	ret_stats->entries_with_object = (uint64_t)statement_int(count, 1);
	ret_stats->failures = (uint64_t)statement_int(count, 2);
	ret_stats->objects = (uint64_t)statement_int(count, 3);
	ret_stats->object_bytes = (uint64_t)statement_int(count, 4);
	ret_stats->thumbs = (uint64_t)statement_int(count, 5);
	ret_stats->thumb_bytes = (uint64_t)statement_int(count, 6);
	statement_finish(count);
	return 0;
}

/* Hands each row to `visit` until it says false. */
static int walk(struct index *index, enum statement which, const struct object_id *id,
		bool (*visit)(void *context, struct sqlite3_stmt *row), void *context,
		struct fault *fault)
{
	struct sqlite3_stmt *rows;
	int error = database_statement(index->database, which, &rows, fault);

	if (error)
		return error;
	if (id)
		bind_id(rows, 1, id);
	do {
		error = database_next(index->database, rows, "walk", fault);
	} while (error == 1 && visit(context, rows));
	statement_finish(rows);
	return error < 0 ? error : 0;
}

/* What a walk's caller wants called; one of the functions is set. */
struct visitor {
	bool (*url)(void *context, const char *url);
	bool (*thumb)(void *context, const struct index_thumb *thumb);
	bool (*entry)(void *context, const struct index_entry *entry);
	bool (*object)(void *context, const struct object_id *id, uint64_t bytes);
	bool (*facts)(void *context, const struct object_id *id, const struct cache_facts *facts);
	void *context;
};

static bool visit_url(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	CLEANUP(cleanup_free) char *url = column_copy(row, 0);

	return visitor->url(visitor->context, url);
}

static bool visit_thumb(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	CLEANUP(index_thumb_release) struct index_thumb thumb = {0};

	return !read_thumb(row, &thumb) || visitor->thumb(visitor->context, &thumb);
}

static bool visit_entry(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	CLEANUP(index_entry_release) struct index_entry entry = {0};

	read_entry(row, &entry);
	return visitor->entry(visitor->context, &entry);
}

static bool visit_object(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	struct object_id id;

	if (!column_id(row, 0, &id) || statement_is_null(row, 1))
		return true;
	return visitor->object(visitor->context, &id, (uint64_t)statement_int(row, 1));
}

static bool visit_facts(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	struct cache_facts facts = {0};
	struct object_id id;

	if (!column_id(row, 7, &id))
		return true;
	read_facts(row, &facts);
	return visitor->facts(visitor->context, &id, &facts);
}

int index_each_url_of_object(struct index *index, const struct object_id *id,
			     bool (*each)(void *context, const char *url), void *context,
			     struct fault *fault)
{
	struct visitor visitor = {.url = each, .context = context};

	return walk(index, URLS_OF_OBJECT, id, visit_url, &visitor, fault);
}

int index_each_thumb_of_object(struct index *index, const struct object_id *id,
			       bool (*each)(void *context, const struct index_thumb *thumb),
			       void *context, struct fault *fault)
{
	struct visitor visitor = {.thumb = each, .context = context};

	return walk(index, THUMBS_OF_OBJECT, id, visit_thumb, &visitor, fault);
}

int index_each_entry(struct index *index,
		     bool (*each)(void *context, const struct index_entry *entry), void *context,
		     struct fault *fault)
{
	struct visitor visitor = {.entry = each, .context = context};

	return walk(index, EACH_ENTRY, NULL, visit_entry, &visitor, fault);
}

int index_each_entry_by_url(struct index *index,
			    bool (*each)(void *context, const struct index_entry *entry),
			    void *context, struct fault *fault)
{
	struct visitor visitor = {.entry = each, .context = context};

	return walk(index, EACH_ENTRY_BY_URL, NULL, visit_entry, &visitor, fault);
}

int index_each_thumb(struct index *index,
		     bool (*each)(void *context, const struct index_thumb *thumb), void *context,
		     struct fault *fault)
{
	struct visitor visitor = {.thumb = each, .context = context};

	return walk(index, EACH_THUMB, NULL, visit_thumb, &visitor, fault);
}

int index_each_object(struct index *index,
		      bool (*each)(void *context, const struct object_id *id, uint64_t bytes),
		      void *context, struct fault *fault)
{
	struct visitor visitor = {.object = each, .context = context};

	return walk(index, EACH_OBJECT, NULL, visit_object, &visitor, fault);
}

int index_each_facts(struct index *index,
		     bool (*each)(void *context, const struct object_id *id,
				  const struct cache_facts *facts),
		     void *context, struct fault *fault)
{
	struct visitor visitor = {.facts = each, .context = context};

	return walk(index, EACH_FACTS, NULL, visit_facts, &visitor, fault);
}

int index_compact(struct index *index, struct fault *fault)
{
	return database_compact(index->database, fault);
}
