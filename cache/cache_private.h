/*
 * cache_private.h: the handle, shared by the files of the facade: cache.c (open, close, documents),
 * cache_thumbs.c (thumbnails), cache_writer.c (bytes), pending.c, batch.c, batch_rows.c and
 * commit.c (flush), responses.c (entries by URL), look_ahead.c, facts.c, limit.c, gc.c,
 * records_anew.c, fsck*.c, carry.c, explain.c. Nobody else includes this.
 *
 * What was stored and not flushed lies in `pending`; what is being flushed, while the run goes on,
 * in `sealed`. Getters look into both first. Maps own their values.
 */
#ifndef CACHE_PRIVATE_H
#define CACHE_PRIVATE_H

#include "cache.h"
#include "commit.h"
#include "hash_set.h"
#include "index.h"
#include "layout_repair.h"
#include "lease.h"
#include "look_ahead.h"
#include "map.h"
#include "objects.h"
#include "patience.h"
#include "records.h"

/* The most objects that are not durable yet. Each keeps a descriptor until its batch is stored. */
#define CACHE_BATCH_OBJECTS 64

/* An entry on its way into the index, or one that this run alone may keep. */
struct pending_entry {
	struct index_entry entry;
	bool is_new;       /* a response of its own, not yet recorded */
	bool is_confirmed; /* a 304: the index has the rest already */
	bool is_of_run;    /* no-store: what the index holds of this URL goes */
	bool is_gone;      /* in cache.run_entries: stored properly since */
};

struct pending_facts {
	struct object_id id;
	struct cache_facts facts;
};

/* Of facts that this handle has stored, those of the last objects stay at hand: each is asked for
 * once more when its image goes to a renderer, mostly after it was flushed. */
#define CACHE_RECENT_FACTS 1024

struct recent_facts {
	struct object_id id;
	struct known_facts *facts; /* NULL: none */
};

struct pending_document {
	void *data;
	size_t length_bytes;
	struct cache_document_source source; /* of a large one, in place of the data */
};

struct pending {
	struct map *entries;   /* url -> struct pending_entry */
	struct map *facts;     /* object's id -> struct pending_facts */
	struct map *thumbs;    /* key -> struct index_thumb */
	struct map *documents; /* name -> struct pending_document */
	char **used;           /* URLs to mark as used */
	size_t used_count, used_capacity;
	int64_t since_ms; /* monotonic time of the first row; 0: none. Marks alone do not count */
};

enum batch_stage {
	BATCH_NONE,
	BATCH_BYTES, /* the new objects' bytes are being synced */
	BATCH_LOCK,  /* they are, and the writers' lock is waited for */
	BATCH_NAMES, /* their names are; the writers' lock is held */
	BATCH_ROWS,  /* records and rows are (commit.h); likewise */
};

struct cache_limit {
	uint64_t max_bytes;     /* UINT64_MAX: none */
	uint64_t counted_bytes; /* of all objects, when they were counted last */
	uint64_t added_before;  /* by this handle, until then */
	uint64_t writing_bytes; /* what open writers hold */
	bool is_counted;
	bool is_exhausted;         /* nothing more can be evicted, but at the last */
	uint64_t last_added_bytes; /* that had been when that was tried last; UINT64_MAX: never */
	/* Beside others, who count what is in the index: */
	uint32_t generation;   /* of the index, when it was counted */
	int64_t counted_ms;    /* monotonic */
	int64_t count_cost_ms; /* of the last count */
	uint64_t sealed_bytes; /* that this handle had added when the batch under way was sealed */
	uint64_t shown_bytes;  /* and that stand in the index */
	struct room *room;     /* what is not there yet is told here */
};

struct cache {
	char *folder; /* absolute */
	int folder_fd, users_lock_fd, writers_lock_fd;
	struct objects *objects;
	struct index *index;
	struct records *records;
	size_t batch_objects; /* CACHE_BATCH_OBJECTS, or fewer where descriptors are short */
	struct leases *leases;
	struct pending pending, sealed;
	enum batch_stage stage;      /* of `sealed` */
	struct patience lock_wait;   /* likewise, for the writers' lock */
	struct commit commit;        /* likewise */
	struct hash_set thumb_kinds; /* asked for, where there is a limit: keys behind the hash */
	struct map *run_entries;     /* url -> struct pending_entry with is_of_run, flushed */
	struct hash_set used;        /* marked as used today, in the index or in pending.used */
	struct hash_set written;     /* entries that were put through this handle */
	struct hash_set with_facts;  /* objects whose facts were */
	struct hash_set with_thumbs; /* thumbnails that were, by key */
	struct recent_facts *recent_facts; /* each in the slot of its id; NULL: none yet */
	struct look_ahead *ahead;          /* NULL: none */
	bool had_no_thumbs;                /* the index, when it was of this generation */
	uint32_t no_thumbs_generation;
	int64_t today;               /* day since the epoch when the cache was opened */
	struct object_id *lost;      /* objects that the index must forget */
	size_t lost_count, lost_capacity;
	struct cache_limit limit;
	bool is_read_only;
	bool has_rebuilt_index;        /* when it was opened */
	struct layout_repairs repairs; /* likewise */
	unsigned reads;                /* of the index since it was last released */
	int64_t held_since_ms;         /* monotonic; when the index is held */
};

/* What lies in neither is for the index to say: NULL. Borrowed until the next flush. */
const struct pending_entry *cache_pending_entry(const struct cache *cache, const char *url);
const struct pending_facts *cache_pending_facts(const struct cache *cache,
						const struct object_id *id);
const struct index_thumb *cache_pending_thumb(const struct cache *cache, const char *key);
const struct pending_document *cache_pending_document(const struct cache *cache, const char *name);

void pending_init(struct pending *pending);
void pending_release(struct pending *pending);
/* Moves all of `older` into `pending`, whose own are newer, and empties `older`. */
void pending_take_back(struct pending *pending, struct pending *older);
/* Something waits for the next batch from now on. */
void pending_touch(struct pending *pending);

void pending_entry_free(struct pending_entry *entry);

/* Of a thumbnail's key what the thumbnails of all images have in common: spec, renderer. */
const char *cache_thumb_kind(const char *key);

/* The latest state of the URL, pending or committed; -ENOENT without a fault. */
int cache_current_entry(struct cache *cache, const char *url, struct index_entry *ret_entry,
			bool *ret_is_of_run, struct fault *fault);
enum entry_change {
	ENTRY_RESPONSE,  /* a response of its own */
	ENTRY_CONFIRMED, /* a 304 to what the index has */
	ENTRY_CHANGED,
	ENTRY_CARRIED, /* a response that came with an export; the caller names its day of use */
};

/* Takes the entry over (its strings are moved). */
void cache_put_entry(struct cache *cache, struct index_entry *entry, enum entry_change change,
		     bool is_of_run);

/* What is known of an object, in little memory: many entries wait for a 304. */
struct known_facts *cache_pack_facts(const struct cache_facts *facts);

/* -ENOSPC when that many bytes more would not stay under 105 % of the limit. */
int cache_limit_check(struct cache *cache, uint64_t bytes, struct fault *fault);
/* Tells other processes what this one has under way. */
void cache_limit_tell(struct cache *cache);

/* records_anew.c: one file of records that says what the index says, in the place of one for each
 * run. Under the exclusive writers' lock. */
int cache_rewrite_records(struct cache *cache, struct fault *fault);

/* Waits until no thread has the index. Whoever reads it gets it here; gc, fsck, export and what
 * else begins with cache_flush() of everything need not. */
struct index *cache_index(struct cache *cache);
/* Before each read of the index: it is held until cache_end_reads(). */
int cache_before_read(struct cache *cache, struct fault *fault);

/* Others have written since the index was of that generation. While this handle commits nobody
 * else can, and the index is not waited for: then it is no. Needs no cache_before_read(). */
bool cache_is_of_generation(struct cache *cache, uint32_t generation);

/* The index may be without them from now on. */
void cache_forget_recent_facts(struct cache *cache);

/* What was read ahead and still holds; NULL: nothing. Needs no cache_before_read(). */
struct look_ahead *cache_ahead(struct cache *cache);

/* The next cache_open() takes the index for damaged, until it is rebuilt or unmarked. */
int cache_mark_index(struct cache *cache);
int cache_unmark_index(struct cache *cache);

/* Remembers that the index was found damaged, so that the next cache_open() rebuilds it. Returns
 * `error`. */
int cache_note(struct cache *cache, int error);

/* Waits for the batch under way where there is no room for another object. */
int cache_make_room(struct cache *cache, struct fault *fault);

/* Adds what people can do about an error of the cache's files. Returns `error`. */
int cache_explain(const struct cache *cache, int error, struct fault *fault);

#endif
