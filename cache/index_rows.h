/*
 * index_rows.h: the handle, and how rows are bound and read; shared by the files of the index:
 * index.c (open, objects, thumbnails, walks), index_entries.c (entries by URL), index_documents.c
 * and index_ahead.c (many rows in their order). Nobody else includes this.
 */
#ifndef INDEX_ROWS_H
#define INDEX_ROWS_H

#include "index.h"

struct database;
struct sqlite3_stmt;

/* What the database is asked; index_statements.h has the texts. */
enum statement {
	GET_ENTRY,
	GET_ENTRY_AND_FACTS,
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
	ANY_THUMB,
	PUT_THUMB,
	GET_DOCUMENT,
	GET_PARTS,
	DELETE_PARTS,
	PUT_DOCUMENT,
	COUNT,
	URLS_OF_OBJECT,
	THUMBS_OF_OBJECT,
	ENTRIES_FROM,
	FACTS_FROM,
	THUMBS_FROM,
	EACH_USE,
	EACH_ENTRY,
	EACH_ENTRY_BY_URL,
	EACH_THUMB,
	EACH_OBJECT,
	EACH_FACTS,
	DELETE_ORPHAN_THUMBS,
	DELETE_ORPHAN_FACTS,
	DELETE_THUMBS_OF,
	DELETE_THUMB,
	DELETE_THUMBS_OF_OTHERS,
	DELETE_OBJECT,
	STATEMENT_COUNT,
};

struct index {
	struct database *database;
};

void index_bind_id(struct sqlite3_stmt *statement, int at, const struct object_id *id);
char *index_column_copy(struct sqlite3_stmt *statement, int at); /* NULL for NULL */
/* A day that has been, or is to come. */
int64_t index_used_day(struct sqlite3_stmt *statement, int at);
/* false: no id stands there. */
bool index_column_id(struct sqlite3_stmt *statement, int at, struct object_id *ret_id);
/* Of a statement whose columns are ENTRY_COLUMNS; owned by the caller. */
void index_read_entry(struct sqlite3_stmt *row, struct index_entry *ret_entry);
/* Of one that has COMMON_COLUMNS from `first` on: false, and nothing is owned, when the entry has
 * more than them. Without its URL. */
bool index_read_common(struct sqlite3_stmt *row, int first, struct index_entry *ret_entry);
/* Of one that has FACT_COLUMNS from `first` on; false: all are NULL, or make no sense. */
bool index_read_facts(struct sqlite3_stmt *row, int first, struct cache_facts *ret_facts);
/* Of one that has FOUND_THUMB_COLUMNS from `first` on; all but the object. */
void index_read_thumb(struct sqlite3_stmt *row, int first, struct cache_thumb *ret_thumb);

#endif
