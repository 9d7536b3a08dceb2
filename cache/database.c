#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"

/* Another process holds the file for one batch at a time: tens of milliseconds. */
#define BUSY_MAX_MS (2 * 60 * 1000)
#define BUSY_PAUSE_MS 5
/* A higher number is no newer picdesk's, it is damaged. */
#define FORMATS_MOST 1000
#define CACHE_SIZE "PRAGMA cache_size = -16000" /* KiB */

struct database {
	sqlite3 *connection;
	struct index_vfs *vfs; /* the connection's own */
	int folder_fd;         /* that the file lies in, where its path is long; else -1 */
	const struct database_schema *schema;
	sqlite3_stmt **statements;
	sqlite3_stmt *begin, *commit, *rollback, *hold, *version;
	bool is_held;
	bool has_version_of_hold; /* data_version is that of what is held */
	uint32_t change_counter;  /* of the file, when it was read last */
	uint32_t data_version;    /* when that was another than before */
	int64_t waiting_since_ms;
};

/* --- errors ----------------------------------------------------------------------------------- */

/* Of the file's last call that failed. */
static int errno_of_file(sqlite3 *connection, int which)
{
	sqlite3_file *file = NULL;
	int error = 0;

	sqlite3_file_control(connection, "main", which, &file);
	if (file && file->pMethods)
		file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
	return error;
}

/* sqlite3_system_errno() is 0 where the transaction was rolled back since. */
static int system_errno_of(sqlite3 *connection, int code)
{
	int error = connection ? sqlite3_system_errno(connection) : 0;

	if (error || !connection || (code & 0xff) != SQLITE_IOERR)
		return error;
	error = errno_of_file(connection, SQLITE_FCNTL_FILE_POINTER);
	return error ? error : errno_of_file(connection, SQLITE_FCNTL_JOURNAL_POINTER);
}

static int errno_of(sqlite3 *connection, int code)
{
	int system_errno = system_errno_of(connection, code);

	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_TOOBIG:
		return -EFBIG;
	}
	return system_errno > 0 ? -system_errno : -EIO;
}

static int raise_code(const struct database *database, int code, const char *step,
		      struct fault *fault)
{
	int error = errno_of(database->connection, code);
	const char *name = database->schema->name, *cause = sqlite3_errmsg(database->connection);

	if (error == -EUCLEAN)
		return fault_raise(fault, error,
				   "%s: %s: is damaged (%s); the next run rebuilds it", name, step,
				   cause);
	if (error == -EBUSY)
		return fault_raise(fault, error, "%s: %s: another process held it for two minutes",
				   name, step);
	if (code == SQLITE_READONLY_ROLLBACK)
		return fault_raise(
			fault, error,
			"%s: %s: a run was killed in the midst of a batch, which must be "
			"taken back first: run picdesk where the cache can be written",
			name, step);
	return fault_raise(fault, error, "%s: %s: %s (%s)", name, step, cause, strerror(-error));
}

/* Our statements fit our schema: where one cannot be compiled or a migration cannot be made, the
 * schema is not what the format says. */
static int raise_schema(const struct database *database, int code, const char *step,
			struct fault *fault)
{
	if ((code & 0xff) == SQLITE_ERROR)
		return fault_raise(fault, -EUCLEAN, "%s: %s: is damaged (%s)",
				   database->schema->name, step,
				   sqlite3_errmsg(database->connection));
	return raise_code(database, code, step, fault);
}

static int wait_for_others(void *context, int tries)
{
	const struct timespec pause = {.tv_nsec = BUSY_PAUSE_MS * 1000000L};
	struct database *database = context;

	if (tries == 0)
		database->waiting_since_ms = clock_monotonic_ms();
	nanosleep(&pause, NULL);
	return clock_monotonic_ms() - database->waiting_since_ms < BUSY_MAX_MS;
}

/* --- statements ------------------------------------------------------------------------------- */

static int prepare(struct database *database, const char *text, sqlite3_stmt **statement,
		   struct fault *fault)
{
	int code;

	if (*statement)
		return 0;
	code = sqlite3_prepare_v3(database->connection, text, -1, SQLITE_PREPARE_PERSISTENT,
				  statement, NULL);
	return code == SQLITE_OK ? 0 : raise_schema(database, code, "prepare", fault);
}

int database_statement(struct database *database, size_t which, sqlite3_stmt **ret_statement,
		       struct fault *fault)
{
	int error = prepare(database, database->schema->statements[which],
			    &database->statements[which], fault);

	if (!error)
		*ret_statement = database->statements[which];
	return error;
}

int database_next(struct database *database, sqlite3_stmt *statement, const char *step,
		  struct fault *fault)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : raise_code(database, code, step, fault);
}

int database_first_row(struct database *database, sqlite3_stmt *statement, const char *step,
		       struct fault *fault)
{
	int rows = database_next(database, statement, step, fault);

	if (rows == 1)
		return 0;
	statement_finish(statement);
	return rows == 0 ? -ENOENT : rows;
}

int database_run(struct database *database, sqlite3_stmt *statement, const char *step,
		 struct fault *fault)
{
	int rows = database_next(database, statement, step, fault);

	statement_finish(statement);
	return rows < 0 ? rows : 0;
}

int database_changed_rows(const struct database *database)
{
	return sqlite3_changes(database->connection);
}

void statement_finish(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

void statement_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

void statement_bind_own_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

void statement_bind_int(sqlite3_stmt *statement, int at, int64_t value)
{
	sqlite3_bind_int64(statement, at, value);
}

void statement_bind_bytes(sqlite3_stmt *statement, int at, const void *data, size_t length_bytes)
{
	sqlite3_bind_blob64(statement, at, length_bytes ? data : "", length_bytes, SQLITE_STATIC);
}

bool statement_is_null(sqlite3_stmt *statement, int at)
{
	return sqlite3_column_type(statement, at) == SQLITE_NULL;
}

int64_t statement_int(sqlite3_stmt *statement, int at)
{
	return sqlite3_column_int64(statement, at);
}

const char *statement_text(sqlite3_stmt *statement, int at)
{
	return (const char *)sqlite3_column_text(statement, at);
}

const void *statement_bytes(sqlite3_stmt *statement, int at, size_t *ret_length_bytes)
{
	const void *data = sqlite3_column_blob(statement, at);

	*ret_length_bytes = (size_t)sqlite3_column_bytes(statement, at);
	return data;
}

/* --- transactions ----------------------------------------------------------------------------- */

int database_hold(struct database *database, struct fault *fault)
{
	int error;

	if (database->is_held)
		return 0;
	error = prepare(database, "BEGIN DEFERRED", &database->hold, fault);
	if (!error)
		error = database_run(database, database->hold, "begin to read", fault);
	database->is_held = !error;
	database->has_version_of_hold = false;
	return error;
}

void database_release(struct database *database)
{
	if (!database->is_held)
		return;
	database->is_held = false;
	database_rollback(database);
}

/* Each commit of any process adds one to this number of the file's header (file format, section
 * 1.3.6). Without a lock it may be read early, which only means to look again. */
static uint32_t read_change_counter(const struct database *database)
{
	sqlite3_file *file = NULL;
	unsigned char bytes[4] = {0};

	sqlite3_file_control(database->connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (!file || !file->pMethods || file->pMethods->xRead(file, bytes, sizeof bytes, 24))
		return 0;
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

int database_generation(struct database *database, uint32_t *ret_generation, struct fault *fault)
{
	uint32_t change_counter;

	if (database->is_held && database->has_version_of_hold) {
		*ret_generation = database->data_version;
		return 0;
	}
	change_counter = read_change_counter(database);
	if (change_counter != database->change_counter || !change_counter) {
		int error = prepare(database, "PRAGMA data_version", &database->version, fault);

		if (!error)
			error = database_first_row(database, database->version, "look for changes",
						   fault);
		if (error)
			return error;
		database->data_version = (uint32_t)statement_int(database->version, 0);
		statement_finish(database->version);
		database->change_counter = change_counter;
	}
	/* It stays so: who holds is reading, and nobody can commit. */
	database->has_version_of_hold = database->is_held;
	*ret_generation = database->data_version;
	return 0;
}

int database_begin(struct database *database, struct fault *fault)
{
	int error;

	database_release(database);
	error = prepare(database, "BEGIN IMMEDIATE", &database->begin, fault);

	return error ? error : database_run(database, database->begin, "begin a batch", fault);
}

int database_commit(struct database *database, struct fault *fault)
{
	int error = prepare(database, "COMMIT", &database->commit, fault);

	return error ? error : database_run(database, database->commit, "commit a batch", fault);
}

void database_release_memory(struct database *database)
{
	sqlite3_db_release_memory(database->connection);
}

void database_rollback(struct database *database)
{
	/* Some errors have rolled back already. */
	if (sqlite3_get_autocommit(database->connection))
		return;
	if (!prepare(database, "ROLLBACK", &database->rollback, NULL))
		database_run(database, database->rollback, "roll back", NULL);
}

/* --- open ------------------------------------------------------------------------------------- */

static int execute(struct database *database, const char *text, const char *step,
		   struct fault *fault)
{
	int code = sqlite3_exec(database->connection, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : raise_code(database, code, step, fault);
}

int database_keep_little(struct database *database, bool little, struct fault *fault)
{
	return execute(database, little ? "PRAGMA cache_size = -1000" : CACHE_SIZE,
		       "limit its memory", fault);
}

static int pragma_number(struct database *database, const char *text, int *ret_number,
			 struct fault *fault)
{
	sqlite3_stmt *pragma = NULL;
	int code = sqlite3_prepare_v2(database->connection, text, -1, &pragma, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(pragma);
	if (code == SQLITE_ROW)
		*ret_number = sqlite3_column_int(pragma, 0);
	sqlite3_finalize(pragma);
	return code == SQLITE_ROW ? 0 : raise_code(database, code, "open", fault);
}

static int read_format(struct database *database, int *ret_format, struct fault *fault)
{
	const struct database_schema *schema = database->schema;
	int application_id = 0, format = 0, tables = 0, error;

	error = pragma_number(database, "PRAGMA user_version", &format, fault);
	if (!error)
		error = pragma_number(database, "PRAGMA application_id", &application_id, fault);
	if (!error)
		error = pragma_number(database, "SELECT count(*) FROM sqlite_schema", &tables,
				      fault);
	if (error)
		return error;
	if ((application_id != schema->application_id && (application_id || format || tables)) ||
	    format > FORMATS_MOST)
		return fault_raise(fault, -EUCLEAN, "%s: open: is damaged, or not picdesk's",
				   schema->name);
	if (format > schema->format)
		return fault_raise(
			fault, -ENOTSUP,
			"%s: open: a newer picdesk made it (format %d, this one knows %d): "
			"update picdesk, or name another --cache-dir",
			schema->name, format, schema->format);
	*ret_format = format < 0 ? 0 : format;
	return 0;
}

static bool is_of_schema(const struct database_schema *schema, const char *type, const char *name,
			 const char *text)
{
	if (!text) /* an index that SQLite makes for a primary key */
		return type && name && !strcmp(type, "index") &&
		       !strncmp(name, "sqlite_autoindex_", strlen("sqlite_autoindex_"));
	for (size_t i = 0; i < schema->object_count; i++)
		if (!strcmp(text, schema->objects[i]))
			return true;
	return false;
}

/* Views, triggers, checks and computed columns of somebody else would run with our statements: for
 * ever, or until the disk is full. */
static int check_objects(struct database *database, struct fault *fault)
{
	sqlite3_stmt *rows = NULL;
	int code = sqlite3_prepare_v2(database->connection,
				      "SELECT type, name, sql FROM sqlite_schema", -1, &rows, NULL);
	int error = 0;

	while (code == SQLITE_OK && !error && (code = sqlite3_step(rows)) == SQLITE_ROW) {
		code = SQLITE_OK;
		if (!is_of_schema(database->schema, statement_text(rows, 0),
				  statement_text(rows, 1), statement_text(rows, 2)))
			error = fault_raise(fault, -EUCLEAN, "%s: open: is damaged (%s)",
					    database->schema->name, "it has tables of others");
	}
	if (!error && code != SQLITE_DONE)
		error = raise_schema(database, code, "open", fault);
	sqlite3_finalize(rows);
	return error;
}

/* Inside a transaction: another process may have migrated while this one waited. */
static int migrate_inside(struct database *database, struct fault *fault)
{
	const struct database_schema *schema = database->schema;
	char pragmas[128];
	int format = 0;
	int error = read_format(database, &format, fault);

	for (; !error && format < schema->format; format++) {
		int code = sqlite3_exec(database->connection, schema->migrations[format], NULL,
					NULL, NULL);

		error = code == SQLITE_OK ? 0 : raise_schema(database, code, "migrate", fault);
	}
	if (error)
		return error;
	snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 schema->application_id, schema->format);
	return execute(database, pragmas, "migrate", fault);
}

/* Nothing is written when the format is the present one. */
static int migrate(struct database *database, struct fault *fault)
{
	int format = 0;
	int error = read_format(database, &format, fault);

	if (error || format == database->schema->format)
		return error;
	error = database_begin(database, fault);
	if (!error)
		error = migrate_inside(database, fault);
	if (!error)
		error = database_commit(database, fault);
	if (error)
		database_rollback(database);
	return error;
}

/* For reading alone: it must be of the present format already. */
static int check_format(struct database *database, struct fault *fault)
{
	int format = 0;
	int error = read_format(database, &format, fault);

	if (!error && format != database->schema->format)
		error = fault_raise(fault, -ENOTSUP,
				    "%s: open: an older picdesk made it, and it cannot be migrated "
				    "where nothing can be written",
				    database->schema->name);
	return error;
}

static int configure(struct database *database, bool read_only, struct fault *fault)
{
	sqlite3_extended_result_codes(database->connection, 1);
	sqlite3_busy_handler(database->connection, wait_for_others, database);
	sqlite3_db_config(database->connection, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (read_only)
		return execute(database,
			       "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
			       "PRAGMA trusted_schema = OFF",
			       "open", fault);
	/* PERSIST, not WAL: 3.40.1 can lose a commit when a checkpoint races it (WAL-reset bug). A
	 * journal that keeps its blocks is synced without the file system's own journal.
	 */
	return execute(database,
		       "PRAGMA journal_mode = PERSIST;"
		       "PRAGMA journal_size_limit = 8388608;"
#ifdef CACHE_UNSAFE_NOSYNC
		       "PRAGMA synchronous = OFF;"
#else
		       "PRAGMA synchronous = FULL;"
#endif
		       "PRAGMA temp_store = MEMORY;" CACHE_SIZE ";"
		       /* Debian's SQLite has it on: each page that is given up is journaled and
			* written over with zeros. Nothing here is a secret. */
		       "PRAGMA secure_delete = OFF;"
		       "PRAGMA cell_size_check = ON;"
		       "PRAGMA trusted_schema = OFF",
		       "open", fault);
}

/* A VFS for each database. */
struct index_vfs {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	bool is_in_proc;
	char *path; /* of the file, as SQLite knows it */
	char name[sizeof "picdesk-" + 2 * sizeof(void *)];
};

/* SQLite takes 512 bytes of a path, that of the journal's included, and looks whether any part of
 * it is a link: a longer one is a short one through /proc, which it must not look into. */
#define LONGEST_PATH_BYTES 480

static int keep_path(sqlite3_vfs *vfs, const char *path, int size_bytes, char *ret_path)
{
	struct index_vfs *index_vfs = (struct index_vfs *)vfs;
	int code = SQLITE_OK;

	if (index_vfs->is_in_proc)
		snprintf(ret_path, (size_t)size_bytes, "%s", path);
	else
		code = index_vfs->real->xFullPathname(vfs, path, size_bytes, ret_path);
	free(index_vfs->path);
	index_vfs->path = code == SQLITE_OK ? alloc_string(ret_path) : NULL;
	return code;
}

/* A journal may name a super-journal, of a transaction over several files, which SQLite deletes
 * behind it: in a cache that came with a site that is any file of ours, another cache's index too.
 * The index has none, and where none is there, SQLite passes the journal over. */
static int look_for_its_own(sqlite3_vfs *vfs, const char *path, int flags, int *ret_result)
{
	const struct index_vfs *index_vfs = (const struct index_vfs *)vfs;
	size_t length = index_vfs->path ? strlen(index_vfs->path) : 0;

	*ret_result = 0;
	if (!length || strncmp(path, index_vfs->path, length) != 0 ||
	    (strcmp(path + length, "-journal") != 0 && strcmp(path + length, "-wal") != 0))
		return SQLITE_OK;
	return index_vfs->real->xAccess(vfs, path, flags, ret_result);
}

static struct index_vfs *vfs_new(void)
{
	struct index_vfs *index_vfs = alloc_zeroed(1, sizeof *index_vfs);

	index_vfs->real = sqlite3_vfs_find(NULL);
	index_vfs->vfs = *index_vfs->real;
	/* VACUUM finds it by its name. */
	snprintf(index_vfs->name, sizeof index_vfs->name, "picdesk-%" PRIxPTR,
		 (uintptr_t)index_vfs);
	index_vfs->vfs.zName = index_vfs->name;
	index_vfs->vfs.xAccess = look_for_its_own;
	index_vfs->vfs.xFullPathname = keep_path;
	sqlite3_vfs_register(&index_vfs->vfs, 0);
	return index_vfs;
}

static void vfs_free(struct index_vfs *index_vfs)
{
	sqlite3_vfs_unregister(&index_vfs->vfs);
	free(index_vfs->path);
	free(index_vfs);
}

static int open_connection(struct database *database, const char *path, int flags)
{
	const char *name = strrchr(path, '/');
	CLEANUP(cleanup_free) char *folder = NULL;
	char short_path[64];

	if (strlen(path) <= LONGEST_PATH_BYTES || !name)
		return sqlite3_open_v2(path, &database->connection, flags, database->vfs->name);
	folder = alloc_string_n(path, (size_t)(name - path));
	database->folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (database->folder_fd < 0)
		return SQLITE_CANTOPEN;
	database->vfs->is_in_proc = true;
	snprintf(short_path, sizeof short_path, "/proc/self/fd/%d%s", database->folder_fd, name);
	return sqlite3_open_v2(short_path, &database->connection, flags, database->vfs->name);
}

int database_open(const char *path, const struct database_schema *schema, bool read_only,
		  struct database **ret_database, struct fault *fault)
{
	struct database *database = alloc_zeroed(1, sizeof *database);
	int code, error;

	/* Nobody asks how much memory SQLite has, and it counts each piece under a lock. (It is too
	 * late where a handle was opened before, and then in force already.) */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	database->vfs = vfs_new();
	database->folder_fd = -1;
	database->schema = schema;
	database->statements = alloc_zeroed(schema->statement_count, sizeof *database->statements);
	code = open_connection(
		database, path,
		(read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
			SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE);
	error = code == SQLITE_OK ? 0 : raise_code(database, code, "open", fault);
	if (!error)
		error = configure(database, read_only, fault);
	if (!error)
		error = read_only ? check_format(database, fault) : migrate(database, fault);
	if (!error)
		error = check_objects(database, fault);
	if (error) {
		database_close(database);
		return error;
	}
	*ret_database = database;
	return 0;
}

void database_close(struct database *database)
{
	if (!database)
		return;
	for (size_t i = 0; i < database->schema->statement_count; i++)
		sqlite3_finalize(database->statements[i]);
	sqlite3_finalize(database->begin);
	sqlite3_finalize(database->commit);
	sqlite3_finalize(database->rollback);
	sqlite3_finalize(database->hold);
	sqlite3_finalize(database->version);
	sqlite3_close(database->connection);
	vfs_free(database->vfs);
	cleanup_close(&database->folder_fd);
	free(database->statements);
	free(database);
}

int database_check(struct database *database, struct fault *fault)
{
	sqlite3_stmt *check = NULL;
	int code = sqlite3_prepare_v2(database->connection, "PRAGMA integrity_check(1)", -1, &check,
				      NULL);
	int error = 0;

	if (code == SQLITE_OK)
		code = sqlite3_step(check);
	if (code != SQLITE_ROW)
		error = raise_code(database, code, "check", fault);
	else if (strcmp(statement_text(check, 0), "ok"))
		error = fault_raise(fault, -EUCLEAN, "%s: check: is damaged (%s)",
				    database->schema->name, statement_text(check, 0));
	sqlite3_finalize(check);
	return error;
}

int database_sort_in_file(struct database *database, bool in_file, struct fault *fault)
{
	return execute(database,
		       in_file ? "PRAGMA temp_store = FILE" : "PRAGMA temp_store = MEMORY", "sort",
		       fault);
}

int database_keep_journal_in_memory(struct database *database, bool in_memory, struct fault *fault)
{
	database_release(database);
	return execute(database,
		       in_memory ? "PRAGMA journal_mode = MEMORY" : "PRAGMA journal_mode = PERSIST",
		       "move the journal", fault);
}

int database_compact(struct database *database, struct fault *fault)
{
	int pages = 0, free_pages = 0;
	int error = pragma_number(database, "PRAGMA page_count", &pages, fault);

	if (!error)
		error = pragma_number(database, "PRAGMA freelist_count", &free_pages, fault);
	if (error || free_pages < pages / 4)
		return error;
	database_release(database);
	error = database_sort_in_file(database, true, fault);
	if (!error)
		error = execute(database, "VACUUM", "compact", fault);
	database_sort_in_file(database, false, NULL);
	return error;
}
