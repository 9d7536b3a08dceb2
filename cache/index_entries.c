#include "index.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "database.h"
#include "index_rows.h"

/* URLs whose keys collide stand in the next free keys, up to this many. */
#define KEY_RUN 8

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
int64_t index_key_of(const char *url)
{
	int64_t key = (int64_t)XXH3_64bits(url, strlen(url));

	return key > INT64_MAX - KEY_RUN ? INT64_MAX - KEY_RUN : key;
}

static void bind_url(struct sqlite3_stmt *statement, const char *url)
{
	int64_t key = index_key_of(url);

	statement_bind_int(statement, 1, key);
	statement_bind_int(statement, 2, key + KEY_RUN - 1);
	statement_bind_text(statement, 3, url);
}

static void read_common(struct sqlite3_stmt *row, int first, struct index_entry *ret_entry)
{
	*ret_entry = (struct index_entry){
		.final_url = index_column_copy(row, first),
		.status = (int)statement_int(row, first + 1),
		.is_permanent_redirect = (int)statement_int(row, first + 2),
		.object_bytes = (uint64_t)statement_int(row, first + 4),
		.fields = index_column_copy(row, first + 5),
		.request_key = index_column_copy(row, first + 6),
		.request_time_s = index_time(statement_int(row, first + 7)),
		.response_time_s = index_time(statement_int(row, first + 8)),
		.checked_s = index_time(statement_int(row, first + 9)),
		.success_s = index_time(statement_int(row, first + 10)),
		.used_day = index_used_day(row, first + 11),
		.failure = (int)statement_int(row, first + 12),
		.first_failure_s = index_time(statement_int(row, first + 13)),
		.key = statement_int(row, first + 14),
		.failure_lifetime_s = -1,
	};
	ret_entry->has_object = index_column_id(row, first + 3, &ret_entry->object);
}

static void read_rest(struct sqlite3_stmt *row, int first, struct index_entry *entry)
{
	entry->failure_code = index_column_copy(row, first);
	entry->failure_message = index_column_copy(row, first + 1);
	entry->failure_status = (int)statement_int(row, first + 2);
	entry->last_failure_s = index_time(statement_int(row, first + 3));
	entry->not_before_s = index_time(statement_int(row, first + 4));
	if (!statement_is_null(row, first + 5))
		entry->failure_lifetime_s = statement_int(row, first + 5);
	entry->failure_streak = (unsigned)(int)statement_int(row, first + 6);
	entry->redirect_lifetime_s = statement_int(row, first + 7);
	if (entry->redirect_lifetime_s < 0)
		entry->redirect_lifetime_s = 0;
	entry->failure_request = (uint64_t)statement_int(row, first + 8);
}

void index_read_entry(struct sqlite3_stmt *row, struct index_entry *ret_entry)
{
	read_common(row, 1, ret_entry);
	ret_entry->url = index_column_copy(row, 0);
	read_rest(row, 16, ret_entry);
}

/* Few entries have it, and each column costs a lookup its share. */
static bool has_rest(const struct index_entry *entry)
{
	return entry->failure || entry->first_failure_s || entry->final_url;
}

bool index_read_common(struct sqlite3_stmt *row, int first, struct index_entry *ret_entry)
{
	read_common(row, first, ret_entry);
	if (!has_rest(ret_entry))
		return true;
	index_entry_release(ret_entry);
	return false;
}

static int get_rest(struct index *index, struct index_entry *entry, struct fault *fault)
{
	struct sqlite3_stmt *get;
	int error = database_statement(index->database, GET_REST, &get, fault);

	if (error)
		return error;
	statement_bind_int(get, 1, entry->key);
	error = database_first_row(index->database, get, "look up failures", fault);
	if (error)
		return error;
	read_rest(get, 0, entry);
	statement_finish(get);
	return 0;
}

/* Of the row's second half, which follows a look at the first. */
static int complete_entry(struct index *index, const char *url, struct index_entry *entry,
			  struct fault *fault)
{
	int error = has_rest(entry) ? get_rest(index, entry, fault) : 0;

	if (error)
		index_entry_release(entry);
	else
		entry->url = alloc_string(url);
	return error;
}

static int find_entry(struct index *index, enum statement which, const char *url,
		      struct sqlite3_stmt **ret_row, struct fault *fault)
{
	int error = database_statement(index->database, which, ret_row, fault);

	if (error)
		return error;
	bind_url(*ret_row, url);
	return database_first_row(index->database, *ret_row, "look up", fault);
}

int index_get_entry(struct index *index, const char *url, struct index_entry *ret_entry,
		    struct fault *fault)
{
	struct sqlite3_stmt *row;
	int error = find_entry(index, GET_ENTRY, url, &row, fault);

	if (error)
		return error;
	read_common(row, 0, ret_entry);
	statement_finish(row);
	return complete_entry(index, url, ret_entry, fault);
}

int index_get_entry_and_facts(struct index *index, const char *url, struct index_entry *ret_entry,
			      struct cache_facts *ret_facts, bool *ret_has_facts,
			      struct fault *fault)
{
	struct sqlite3_stmt *row;
	int error = find_entry(index, GET_ENTRY_AND_FACTS, url, &row, fault);

	if (error)
		return error;
	read_common(row, 0, ret_entry);
	*ret_has_facts = index_read_facts(row, 15, ret_facts);
	statement_finish(row);
	return complete_entry(index, url, ret_entry, fault);
}

/* The key where this URL's row stands or may stand. */
static int choose_key(struct index *index, const char *url, int64_t *ret_key, struct fault *fault)
{
	int64_t key = index_key_of(url), first = key;
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
	statement_bind_text(put, 17, entry->failure_code);
	statement_bind_text(put, 18, entry->failure_message);
	if (!entry->failure && !entry->last_failure_s && !entry->first_failure_s)
		return; /* NULLs are smaller than zeros */
	statement_bind_int(put, 15, entry->first_failure_s);
	statement_bind_int(put, 19, entry->failure_status);
	statement_bind_int(put, 20, entry->last_failure_s);
	statement_bind_int(put, 21, entry->not_before_s);
	if (entry->failure_lifetime_s >= 0)
		statement_bind_int(put, 22, entry->failure_lifetime_s);
	statement_bind_int(put, 23, entry->failure_streak);
	statement_bind_int(put, 25, (int64_t)entry->failure_request);
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
		index_bind_id(put, 5, &entry->object);
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
	statement_bind_int(put, 16, key);
	if (entry->final_url)
		statement_bind_int(put, 24, entry->redirect_lifetime_s);
	return database_run(index->database, put, "put an entry", fault);
}

int index_confirm_entry(struct index *index, const struct index_entry *entry, struct fault *fault)
{
	struct sqlite3_stmt *confirm;
	int error = database_statement(index->database, CONFIRM_ENTRY, &confirm, fault);

	if (error)
		return error;
	statement_bind_int(confirm, 1, entry->key);
	statement_bind_text(confirm, 2, entry->url);
	index_bind_id(confirm, 3, &entry->object);
	statement_bind_text(confirm, 4, entry->final_url);
	statement_bind_int(confirm, 5, entry->is_permanent_redirect);
	if (entry->final_url)
		statement_bind_int(confirm, 6, entry->redirect_lifetime_s);
	statement_bind_text(confirm, 7, entry->fields);
	statement_bind_text(confirm, 8, entry->request_key);
	statement_bind_int(confirm, 9, entry->request_time_s);
	statement_bind_int(confirm, 10, entry->response_time_s);
	statement_bind_int(confirm, 11, entry->checked_s);
	statement_bind_int(confirm, 12, entry->success_s);
	statement_bind_int(confirm, 13, entry->used_day);
	error = database_run(index->database, confirm, "confirm an entry", fault);
	return error ? error : database_changed_rows(index->database);
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

int index_delete_entry_at(struct index *index, int64_t key, struct fault *fault)
{
	struct sqlite3_stmt *delete;
	int error = database_statement(index->database, DELETE_ENTRY_AT, &delete, fault);

	if (error)
		return error;
	statement_bind_int(delete, 1, key);
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
