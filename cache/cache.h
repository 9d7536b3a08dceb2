/*
 * cache.h: what picdesk remembers between runs: responses by URL, bytes by hash, what was found out
 * about the bytes, thumbnails by key, and the last report.
 *
 *	cache_open(directory, &cache, &fault);
 *	cache_lookup(cache, url, &policy, now_s, &entry, &fault)   -> entry.state
 *	cache_writer_new / begin / write / commit                  -> object_id
 *	cache_store_response(...), cache_store_facts(...), cache_store_thumb(...)
 *	cache_flush(cache, false, &fault)                          each turn of the loop
 *	cache_close(cache, &fault)
 *
 * HTTP caching is RFC 9111's for a private cache. Writes become durable in batches: temporary ->
 * full write -> sync -> link -> sync of the folder -> one index transaction. Until a batch is
 * flushed its entries and objects can be read through this handle already. A kill at any moment
 * leaves no index row whose object is not whole on disk. One thread; several processes may share a
 * cache. Strings in results are owned by the result; release it.
 */
#ifndef CACHE_H
#define CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "fault.h"
#include "http_field.h"
#include "media_type.h"
#include "object_id.h"

struct cache;

/* Makes the folder (mode 0700), CACHEDIR.TAG and a .gitignore of its own when they are missing. A
 * folder that holds other files is refused. A newer format is refused, an older one migrated. */
int cache_open(const char *directory, struct cache **ret_cache, struct fault *fault);
/* To look into a cache where nothing can be written (another's, a read-only file system): what
 * would be stored is not. -EUCLEAN: its index is damaged. */
int cache_open_read_only(const char *directory, struct cache **ret_cache, struct fault *fault);
/* Flushes. NULL is allowed. The handle is gone whatever is returned. */
int cache_close(struct cache *cache, struct fault *fault);

/* --- responses by URL ------------------------------------------------------------------------- */

enum cache_state {
	CACHE_MISS,
	CACHE_FRESH,    /* may be used without asking (RFC 9111 section 4.2) */
	CACHE_STALE,    /* bytes are there; revalidate with the validators */
	CACHE_NEGATIVE, /* known to fail, and not due again */
};

/* INT64_MAX is "for ever". */
struct cache_policy {
	int64_t min_age_s;      /* lower clamp of the freshness lifetime; 0: none */
	int64_t max_age_s;      /* upper clamp; INT64_MAX: none. 0: everything is stale */
	int64_t negative_age_s; /* how long failures are remembered; -1: the defaults by kind */
	bool ignore_failures;   /* look at every failure again (check) */
	bool refresh;           /* treat every entry as stale and every failure as due */
	bool wants_facts;       /* cache_facts_of() will be called */
	/* What the origin answered from then on is as good as an answer to us, whatever the above
	 * say: another process asked while this one waited for its lease. 0: no such time. */
	int64_t answered_since_s;
	/* What the request would say, for responses that vary (RFC 9111 section 4.1); borrowed.
	 * NULL: not known, then only "Vary: *" is seen. Fields whose names begin with a colon are
	 * no part of the message, and every response to a request that has them depends on them. */
	const struct http_fields *request_fields;
	/* Of all that the request depends on beside its URL: the failure of another one says little
	 * of this one, and is due again. 0: not known, any failure counts. */
	uint64_t request_digest;
};

/* Kinds of failure, for their default memory: 404/410 24 h; blocked 6 h; 5xx, timeouts and
 * connection failures 5 min doubling with each failure in a row to 6 h; DNS 1 h; not an image 24 h;
 * other 1 h. */
enum cache_failure {
	CACHE_FAILURE_NONE,
	CACHE_FAILURE_GONE,
	CACHE_FAILURE_BLOCKED,
	CACHE_FAILURE_TEMPORARY,
	CACHE_FAILURE_DNS,
	CACHE_FAILURE_NOT_AN_IMAGE,
	CACHE_FAILURE_OTHER,
	CACHE_FAILURE_DEFERRED, /* not_before_s says when */
};

struct cache_entry {
	enum cache_state state;
	/* The last good response; has_object is false when there never was one or its bytes are
	 * gone. */
	bool has_object;
	bool is_selected; /* the request would be answered with it (RFC 9111 section 4.1) */
	struct object_id object;
	uint64_t object_bytes;
	int status;
	char *final_url;
	bool is_permanent_redirect;
	struct http_fields fields; /* as stored, updated by 304s */
	/* Validators to send, in `fields`; NULL: none, or the fields were updated since. */
	const char *entity_tag, *last_modified;
	int64_t freshness_lifetime_s, current_age_s;
	bool may_be_used_meanwhile; /* stale, and the origin allows it while it is asked (RFC 5861
				       section 3) */
	/* For so long the image may be asked for at final_url, without asking for the redirects
	 * before it; 0: it may not, or there are none. */
	int64_t redirect_lifetime_s;
	bool must_revalidate; /* no stale bytes when the origin cannot be asked: must-revalidate,
				 no-cache, or staler than stale-if-error allows */
	int64_t checked_s; /* wall clock of the last answer of the origin, good or bad; 0: never */
	/* Failures since the last success. */
	enum cache_failure failure;
	char *failure_code;    /* the finding's code: "gone"; NULL: none */
	char *failure_message; /* for people */
	int failure_status;    /* HTTP status of the failure; 0: none */
	/* 0: never. With CACHE_FAILURE_NONE, first_failure_s is when the stored bytes were first
	 * found to be no whole image (cache_store_broken_bytes()). */
	int64_t first_failure_s, last_failure_s, last_success_s, not_before_s;
	unsigned failure_streak;
	uint32_t generation;        /* of the index when it was read: for cache_is_unchanged() */
	struct index_entry *stored; /* for cache_store_not_modified(); NULL: none */
	struct known_facts *facts;  /* for cache_facts_of(); NULL: none */
};

int cache_lookup(struct cache *cache, const char *url, const struct cache_policy *policy,
		 int64_t now_s, struct cache_entry *ret_entry, struct fault *fault);
void cache_entry_release(struct cache_entry *entry);
/* Reads what lookups of these URLs, and cache_thumbs() of their objects, are going to need, in the
 * order in which it lies in the index: with a quarter of the work. At most CACHE_LOOK_AHEAD_MOST at
 * once. Until the next call, or the end, it is kept in memory; what others change is seen. */
#define CACHE_LOOK_AHEAD_MOST 16384
int cache_look_ahead(struct cache *cache, const char *const *urls, size_t count, bool wants_thumbs,
		     struct fault *fault);
void cache_end_look_ahead(struct cache *cache);
/* Nothing was stored of this URL, by whatever process, since a lookup gave that generation. It may
 * be false when something was stored of another. A fault counts as a change: what follows sees it
 * again. While this process alone can have leases, what others store without one is not looked for.
 */
bool cache_is_unchanged(struct cache *cache, const char *url, uint32_t generation);

/* What a transfer taught. `fields` are those of the response; the times are of RFC 9111
 * section 4.2.3. */
struct cache_response {
	const char *url;
	const char *final_url;
	bool is_permanent_redirect;
	/* With another final_url: the least cache_redirect_lifetime() of the redirects to it. */
	int64_t redirect_lifetime_s;
	int status;
	const struct http_fields *fields;
	int64_t request_time_s, response_time_s;
	const struct http_fields *request_fields; /* as in cache_policy; NULL: not known */
};
/* For how long one redirect may be followed without asking: what it states; else a permanent one
 * for ever (INT64_MAX), a temporary one not at all (RFC 9111 section 4.2.2, RFC 9110 section 15.4).
 */
int64_t cache_redirect_lifetime(int status, const struct http_fields *fields,
				int64_t response_time_s);
/* A 200 with its bytes, which cache_writer_commit() named. Replaces the entry; ends a failure
 * streak. With no-store the entry is kept for this handle only. */
int cache_store_response(struct cache *cache, const struct cache_response *response,
			 const struct object_id *object, struct fault *fault);
/* A 304: updates the stored fields except those that describe the bytes (RFC 9111 section 4.3.4).
 * *ret_matches is false when it names another entity-tag: then the entry is no longer used and a
 * plain GET must follow. `known` (or NULL) is what a lookup gave before the request: it saves
 * another one, and its fields, and what the way to it was, are updated, too. */
int cache_store_not_modified(struct cache *cache, const struct cache_response *response,
			     struct cache_entry *known, bool *ret_matches, struct fault *fault);

/* The stored bytes are no whole image since then (wall clock); 0: they are one. To be said again
 * after each good answer, which forgets it. No entry of that URL: nothing happens. */
int cache_store_broken_bytes(struct cache *cache, const char *url, int64_t since_s,
			     struct fault *fault);

/* A host that says "come back in ten years" is asked again after a week. */
#define CACHE_NOT_BEFORE_MAX_S (INT64_C(7) * 24 * 3600)
struct cache_failure_report {
	const char *url;
	enum cache_failure failure;
	const char *code;
	const char *message;
	int status;
	const struct http_fields
		*fields; /* NULL: no response. Explicit freshness in them comes first */
	int64_t now_s;
	int64_t not_before_s;    /* CACHE_FAILURE_DEFERRED */
	uint64_t request_digest; /* as in cache_policy */
};
/* Keeps the last good bytes. */
int cache_store_failure(struct cache *cache, const struct cache_failure_report *report,
			struct fault *fault);

/* --- leases ----------------------------------------------------------------------------------- */

/* Among processes that share the cache, is it this one that asks the origin for the URL? true:
 * until cache_lease_end(), or this process's end, nobody else does; look the URL up once more
 * first, as the answer may have come meanwhile. false: another process is asking; try again later.
 */
bool cache_lease(struct cache *cache, const char *url);
/* After the answer was stored, or when there is none. Others get the lease when it is durable. */
void cache_lease_end(struct cache *cache, const char *url);
/* A process that has been alone holds more than it asks for, which costs less. While that is so, it
 * looks several times a second whether others have come, and lets them have the rest. */
bool cache_has_spare_leases(const struct cache *cache);
void cache_share_leases(struct cache *cache);

/* --- bytes ------------------------------------------------------------------------------------ */

struct cache_writer;
int cache_writer_new(struct cache *cache, struct cache_writer **ret_writer, struct fault *fault);
/* Forgets what was written. */
int cache_writer_begin(struct cache_writer *writer, struct fault *fault);
int cache_writer_write(struct cache_writer *writer, const void *data, size_t length_bytes,
		       struct fault *fault);
/* After cache_writer_begin(): with so many bytes it will be whole (0: not known). They are sent to
 * the disk then, however long the commit is waited for. */
void cache_writer_expect(struct cache_writer *writer, uint64_t bytes);
/* Names the bytes. When an object of that name exists the bytes are compared: equal ones are
 * dropped, different ones give -EEXIST (hash-collision) and are never stored. Frees the writer,
 * always. */
int cache_writer_commit(struct cache_writer *writer, struct object_id *ret_id, uint64_t *ret_bytes,
			struct fault *fault);
void cache_writer_free(struct cache_writer *writer); /* discards; NULL is allowed */

/* How large all objects together may become; UINT64_MAX (when a cache is opened): no limit. */
void cache_set_max_bytes(struct cache *cache, uint64_t max_bytes);
/* Before a download of that many bytes (0: not known): when it would not fit, evicts what was used
 * least recently, and never what was used today. -ENOSPC: there is no room under 105 % of the
 * limit, or a hundredth of the file system (at most 64 MiB) would not stay free. Writers keep to
 * the 105 %, too. */
int cache_reserve(struct cache *cache, uint64_t bytes, struct fault *fault);

/* A read-only descriptor of a whole object, whose size and hash were checked (once per object and
 * handle). -ENOENT: not there, or damaged (then it is quarantined and counted, and the entries that
 * name it miss). The caller closes it. */
int cache_open_object(struct cache *cache, const struct object_id *id, int *ret_fd,
		      uint64_t *ret_bytes, struct fault *fault);

/* --- what was found out about bytes ----------------------------------------------------------- */

struct cache_facts {
	enum media_type type;
	int width_px, height_px; /* as shown, after orientation */
	int frames;
	char verdict[24];   /* "ok", "damaged", "truncated"...: the renderer's word; "" when not
			       decoded yet */
	char message[160];  /* of the verdict, for people */
	char renderer[160]; /* version of the renderer that gave the verdict; "" when none */
};
/* -ENOENT (without raising a fault) when nothing is known. */
int cache_facts(struct cache *cache, const struct object_id *id, struct cache_facts *ret_facts,
		struct fault *fault);
/* Of the object of an entry that was looked up, mostly without a further read. */
int cache_facts_of(struct cache *cache, const struct cache_entry *entry,
		   struct cache_facts *ret_facts, struct fault *fault);
int cache_store_facts(struct cache *cache, const struct object_id *id,
		      const struct cache_facts *facts, struct fault *fault);

/* --- thumbnails ------------------------------------------------------------------------------- */

struct cache_thumb {
	struct object_id object; /* its bytes are an object like any other */
	uint64_t bytes;
	enum media_type type;
	int width_px, height_px;
	bool is_smaller_than_spec;
};
/* `key` is opaque: original's hash, canonical spec, renderer's version. -ENOENT (without a fault)
 * when there is none. */
int cache_thumb(struct cache *cache, const char *key, struct cache_thumb *ret_thumb,
		struct fault *fault);
/* Of several keys at once, whose rows lie beside each other: they begin alike. ret_thumbs[i].bytes
 * is 0 where there is none of keys[i]. */
int cache_thumbs(struct cache *cache, const char *const *keys, size_t count,
		 struct cache_thumb *ret_thumbs, struct fault *fault);
int cache_store_thumb(struct cache *cache, const char *key, const struct object_id *original,
		      const struct cache_thumb *thumb, struct fault *fault);

/* --- the rest --------------------------------------------------------------------------------- */

/* Makes what was stored durable: when a batch is full (32 objects, or its first is 1 s old) while
 * the caller goes on, or now with `everything`. Call it each turn of the loop. */
int cache_flush(struct cache *cache, bool everything, struct fault *fault);
/* The next cache_flush() begins a batch: it is not to be waited for. */
bool cache_is_due(const struct cache *cache);
/* At most 64 objects are not durable at any time, nor rows for longer than a second and a flush: so
 * many can be committed before cache_writer_commit() has to wait for the disk. */
size_t cache_room(const struct cache *cache);
/* The rows of a batch are being stored: who looks something up in the index waits for them, some
 * flushes of the disk. */
bool cache_is_committing(const struct cache *cache);
/* To poll(2) for POLLIN, and then to call cache_flush() again: a batch is being stored. -1: none
 * is. Borrowed. */
int cache_flush_fd(const struct cache *cache);
/* After so many ms, too: a batch waits for another process. INT64_MAX: none does. */
int64_t cache_retry_ms(const struct cache *cache);
/* What is read until cache_end_reads() is of one moment, whatever others would commit meanwhile. */
int cache_begin_reads(struct cache *cache, struct fault *fault);
/* Lookups hold the index against other processes' commits until this is called, or cache_flush(),
 * or an object is written or opened: call it before a wait. */
void cache_end_reads(struct cache *cache);
/* What was just stored was large: the index keeps no copy of it. */
void cache_release_memory(struct cache *cache);
/* Marks the URL as used by this run, for eviction (least recently used). */
void cache_mark_used(struct cache *cache, const char *url);

/* The document whose first line is the renderer's version, with which thumbnails' keys end. */
#define CACHE_RENDERER "renderer"
/* One named document ("report": the last run's), replaced atomically. -ENOENT when there is none;
 * ret_data is NUL-terminated, free() it. */
int cache_store_document(struct cache *cache, const char *name, const void *data,
			 size_t length_bytes, struct fault *fault);
/* One that is seldom another than last time: it is written only then, and a large one is never in
 * memory whole. `source` writes the same bytes each time it is asked, and must last until its batch
 * is stored. */
struct cache_document_source {
	void (*write)(const void *context, struct buf *ret_text);
	const void *context;
	/* All that write() depends on, to be hashed: other bytes when it would write others. NULL:
	 * what it writes. */
	void (*outline)(const void *context, struct buf *ret_text);
};
void cache_store_large_document(struct cache *cache, const char *name,
				const struct cache_document_source *source);
int cache_document(struct cache *cache, const char *name, char **ret_data, size_t *ret_length_bytes,
		   struct fault *fault);

/* What scans found, by key (scan_results.h): for `build`, `warm` and `check`. *ret_results is never
 * NULL; without a cache (NULL), or when it holds none, nothing is found in it. Independent of the
 * handle. */
struct scan_results;
int cache_load_scan_results(struct cache *cache, struct scan_results **ret_results,
			    struct fault *fault);
/* Stores what has changed. */
int cache_store_scan_results(struct cache *cache, const struct scan_results *results,
			     struct fault *fault);

struct cache_stats {
	uint64_t entries, entries_with_object, failures;
	uint64_t objects, object_bytes;
	uint64_t thumbs, thumb_bytes;
	uint64_t index_bytes;
	uint64_t record_bytes;  /* what a lost index is rebuilt from */
	uint64_t damaged;       /* objects quarantined by this handle */
	bool index_was_rebuilt; /* the index was found damaged or missing when this handle was
				   opened */
};
int cache_statistics(struct cache *cache, struct cache_stats *ret_stats, struct fault *fault);

/* What this handle found damaged and mended: no walk, as the statistics are. */
struct cache_damage {
	uint64_t objects;       /* quarantined: they are fetched or made again */
	uint64_t parts;         /* of the folder: something else stood in their place */
	bool index_was_rebuilt; /* when it was opened */
};
void cache_found_damage(const struct cache *cache, struct cache_damage *ret_damage);

/* Calls `each` for every URL of the index that names this object, in byte order; false stops. */
int cache_urls_of_object(struct cache *cache, const struct object_id *id,
			 bool (*each)(void *context, const char *url), void *context,
			 struct fault *fault);
/* Calls `each` for every thumbnail of this original, in key order. */
int cache_thumbs_of_object(struct cache *cache, const struct object_id *id,
			   bool (*each)(void *context, const char *key,
					const struct cache_thumb *thumb),
			   void *context, struct fault *fault);

/* --- upkeep ----------------------------------------------------------------------------------- */

struct cache_gc_options {
	uint64_t max_bytes;   /* of all objects, thumbnails too; UINT64_MAX: no limit */
	int64_t unused_for_s; /* entries that no run used for this long go; INT64_MAX: none */
	bool gone;            /* entries whose last answer was 404 or 410 go, good bytes and all */
	bool keeps_today; /* for max_bytes nothing goes that was used today, or is of a local file
			   */
	bool takes_doubtful;  /* what is of a local file or not stored goes all the same, and
				thumbnails of other kinds than this handle asked for */
	bool other_renderers; /* thumbnails of other renderers than the last run's go */
	bool dry_run;         /* says what would go */
	int64_t now_s;
};
struct cache_gc_result {
	uint64_t entries, thumbs, objects, bytes; /* removed */
	uint64_t entries_left, bytes_left;
};
/* Evicts the entries that were used least recently, with the thumbnails of what nobody names any
 * more; removes objects without a name in the index (left by killed runs), shrinks the index and
 * the records. Safe beside readers and writers: rows go first, then files. */
int cache_gc(struct cache *cache, const struct cache_gc_options *options,
	     struct cache_gc_result *ret_result, struct fault *fault);

/* One tar file of everything but failures: objects in the order of their hashes, then what is known
 * of them in the order of URLs, keys and hashes. Equal caches give equal bytes. A file is replaced
 * whole; a pipe or a device is written into. */
struct cache_carry_result {
	uint64_t entries, thumbs, objects, bytes;
	uint64_t refused; /* objects that are not what their name says, and damaged records */
};
int cache_export(struct cache *cache, const char *path, struct cache_carry_result *ret_result,
		 struct fault *fault);
/* Merges: where both know a URL, the newer response counts; bytes that are there already are
 * compared. An object is taken only when its hash is its name. The result counts what was new.
 * /dev/stdin is read from where it is. */
int cache_import(struct cache *cache, const char *path, struct cache_carry_result *ret_result,
		 struct fault *fault);

struct cache_fsck_options {
	bool full;   /* reads every object and checks its hash; else sizes only */
	bool repair; /* damaged objects and junk go to quarantine/, rows without bytes lose them */
};
struct cache_fsck_result {
	uint64_t objects, bytes;  /* looked at */
	uint64_t damaged;         /* objects of another size or hash, or no plain files */
	uint64_t missing;         /* objects that rows name and that are not there */
	uint64_t junk;            /* files that do not belong into a cache */
	uint64_t missing_records; /* rows that a lost index would be rebuilt without */
	uint64_t unreferenced;    /* whole objects that no row names: leftovers, no damage */
	bool index_is_damaged;    /* found by this call, or by the cache_open() before it */
	bool is_repaired; /* nothing of it is left (index: rebuilt now, or by the next open) */
};
/* Calls `each` (may be NULL) for every problem, in the order of paths. */
int cache_fsck(struct cache *cache, const struct cache_fsck_options *options,
	       void (*each)(void *context, const char *path, const char *problem), void *context,
	       struct cache_fsck_result *ret_result, struct fault *fault);

/* Where an object's file is, for `picdesk show`: "objects/ab/cdef..." under the cache's folder. */
#define CACHE_OBJECT_PATH_BYTES 64
void cache_object_path(const struct object_id *id, char *ret_path);

#endif
