/*
 * index_rows.h: the handle, and how rows are bound and read; shared by the files of the index:
 * index.c (open, objects, thumbnails, documents, walks) and index_entries.c (entries by URL).
 * Nobody else includes this.
 */
#ifndef INDEX_ROWS_H
#define INDEX_ROWS_H

#include "index.h"

struct database;
struct sqlite3_stmt;

/* What the database is asked; index_statements.h has the texts. */
enum statement {
	GET_ENTRY,
	GET_REST,
	FIND_KEYS,
	PUT_ENTRY,
	CONFIRM_ENTRY,
	DELETE_ENTRY,
	DELETE_ENTRY_AT,
	MARK_USED,
	PUT_OBJECT,
	GET_FACTS,
	PUT_FACTS,
	FORGET_IN_ENTRIES,
	FORGET_IN_THUMBS,
	FORGET_IN_OBJECTS,
	GET_THUMBS,
	PUT_THUMB,
	GET_DOCUMENT,
	PUT_DOCUMENT,
	COUNT,
	URLS_OF_OBJECT,
	THUMBS_OF_OBJECT,
	EACH_USE,
	EACH_ENTRY,
	EACH_ENTRY_BY_URL,
	EACH_THUMB,
	EACH_OBJECT,
	EACH_FACTS,
	DELETE_ORPHAN_THUMBS,
	DELETE_THUMBS_OF,
	DELETE_OBJECT,
	STATEMENT_COUNT,
};

struct index {
	struct database *database;
};

void index_bind_id(struct sqlite3_stmt *statement, int at, const struct object_id *id);
char *index_column_copy(struct sqlite3_stmt *statement, int at); /* NULL for NULL */
/* false: no id stands there. */
bool index_column_id(struct sqlite3_stmt *statement, int at, struct object_id *ret_id);
/* Of a statement whose columns are COMMON_COLUMNS, the key, and REST_COLUMNS; owned by the caller.
 */
void index_read_entry(struct sqlite3_stmt *row, struct index_entry *ret_entry);

#endif
