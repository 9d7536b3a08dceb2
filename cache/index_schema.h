/*
 * index_schema.h: the statements that make an index, one string a format. docs/cache-format.md
 * explains the columns.
 */
#ifndef INDEX_SCHEMA_H
#define INDEX_SCHEMA_H

/* "pdsk": what file(1) and we know an index of picdesk by. */
#define INDEX_APPLICATION_ID 0x7064736b

/* Of the first format, without what ends it. */
#define ENTRIES                                    \
	"CREATE TABLE entries ("                   \
	" key INTEGER PRIMARY KEY,"                \
	" url TEXT NOT NULL,"                      \
	" final_url TEXT,"                         \
	" status INTEGER NOT NULL,"                \
	" is_permanent_redirect INTEGER NOT NULL," \
	" object BLOB,"                            \
	" object_bytes INTEGER,"                   \
	" fields TEXT,"                            \
	" request_key TEXT,"                       \
	" request_time_s INTEGER NOT NULL,"        \
	" response_time_s INTEGER NOT NULL,"       \
	" checked_s INTEGER NOT NULL,"             \
	" success_s INTEGER NOT NULL,"             \
	" used_day INTEGER NOT NULL,"              \
	" failure INTEGER NOT NULL,"               \
	" failure_code TEXT,"                      \
	" failure_message TEXT,"                   \
	" failure_status INTEGER,"                 \
	" first_failure_s INTEGER,"                \
	" last_failure_s INTEGER,"                 \
	" not_before_s INTEGER,"                   \
	" failure_lifetime_s INTEGER,"             \
	" failure_streak INTEGER"
#define REDIRECT_LIFETIME "redirect_lifetime_s INTEGER"
#define FAILURE_REQUEST "failure_request INTEGER"
#define ENTRIES_OBJECT "CREATE INDEX entries_object ON entries (object) WHERE object IS NOT NULL"
#define OBJECTS                  \
	"CREATE TABLE objects (" \
	" id BLOB PRIMARY KEY,"  \
	" bytes INTEGER,"        \
	" type TEXT,"            \
	" width_px INTEGER,"     \
	" height_px INTEGER,"    \
	" frames INTEGER,"       \
	" verdict TEXT,"         \
	" message TEXT,"         \
	" renderer TEXT) WITHOUT ROWID"
#define THUMBS                         \
	"CREATE TABLE thumbs ("        \
	" key TEXT PRIMARY KEY,"       \
	" original BLOB NOT NULL,"     \
	" object BLOB NOT NULL,"       \
	" bytes INTEGER NOT NULL,"     \
	" type TEXT NOT NULL,"         \
	" width_px INTEGER NOT NULL,"  \
	" height_px INTEGER NOT NULL," \
	" is_smaller_than_spec INTEGER NOT NULL) WITHOUT ROWID"
#define THUMBS_ORIGINAL "CREATE INDEX thumbs_original ON thumbs (original, key)"
#define THUMBS_OBJECT "CREATE INDEX thumbs_object ON thumbs (object)"
#define DOCUMENTS                  \
	"CREATE TABLE documents (" \
	" name TEXT PRIMARY KEY,"  \
	" data BLOB NOT NULL)"

/* index_migrations[n] leads from format n to n + 1. */
static const char *const index_migrations[] = {
	ENTRIES ");" ENTRIES_OBJECT ";" OBJECTS ";" THUMBS ";" THUMBS_ORIGINAL ";" THUMBS_OBJECT
		";" DOCUMENTS ";",
	"ALTER TABLE entries ADD COLUMN " REDIRECT_LIFETIME ";",
	"ALTER TABLE entries ADD COLUMN " FAILURE_REQUEST ";",
};

/* What SQLite has of the present format, word by word. */
static const char *const index_objects[] = {
	ENTRIES ", " REDIRECT_LIFETIME ", " FAILURE_REQUEST ")",
	ENTRIES_OBJECT,
	OBJECTS,
	THUMBS,
	THUMBS_ORIGINAL,
	THUMBS_OBJECT,
	DOCUMENTS,
};

#define INDEX_FORMAT ((int)(sizeof index_migrations / sizeof *index_migrations))

#endif
