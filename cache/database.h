/*
 * database.h: SQLite, fenced: nobody else includes its header.
 *
 *	database_open(path, &schema, &database, &fault)
 *	database_statement(database, GET_ENTRY, &statement, &fault)     prepared once
 *	statement_bind_...(statement, 1, ...)
 *	database_first_row() ... statement_int() ... statement_finish()     or    database_run()
 *
 * Waits for other processes, up to two minutes, so that nobody sees "database is locked". Bound
 * text and bytes are borrowed until the statement is finished. -EUCLEAN: the file is damaged;
 * -ENOTSUP: its format is newer.
 */
#ifndef DATABASE_H
#define DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "fault.h"

struct database;
struct sqlite3_stmt;

/* Borrowed by the database. */
struct database_schema {
	const char *name; /* for messages */
	int application_id;
	const char *const *migrations; /* [n] leads from format n to n + 1 */
	int format;                    /* count of migrations */
	const char *const *objects;    /* as they are in the present format; there are no others */
	size_t object_count;
	const char *const *statements;
	size_t statement_count;
};

/* `read_only`: nothing is made, migrated or written; an older format is refused (-ENOTSUP). */
int database_open(const char *path, const struct database_schema *schema, bool read_only,
		  struct database **ret_database, struct fault *fault);
void database_close(struct database *database);

/* Until database_release() reads need not lock and look for changes each time, which is most of
 * what a small read costs; but nobody can commit meanwhile. Holding twice is holding once. */
int database_hold(struct database *database, struct fault *fault);
void database_release(struct database *database);
/* Gives back the memory of the pages that were read and written, up to 16 MB. */
void database_release_memory(struct database *database);

/* Another number than before when another process has committed in between; mostly one read of four
 * bytes without a lock. Nothing is said of own commits. */
int database_generation(struct database *database, uint32_t *ret_generation, struct fault *fault);

/* A transaction that nobody else writes beside. Releases what is held. */
int database_begin(struct database *database, struct fault *fault);
int database_commit(struct database *database, struct fault *fault);
void database_rollback(struct database *database); /* nothing when none is open */
/* Does every page hold what it should? Reads all of the file. */
int database_check(struct database *database, struct fault *fault);

/* Where what does not fit into the page cache goes: in a temporary file that nobody sees, or (as at
 * first) in memory, which the sort of a large table exhausts. Not within a transaction. */
int database_sort_in_file(struct database *database, bool in_file, struct fault *fault);

/* Transactions need no room on the disk then; one that is killed damages the file. */
int database_keep_journal_in_memory(struct database *database, bool in_memory, struct fault *fault);
/* Writes the file anew without its free pages, when they are a quarter of it. */
int database_compact(struct database *database, struct fault *fault);

/* The statement of that number, reset and without bindings. */
int database_statement(struct database *database, size_t which, struct sqlite3_stmt **ret_statement,
		       struct fault *fault);
/* The next row: 1; none: 0; or a negative errno. `step` says what was being done. */
int database_next(struct database *database, struct sqlite3_stmt *statement, const char *step,
		  struct fault *fault);
/* The first row: 0, to be finished; or -ENOENT without a fault. Failures finish it. */
int database_first_row(struct database *database, struct sqlite3_stmt *statement, const char *step,
		       struct fault *fault);
/* Runs one that gives no rows, and finishes it. */
int database_run(struct database *database, struct sqlite3_stmt *statement, const char *step,
		 struct fault *fault);

/* From now on little of the file is kept in memory, so that what a large write needs goes to the
 * file piece by piece; or as much as when it was opened. */
int database_keep_little(struct database *database, bool little, struct fault *fault);

/* How many rows the last statement changed. */
int database_changed_rows(const struct database *database);

/* Parameters count from 1, columns from 0. NULL text is SQL's NULL. */
void statement_bind_text(struct sqlite3_stmt *statement, int at, const char *text);
/* Copied. */
void statement_bind_own_text(struct sqlite3_stmt *statement, int at, const char *text);
void statement_bind_int(struct sqlite3_stmt *statement, int at, int64_t value);
void statement_bind_bytes(struct sqlite3_stmt *statement, int at, const void *data,
			  size_t length_bytes);
bool statement_is_null(struct sqlite3_stmt *statement, int at);
int64_t statement_int(struct sqlite3_stmt *statement, int at);
const char *statement_text(struct sqlite3_stmt *statement, int at); /* borrowed; NULL for NULL */
const void *statement_bytes(struct sqlite3_stmt *statement, int at, size_t *ret_length_bytes);
void statement_finish(struct sqlite3_stmt *statement);

#endif
