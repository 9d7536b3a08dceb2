#include "index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "database.h"
#include "index_rows.h"
#include "index_schema.h"
#include "index_statements.h"

static const struct database_schema schema = {
	.name = INDEX_NAME,
	.application_id = INDEX_APPLICATION_ID,
	.migrations = index_migrations,
	.format = INDEX_FORMAT,
	.objects = index_objects,
	.object_count = ARRAY_LENGTH(index_objects),
	.statements = statement_texts,
	.statement_count = STATEMENT_COUNT,
};

/* Statements that name each table and column: where one cannot be compiled the index is damaged,
 * which is better known before it is used. Nearly every run needs them. */
static int check_schema(struct database *database, struct fault *fault)
{
	static const enum statement statements[] = {GET_ENTRY, GET_REST,   PUT_OBJECT,
						    GET_FACTS, GET_THUMBS, GET_DOCUMENT};
	struct sqlite3_stmt *compiled;
	int error = 0;

	for (size_t i = 0; i < sizeof statements / sizeof *statements && !error; i++)
		error = database_statement(database, statements[i], &compiled, fault);
	return error;
}

/* SQLite would make them with mode 0644, and says "unable to open" where there is no room for a
 * file. Only those that are not there are opened: closing one drops SQLite's locks on it. */
static int make_files(const char *folder, struct fault *fault)
{
	static const char *const names[] = {INDEX_NAME, INDEX_NAME "-journal"};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		CLEANUP(cleanup_free) char *path = alloc_printf("%s/%s", folder, names[i]);
		CLEANUP(cleanup_close)
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd < 0 && fault_is_no_room(-errno))
			return fault_raise(fault, -errno, "%s: make: %s", names[i],
					   strerror(errno));
	}
	return 0;
}

static int open_index(const char *folder, bool read_only, struct index **ret_index,
		      struct fault *fault)
{
	CLEANUP(cleanup_free) char *path = alloc_printf("%s/" INDEX_NAME, folder);
	struct database *database;
	int error = read_only ? 0 : make_files(folder, fault);

	if (!error)
		error = database_open(path, &schema, read_only, &database, fault);
	if (error)
		return error;
	error = check_schema(database, fault);
	if (error) {
		database_close(database);
		return error;
	}
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

void index_release_memory(struct index *index)
{
	database_release_memory(index->database);
}

int index_generation(struct index *index, uint32_t *ret_generation, struct fault *fault)
{
	return database_generation(index->database, ret_generation, fault);
}

int index_keep_little(struct index *index, bool little, struct fault *fault)
{
	return database_keep_little(index->database, little, fault);
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

int index_keep_journal_in_memory(struct index *index, bool in_memory, struct fault *fault)
{
	return database_keep_journal_in_memory(index->database, in_memory, fault);
}

int index_check(struct index *index, struct fault *fault)
{
	return database_check(index->database, fault);
}

/* --- ids and types ---------------------------------------------------------------------------- */

void index_bind_id(struct sqlite3_stmt *statement, int at, const struct object_id *id)
{
	statement_bind_bytes(statement, at, id->bytes, sizeof id->bytes);
}

char *index_column_copy(struct sqlite3_stmt *statement, int at)
{
	const char *text = statement_text(statement, at);

	return text ? alloc_string(text) : NULL;
}

int64_t index_time(int64_t time_s)
{
	return time_s < 0 ? 0 : time_s > INDEX_LAST_TIME_S ? INDEX_LAST_TIME_S : time_s;
}

int64_t index_used_day(struct sqlite3_stmt *statement, int at)
{
	int64_t day = statement_int(statement, at), last_day = INDEX_LAST_TIME_S / CLOCK_DAY_S;

	return day < 0 ? 0 : day > last_day ? last_day : day;
}

bool index_column_id(struct sqlite3_stmt *statement, int at, struct object_id *ret_id)
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
	size_t length_bytes;
	const char *text = statement_bytes(statement, at, &length_bytes);

	if (length_bytes >= size_bytes)
		length_bytes = size_bytes - 1;
	if (length_bytes)
		memcpy(ret_text, text, length_bytes);
	ret_text[length_bytes] = '\0';
}

static int run_with_id(struct index *index, enum statement which, const struct object_id *id,
		       const char *step, struct fault *fault)
{
	struct sqlite3_stmt *plain;
	int error = database_statement(index->database, which, &plain, fault);

	if (error)
		return error;
	index_bind_id(plain, 1, id);
	return database_run(index->database, plain, step, fault);
}

static int run_with_text(struct index *index, enum statement which, const char *text,
			 const char *step, struct fault *fault)
{
	struct sqlite3_stmt *plain;
	int error = database_statement(index->database, which, &plain, fault);

	if (error)
		return error;
	statement_bind_text(plain, 1, text);
	return database_run(index->database, plain, step, fault);
}

/* --- objects ---------------------------------------------------------------------------------- */

int index_put_object(struct index *index, const struct object_id *id, uint64_t bytes,
		     struct fault *fault)
{
	struct sqlite3_stmt *put;
	int error = database_statement(index->database, PUT_OBJECT, &put, fault);

	if (error)
		return error;
	index_bind_id(put, 1, id);
	statement_bind_int(put, 2, (int64_t)bytes);
	return database_run(index->database, put, "put an object", fault);
}

static enum media_type column_media_type(struct sqlite3_stmt *row, int at)
{
	const char *name = statement_text(row, at);

	return name ? media_type_parse(name, strlen(name)) : MEDIA_NONE;
}

bool index_facts_make_sense(const struct cache_facts *facts)
{
	bool is_image = !strcmp(facts->verdict, "ok") || !strcmp(facts->verdict, "damaged");

	return (facts->type != MEDIA_NONE || !is_image) && facts->width_px >= 0 &&
	       facts->height_px >= 0;
}

/* It is published under a name of its type: an SVG would run its scripts in the site's name. */
bool index_thumb_makes_sense(const struct cache_thumb *thumb)
{
	return media_type_is_renderable(thumb->type) && thumb->width_px > 0 && thumb->height_px > 0;
}

bool index_read_facts(struct sqlite3_stmt *row, int first, struct cache_facts *ret_facts)
{
	if (statement_is_null(row, first))
		return false;
	ret_facts->type = column_media_type(row, first);
	ret_facts->width_px = (int)statement_int(row, first + 1);
	ret_facts->height_px = (int)statement_int(row, first + 2);
	ret_facts->frames = (int)statement_int(row, first + 3);
	column_into(row, first + 4, ret_facts->verdict, sizeof ret_facts->verdict);
	column_into(row, first + 5, ret_facts->message, sizeof ret_facts->message);
	column_into(row, first + 6, ret_facts->renderer, sizeof ret_facts->renderer);
	return index_facts_make_sense(ret_facts);
}

int index_get_facts(struct index *index, const struct object_id *id, struct cache_facts *ret_facts,
		    struct fault *fault)
{
	struct sqlite3_stmt *get;
	int error = database_statement(index->database, GET_FACTS, &get, fault);

	if (error)
		return error;
	index_bind_id(get, 1, id);
	error = database_first_row(index->database, get, "look up facts", fault);
	if (error)
		return error;
	error = index_read_facts(get, 0, ret_facts) ? 0 : -ENOENT;
	statement_finish(get);
	return error;
}

int index_put_facts(struct index *index, const struct object_id *id,
		    const struct cache_facts *facts, struct fault *fault)
{
	struct sqlite3_stmt *put;
	int error = database_statement(index->database, PUT_FACTS, &put, fault);

	if (error)
		return error;
	index_bind_id(put, 1, id);
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

int index_delete_thumb(struct index *index, const char *key, struct fault *fault)
{
	return run_with_text(index, DELETE_THUMB, key, "delete a thumbnail", fault);
}

int index_delete_thumbs_of_others(struct index *index, const char *renderer, struct fault *fault)
{
	return run_with_text(index, DELETE_THUMBS_OF_OTHERS, renderer,
			     "delete thumbnails of other renderers", fault);
}

/* --- thumbnails and documents ------------------------------------------------------------------
 */

void index_thumb_release(struct index_thumb *thumb)
{
	free(thumb->key);
	*thumb = (struct index_thumb){0};
}

void index_read_thumb(struct sqlite3_stmt *row, int first, struct cache_thumb *ret_thumb)
{
	ret_thumb->bytes = (uint64_t)statement_int(row, first);
	ret_thumb->type = column_media_type(row, first + 1);
	ret_thumb->width_px = (int)statement_int(row, first + 2);
	ret_thumb->height_px = (int)statement_int(row, first + 3);
	ret_thumb->is_smaller_than_spec = (int)statement_int(row, first + 4);
}

/* The rows between the first and the last key, some of which may be others'. */
static int bind_keys(struct index *index, const char *const *keys, size_t count,
		     struct sqlite3_stmt **ret_get, struct fault *fault)
{
	const char *first = keys[0], *last = keys[0];
	int error = database_statement(index->database, GET_THUMBS, ret_get, fault);

	if (error)
		return error;
	for (size_t i = 1; i < count; i++) {
		first = strcmp(keys[i], first) < 0 ? keys[i] : first;
		last = strcmp(keys[i], last) > 0 ? keys[i] : last;
	}
	statement_bind_text(*ret_get, 1, first);
	statement_bind_text(*ret_get, 2, last);
	return 0;
}

int index_get_thumbs(struct index *index, const char *const *keys, size_t count,
		     struct cache_thumb *ret_thumbs, struct fault *fault)
{
	struct sqlite3_stmt *get;
	int error = bind_keys(index, keys, count, &get, fault);

	if (error)
		return error;
	while ((error = database_next(index->database, get, "look up thumbnails", fault)) == 1) {
		const char *key = statement_text(get, 0);

		for (size_t i = 0; i < count; i++)
			if (key && !strcmp(keys[i], key) &&
			    index_column_id(get, 1, &ret_thumbs[i].object))
				index_read_thumb(get, 2, &ret_thumbs[i]);
	}
	statement_finish(get);
	return error;
}

bool index_has_no_thumbs(struct index *index)
{
	struct sqlite3_stmt *any;
	int error = database_statement(index->database, ANY_THUMB, &any, NULL);

	if (!error)
		error = database_first_row(index->database, any, "look for thumbnails", NULL);
	if (!error)
		statement_finish(any);
	return error == -ENOENT;
}

int index_put_thumb(struct index *index, const struct index_thumb *thumb, struct fault *fault)
{
	struct sqlite3_stmt *put;
	int error = database_statement(index->database, PUT_THUMB, &put, fault);

	if (error)
		return error;
	statement_bind_text(put, 1, thumb->key);
	index_bind_id(put, 2, &thumb->thumb.object);
	index_bind_id(put, 3, &thumb->original);
	statement_bind_int(put, 4, (int64_t)thumb->thumb.bytes);
	statement_bind_text(put, 5, media_type_name(thumb->thumb.type));
	statement_bind_int(put, 6, thumb->thumb.width_px);
	statement_bind_int(put, 7, thumb->thumb.height_px);
	statement_bind_int(put, 8, thumb->thumb.is_smaller_than_spec);
	return database_run(index->database, put, "put a thumbnail", fault);
}

static int run(struct index *index, enum statement which, const char *step, struct fault *fault)
{
	struct sqlite3_stmt *plain;
	int error = database_statement(index->database, which, &plain, fault);

	return error ? error : database_run(index->database, plain, step, fault);
}

int index_delete_orphan_thumbs(struct index *index, struct fault *fault)
{
	return run(index, DELETE_ORPHAN_THUMBS, "delete thumbnails without original", fault);
}

int index_delete_orphan_facts(struct index *index, struct fault *fault)
{
	return run(index, DELETE_ORPHAN_FACTS, "delete facts without bytes", fault);
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
		index_bind_id(rows, 1, id);
	do {
		error = database_next(index->database, rows, "walk", fault);
	} while (error == 1 && visit(context, rows));
	statement_finish(rows);
	return error < 0 ? error : 0;
}

/* Those behind that text; NULL: all. */
static int walk_from(struct index *index, enum statement which, const char *after,
		     bool (*visit)(void *context, struct sqlite3_stmt *row), void *context,
		     struct fault *fault)
{
	struct sqlite3_stmt *rows; /* which walk() finds again, as it is bound here */
	int error = database_statement(index->database, which, &rows, fault);

	if (!error) /* the caller's may change while it walks */
		statement_bind_own_text(rows, 1, after);
	return error ? error : walk(index, which, NULL, visit, context, fault);
}

/* What a walk's caller wants called; one of the functions is set. A row without its URL or key, as
 * a zeroed sector may leave it, is passed over: SQLite looks at "NOT NULL" when it writes. */
struct visitor {
	bool (*url)(void *context, const char *url);
	bool (*thumb)(void *context, const struct index_thumb *thumb);
	bool (*entry)(void *context, const struct index_entry *entry);
	bool (*use)(void *context, const struct index_use *use);
	bool (*object)(void *context, const struct object_id *id, uint64_t bytes);
	bool (*facts)(void *context, const struct object_id *id, const struct cache_facts *facts);
	void *context;
};

static bool visit_url(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	CLEANUP(cleanup_free) char *url = index_column_copy(row, 0);

	return !url || visitor->url(visitor->context, url);
}

static bool visit_thumb(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	CLEANUP(index_thumb_release) struct index_thumb thumb = {0};

	if (!index_column_id(row, 1, &thumb.thumb.object) ||
	    !index_column_id(row, 2, &thumb.original))
		return true;
	thumb.key = index_column_copy(row, 0);
	index_read_thumb(row, 3, &thumb.thumb);
	return !thumb.key || visitor->thumb(visitor->context, &thumb);
}

static bool visit_entry(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	CLEANUP(index_entry_release) struct index_entry entry = {0};

	index_read_entry(row, &entry);
	return !entry.url || visitor->entry(visitor->context, &entry);
}

static bool visit_use(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	struct index_use use = {
		.key = statement_int(row, 0),
		.used_day = index_used_day(row, 1),
		.failure = (int)statement_int(row, 2),
	};

	use.has_object = index_column_id(row, 3, &use.object);
	return visitor->use(visitor->context, &use);
}

static bool visit_object(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	struct object_id id;

	if (!index_column_id(row, 0, &id) || statement_is_null(row, 1))
		return true;
	return visitor->object(visitor->context, &id, (uint64_t)statement_int(row, 1));
}

static bool visit_facts(void *context, struct sqlite3_stmt *row)
{
	const struct visitor *visitor = context;
	struct cache_facts facts = {0};
	struct object_id id;

	if (!index_column_id(row, 7, &id) || statement_is_null(row, 0))
		return true;
	/* Those that make no sense, too: fsck tells of them. */
	index_read_facts(row, 0, &facts);
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

int index_each_use(struct index *index, bool (*each)(void *context, const struct index_use *use),
		   void *context, struct fault *fault)
{
	struct visitor visitor = {.use = each, .context = context};

	return walk(index, EACH_USE, NULL, visit_use, &visitor, fault);
}

int index_each_entry(struct index *index,
		     bool (*each)(void *context, const struct index_entry *entry), void *context,
		     struct fault *fault)
{
	struct visitor visitor = {.entry = each, .context = context};

	return walk(index, EACH_ENTRY, NULL, visit_entry, &visitor, fault);
}

int index_each_entry_by_url(struct index *index, const char *after,
			    bool (*each)(void *context, const struct index_entry *entry),
			    void *context, struct fault *fault)
{
	struct visitor visitor = {.entry = each, .context = context};
	int error = database_sort_in_file(index->database, true, fault);

	if (error)
		return error;
	error = walk_from(index, EACH_ENTRY_BY_URL, after, visit_entry, &visitor, fault);
	database_sort_in_file(index->database, false, NULL);
	return error;
}

int index_each_thumb(struct index *index, const char *after,
		     bool (*each)(void *context, const struct index_thumb *thumb), void *context,
		     struct fault *fault)
{
	struct visitor visitor = {.thumb = each, .context = context};

	return walk_from(index, EACH_THUMB, after, visit_thumb, &visitor, fault);
}

int index_each_object(struct index *index,
		      bool (*each)(void *context, const struct object_id *id, uint64_t bytes),
		      void *context, struct fault *fault)
{
	struct visitor visitor = {.object = each, .context = context};

	return walk(index, EACH_OBJECT, NULL, visit_object, &visitor, fault);
}

int index_each_facts(struct index *index, const struct object_id *after,
		     bool (*each)(void *context, const struct object_id *id,
				  const struct cache_facts *facts),
		     void *context, struct fault *fault)
{
	struct visitor visitor = {.facts = each, .context = context};

	return walk(index, EACH_FACTS, after, visit_facts, &visitor, fault);
}

int index_compact(struct index *index, struct fault *fault)
{
	return database_compact(index->database, fault);
}
