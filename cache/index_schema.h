/*
 * index_schema.h: the statements that make an index, one string a format. docs/cache-format.md
 * explains the columns.
 */
#ifndef INDEX_SCHEMA_H
#define INDEX_SCHEMA_H

/* "pdsk": what file(1) and we know an index of picdesk by. */
#define INDEX_APPLICATION_ID 0x7064736b

/* index_migrations[n] leads from format n to n + 1. */
static const char *const index_migrations[] = {
	"CREATE TABLE entries ("
	" key INTEGER PRIMARY KEY,"
	" url TEXT NOT NULL,"
	" final_url TEXT,"
	" status INTEGER NOT NULL,"
	" is_permanent_redirect INTEGER NOT NULL,"
	" object BLOB,"
	" object_bytes INTEGER,"
	" fields TEXT,"
	" request_key TEXT,"
	" request_time_s INTEGER NOT NULL,"
	" response_time_s INTEGER NOT NULL,"
	" checked_s INTEGER NOT NULL,"
	" success_s INTEGER NOT NULL,"
	" used_day INTEGER NOT NULL,"
	" failure INTEGER NOT NULL,"
	" failure_code TEXT,"
	" failure_message TEXT,"
	" failure_status INTEGER,"
	" first_failure_s INTEGER,"
	" last_failure_s INTEGER,"
	" not_before_s INTEGER,"
	" failure_lifetime_s INTEGER,"
	" failure_streak INTEGER);"
	"CREATE INDEX entries_object ON entries (object) WHERE object IS NOT NULL;"
	"CREATE TABLE objects ("
	" id BLOB PRIMARY KEY,"
	" bytes INTEGER,"
	" type TEXT,"
	" width_px INTEGER,"
	" height_px INTEGER,"
	" frames INTEGER,"
	" verdict TEXT,"
	" message TEXT,"
	" renderer TEXT) WITHOUT ROWID;"
	"CREATE TABLE thumbs ("
	" key TEXT PRIMARY KEY,"
	" original BLOB NOT NULL,"
	" object BLOB NOT NULL,"
	" bytes INTEGER NOT NULL,"
	" type TEXT NOT NULL,"
	" width_px INTEGER NOT NULL,"
	" height_px INTEGER NOT NULL,"
	" is_smaller_than_spec INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX thumbs_original ON thumbs (original, key);"
	"CREATE INDEX thumbs_object ON thumbs (object);"
	"CREATE TABLE documents ("
	" name TEXT PRIMARY KEY,"
	" data BLOB NOT NULL);",
	"ALTER TABLE entries ADD COLUMN redirect_lifetime_s INTEGER;",
	"ALTER TABLE entries ADD COLUMN failure_request INTEGER;",
};

#define INDEX_FORMAT ((int)(sizeof index_migrations / sizeof *index_migrations))

#endif
