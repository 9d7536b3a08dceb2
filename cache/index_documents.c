#include "index.h"

#include <errno.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "database.h"
#include "index_rows.h"

/* A large document's rows: "<name>/a/000000", "<name>/a/000001"... Each name begins with
 * "<name>/", and '0' comes behind '/'. */
#define PARTS_FROM "%s/"
#define PARTS_TO "%s0"

static int get_parts(struct index *index, const char *name, struct buf *ret_data,
		     struct fault *fault)
{
	CLEANUP(cleanup_free) char *from = alloc_printf(PARTS_FROM, name);
	CLEANUP(cleanup_free) char *to = alloc_printf(PARTS_TO, name);
	struct sqlite3_stmt *get;
	int error = database_statement(index->database, GET_PARTS, &get, fault);
	int rows = 0, count = 0;

	if (error)
		return error;
	statement_bind_text(get, 1, from);
	statement_bind_text(get, 2, to);
	while ((rows = database_next(index->database, get, "look up a document", fault)) > 0) {
		size_t length_bytes;
		const void *data = statement_bytes(get, 0, &length_bytes);

		buf_append(ret_data, data, length_bytes);
		count++;
	}
	statement_finish(get);
	return rows < 0 ? rows : count ? 0 : -ENOENT;
}

int index_get_document(struct index *index, const char *name, char **ret_data,
		       size_t *ret_length_bytes, struct fault *fault)
{
	CLEANUP(buf_release) struct buf parts = BUF_INIT(BUF_UNLIMITED);
	struct sqlite3_stmt *get;
	const void *data;
	int error = database_statement(index->database, GET_DOCUMENT, &get, fault);

	if (error)
		return error;
	statement_bind_text(get, 1, name);
	error = database_first_row(index->database, get, "look up a document", fault);
	if (!error) {
		data = statement_bytes(get, 0, ret_length_bytes);
		*ret_data = alloc_string_n(data, *ret_length_bytes);
		statement_finish(get);
		return 0;
	}
	if (error == -ENOENT)
		error = get_parts(index, name, &parts, fault);
	if (error)
		return error;
	*ret_length_bytes = parts.length_bytes;
	*ret_data = buf_steal(&parts);
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

struct parts {
	struct index *index;
	const char *name;
	char generation;
	unsigned count;
	struct fault *fault;
};

static int put_part(void *context, const void *data, size_t length_bytes)
{
	struct parts *parts = context;
	CLEANUP(cleanup_free)
	char *name =
		alloc_printf(PARTS_FROM "%c/%06u", parts->name, parts->generation, parts->count++);

	return index_put_document(parts->index, name, data, length_bytes, parts->fault);
}

static int put_parts(struct parts *parts, void (*write)(const void *context, struct buf *ret_text),
		     const void *context)
{
	struct buf_outlet outlet = {.write = put_part, .context = parts};
	CLEANUP(buf_release)
	struct buf text = {.max_bytes = BUF_UNLIMITED, .outlet = &outlet};
	int error;

	write(context, &text);
	error = buf_drain(&text);
	return error || parts->count ? error : put_part(parts, "", 0);
}

static int has_generation(struct index *index, const char *name, char generation, bool *ret_has,
			  struct fault *fault)
{
	CLEANUP(cleanup_free) char *first = alloc_printf(PARTS_FROM "%c/%06u", name, generation, 0);
	struct sqlite3_stmt *get;
	int error = database_statement(index->database, GET_DOCUMENT, &get, fault);

	if (error)
		return error;
	statement_bind_text(get, 1, first);
	error = database_first_row(index->database, get, "look up a document", fault);
	*ret_has = !error;
	if (!error)
		statement_finish(get);
	return error == -ENOENT ? 0 : error;
}

/* What there was, as one row or as parts: of a generation, or ('\0') all. */
static int delete_parts(struct index *index, const char *name, char generation, struct fault *fault)
{
	char of[] = {generation, generation ? '/' : '\0', '\0'};
	CLEANUP(cleanup_free) char *from = alloc_printf(PARTS_FROM "%s", name, of);
	CLEANUP(cleanup_free) char *to = alloc_string(from);
	struct sqlite3_stmt *delete;
	int error = database_statement(index->database, DELETE_PARTS, &delete, fault);

	if (error)
		return error;
	to[strlen(to) - 1] = '0'; /* what comes behind '/' */
	statement_bind_text(delete, 1, name);
	statement_bind_text(delete, 2, from);
	statement_bind_text(delete, 3, to);
	return database_run(index->database, delete, "delete a document", fault);
}

static int put_over(struct parts *parts, void (*write)(const void *context, struct buf *ret_text),
		    const void *context)
{
	int error = delete_parts(parts->index, parts->name, '\0', parts->fault);

	parts->generation = 'a';
	return error ? error : put_parts(parts, write, context);
}

/* The pages that are written held nothing, and those that held something are only given up.
 * Neither goes through the journal, as pages that are written over do. */
static int put_beside(struct parts *parts, void (*write)(const void *context, struct buf *ret_text),
		      const void *context)
{
	bool has_a = false;
	int error = has_generation(parts->index, parts->name, 'a', &has_a, parts->fault);

	parts->generation = has_a ? 'b' : 'a';
	if (!error)
		error = put_parts(parts, write, context);
	return error ? error
		     : delete_parts(parts->index, parts->name, has_a ? 'a' : 'b', parts->fault);
}

int index_put_large_document(struct index *index, const char *name,
			     void (*write)(const void *context, struct buf *ret_text),
			     const void *context, bool writes_over, struct fault *fault)
{
	struct parts parts = {.index = index, .name = name, .fault = fault};
	int error = database_keep_little(index->database, true, fault), last_error;

	if (!error)
		error = (writes_over ? put_over : put_beside)(&parts, write, context);
	last_error = database_keep_little(index->database, false, error ? NULL : fault);
	return error ? error : last_error;
}
