/*
 * index_statements.h: what index.c asks the database, one statement a number. Only index.c includes
 * this.
 */
#ifndef INDEX_STATEMENTS_H
#define INDEX_STATEMENTS_H

#include "index_rows.h"

/* What each entry has beside its URL; and what one has that failed, or was redirected to. */
#define COMMON_COLUMNS                                                                   \
	"final_url, status, is_permanent_redirect, object, object_bytes, fields, "       \
	"request_key, request_time_s, response_time_s, checked_s, success_s, used_day, " \
	"failure, first_failure_s, key"
#define REST_COLUMNS                                                                    \
	"failure_code, failure_message, failure_status, last_failure_s, not_before_s, " \
	"failure_lifetime_s, failure_streak, redirect_lifetime_s, failure_request"
#define ENTRY_COLUMNS "url, " COMMON_COLUMNS ", " REST_COLUMNS
#define FACT_COLUMNS "type, width_px, height_px, frames, verdict, message, renderer"
#define FOUND_THUMB_COLUMNS "bytes, type, width_px, height_px, is_smaller_than_spec"
#define THUMB_COLUMNS "key, object, original, " FOUND_THUMB_COLUMNS

static const char *const statement_texts[STATEMENT_COUNT] = {
	[GET_ENTRY] =
		"SELECT " COMMON_COLUMNS " FROM entries WHERE key BETWEEN ?1 AND ?2 AND url = ?3",
	[GET_ENTRY_AND_FACTS] = "SELECT " COMMON_COLUMNS ", " FACT_COLUMNS
				" FROM entries LEFT JOIN objects ON id = object "
				"WHERE key BETWEEN ?1 AND ?2 AND url = ?3",
	[GET_REST] = "SELECT " REST_COLUMNS " FROM entries WHERE key = ?1",
	[FIND_KEYS] = "SELECT key, url = ?3 FROM entries WHERE key BETWEEN ?1 AND ?2 ORDER BY key",
	[PUT_ENTRY] =
		"INSERT OR REPLACE INTO entries (" ENTRY_COLUMNS ") VALUES "
		"(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
		"?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
	[CONFIRM_ENTRY] =
		"UPDATE entries SET final_url = ?4, is_permanent_redirect = ?5, "
		"redirect_lifetime_s = ?6, fields = ?7, request_key = ?8, request_time_s = ?9, "
		"response_time_s = ?10, checked_s = ?11, success_s = ?12, used_day = ?13 "
		"WHERE key = ?1 AND url = ?2 AND object = ?3 AND failure = 0 "
		"AND first_failure_s IS NULL",
	[DELETE_ENTRY] = "DELETE FROM entries WHERE key BETWEEN ?1 AND ?2 AND url = ?3",
	[DELETE_ENTRY_AT] = "DELETE FROM entries WHERE key = ?1",
	[MARK_USED] = "UPDATE entries SET used_day = ?4 "
		      "WHERE key BETWEEN ?1 AND ?2 AND url = ?3 AND used_day <> ?4",
	[PUT_OBJECT] = "INSERT INTO objects (id, bytes) VALUES (?1, ?2) "
		       "ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes "
		       "WHERE bytes IS NOT excluded.bytes",
	[GET_FACTS] = "SELECT " FACT_COLUMNS " FROM objects WHERE id = ?1 AND type IS NOT NULL",
	[PUT_FACTS] =
		"INSERT INTO objects (id, type, width_px, height_px, frames, verdict, message, "
		"renderer) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET "
		"type = excluded.type, width_px = excluded.width_px, height_px = "
		"excluded.height_px, "
		"frames = excluded.frames, verdict = excluded.verdict, message = excluded.message, "
		"renderer = excluded.renderer",
	[FORGET_IN_ENTRIES] =
		"UPDATE entries SET object = NULL, object_bytes = NULL WHERE object = ?1",
	[FORGET_IN_THUMBS] = "DELETE FROM thumbs WHERE object = ?1",
	[FORGET_IN_OBJECTS] = "UPDATE objects SET bytes = NULL WHERE id = ?1",
	[GET_THUMBS] = "SELECT key, object, " FOUND_THUMB_COLUMNS
		       " FROM thumbs WHERE key BETWEEN ?1 AND ?2",
	[PUT_THUMB] = "INSERT OR REPLACE INTO thumbs (" THUMB_COLUMNS
		      ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[GET_DOCUMENT] = "SELECT data FROM documents WHERE name = ?1",
	[GET_PARTS] = "SELECT data FROM documents WHERE name BETWEEN ?1 AND ?2 ORDER BY name",
	[DELETE_PARTS] = "DELETE FROM documents WHERE name = ?1 OR name BETWEEN ?2 AND ?3",
	[PUT_DOCUMENT] = "INSERT OR REPLACE INTO documents (name, data) VALUES (?1, ?2)",
	[ANY_THUMB] = "SELECT 1 FROM thumbs LIMIT 1",
	[COUNT] = "SELECT (SELECT count(*) FROM entries), (SELECT count(object) FROM entries), "
		  "(SELECT count(*) FROM entries WHERE failure <> 0), "
		  "(SELECT count(bytes) FROM objects), (SELECT total(bytes) FROM objects), "
		  "(SELECT count(*) FROM thumbs), "
		  "(SELECT total(bytes) FROM (SELECT DISTINCT object, bytes FROM thumbs))",
	[URLS_OF_OBJECT] = "SELECT url FROM entries WHERE object = ?1 ORDER BY url",
	[THUMBS_OF_OBJECT] =
		"SELECT " THUMB_COLUMNS " FROM thumbs WHERE original = ?1 ORDER BY key",
	[ENTRIES_FROM] =
		"SELECT key, url, " COMMON_COLUMNS " FROM entries WHERE key >= ?1 ORDER BY key",
	[FACTS_FROM] = "SELECT id, " FACT_COLUMNS " FROM objects WHERE id >= ?1 ORDER BY id",
	[THUMBS_FROM] = "SELECT key, object, " FOUND_THUMB_COLUMNS
			" FROM thumbs WHERE key >= ?1 ORDER BY key",
	[EACH_USE] = "SELECT key, used_day, failure, object FROM entries ORDER BY key",
	[EACH_ENTRY] = "SELECT " ENTRY_COLUMNS " FROM entries ORDER BY key",
	[EACH_ENTRY_BY_URL] =
		"SELECT " ENTRY_COLUMNS " FROM entries WHERE ?1 IS NULL OR url > ?1 ORDER BY url",
	[EACH_THUMB] =
		"SELECT " THUMB_COLUMNS " FROM thumbs WHERE ?1 IS NULL OR key > ?1 ORDER BY key",
	[EACH_OBJECT] = "SELECT id, bytes FROM objects ORDER BY id",
	[EACH_FACTS] = "SELECT " FACT_COLUMNS ", id FROM objects WHERE type IS NOT NULL AND "
		       "(?1 IS NULL OR id > ?1) ORDER BY id",
	[DELETE_ORPHAN_THUMBS] = "DELETE FROM thumbs WHERE NOT EXISTS "
				 "(SELECT 1 FROM entries WHERE entries.object = thumbs.original)",
	[DELETE_ORPHAN_FACTS] = "DELETE FROM objects WHERE bytes IS NULL AND NOT EXISTS "
				"(SELECT 1 FROM entries WHERE entries.object = id) AND NOT EXISTS "
				"(SELECT 1 FROM thumbs WHERE original = id) AND NOT EXISTS "
				"(SELECT 1 FROM thumbs WHERE thumbs.object = id)",
	[DELETE_THUMBS_OF] = "DELETE FROM thumbs WHERE original = ?1",
	[DELETE_THUMB] = "DELETE FROM thumbs WHERE key = ?1",
	[DELETE_THUMBS_OF_OTHERS] =
		"DELETE FROM thumbs WHERE substr(key, -length(?1) - 1) <> '|' || ?1",
	[DELETE_OBJECT] = "DELETE FROM objects WHERE id = ?1",
};

#endif
