/*
 * index.h: the cache's table of contents: entries by URL, objects, thumbnails, documents.
 *
 *	index_open(folder, &index, &fault)
 *	index_get_entry(index, url, &entry, &fault)          reads see what was committed
 *	index_begin / put... / index_commit or index_rollback
 *
 * It records, and knows nothing of what HTTP or a path means. Writes happen inside a transaction
 * only. Other processes may hold the index for a moment: every call waits for them, up to two
 * minutes. A getter returns -ENOENT without a fault when there is no such row. -EUCLEAN: the index
 * is damaged; -ENOTSUP: a newer picdesk made it.
 */
#ifndef INDEX_H
#define INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "cache.h"
#include "fault.h"
#include "object_id.h"

#define INDEX_NAME "index.sqlite"

/* The end of the year 9999. Whatever a damaged index or another's archive says: a time before the
 * epoch or after this one is none, and what is reckoned from it would overflow. */
#define INDEX_LAST_TIME_S INT64_C(253402300799)
int64_t index_time(int64_t time_s); /* the next one that is */

struct index;

/* Made, or migrated to the present format, when needed. `folder` is an absolute path without
 * symbolic links. */
int index_open(const char *folder, struct index **ret_index, struct fault *fault);
/* To read alone: nothing is made or written. */
int index_open_read_only(const char *folder, struct index **ret_index, struct fault *fault);
void index_close(struct index *index);

/* Makes many reads in a row cheap, and keeps others from committing until index_release(), which
 * index_begin() does too. */
int index_hold(struct index *index, struct fault *fault);
void index_release(struct index *index);
void index_release_memory(struct index *index);

/* Another number than before when another process has written in between. */
int index_generation(struct index *index, uint32_t *ret_generation, struct fault *fault);

/* For a full disk: what is deleted needs no room then. A kill meanwhile damages the index. */
int index_keep_journal_in_memory(struct index *index, bool in_memory, struct fault *fault);
int index_begin(struct index *index, struct fault *fault);
int index_commit(struct index *index, struct fault *fault);
void index_rollback(struct index *index);

/* One URL. Strings are owned; NULL where there is nothing. */
struct index_entry {
	int64_t key; /* of the row that it was read from; else 0 */
	char *url;
	char *final_url; /* NULL: the URL itself */
	int status;      /* 0: there never was a good response */
	bool is_permanent_redirect;
	int64_t redirect_lifetime_s; /* from response_time_s: that of the way to final_url */
	bool has_object;
	struct object_id object;
	uint64_t object_bytes;
	char *fields;      /* as http_fields_format() writes them */
	char *request_key; /* what the request said in the fields that Vary names */
	int64_t request_time_s, response_time_s, checked_s, success_s;
	int64_t used_day; /* day since the epoch of the last run that used it */
	int failure;      /* enum cache_failure */
	char *failure_code, *failure_message;
	int failure_status;
	int64_t first_failure_s, last_failure_s, not_before_s;
	int64_t failure_lifetime_s; /* as the failing response stated it; -1: it did not */
	unsigned failure_streak;
	uint64_t failure_request; /* digest of the request that failed; 0: not known */
};

void index_entry_release(struct index_entry *entry);
void index_entry_copy(struct index_entry *to, const struct index_entry *from);

int index_get_entry(struct index *index, const char *url, struct index_entry *ret_entry,
		    struct fault *fault);
/* With the facts of its object, if they are known. */
int index_get_entry_and_facts(struct index *index, const char *url, struct index_entry *ret_entry,
			      struct cache_facts *ret_facts, bool *ret_has_facts,
			      struct fault *fault);
int index_put_entry(struct index *index, const struct index_entry *entry, struct fault *fault);
/* The origin said again that this is its answer: all but what a 304 changes is in the row already.
 * 1, or 0 when the row is no longer what was read, or failures are known of it: then it must be
 * put. */
int index_confirm_entry(struct index *index, const struct index_entry *entry, struct fault *fault);
int index_delete_entry(struct index *index, const char *url, struct fault *fault);
/* The row that a walk of this transaction came by. */
int index_delete_entry_at(struct index *index, int64_t key, struct fault *fault);
int index_mark_used(struct index *index, const char *url, int64_t day, struct fault *fault);

/* An object whose bytes are durable. Facts may be put before or after. */
int index_put_object(struct index *index, const struct object_id *id, uint64_t bytes,
		     struct fault *fault);
int index_get_facts(struct index *index, const struct object_id *id, struct cache_facts *ret_facts,
		    struct fault *fault);
int index_put_facts(struct index *index, const struct object_id *id,
		    const struct cache_facts *facts, struct fault *fault);
/* Where they do not, a bit has flipped, or an archive lies: nothing is known then. */
bool index_facts_make_sense(const struct cache_facts *facts);
/* The bytes are gone: entries that name them keep all but them, thumbnails that are them go, facts
 * stay true. */
int index_forget_object(struct index *index, const struct object_id *id, struct fault *fault);

struct index_thumb {
	char *key;
	struct object_id original;
	struct cache_thumb thumb;
};
void index_thumb_release(struct index_thumb *thumb);
bool index_thumb_makes_sense(const struct cache_thumb *thumb); /* as facts do */
/* As cache_thumbs(); where there is no row, ret_thumbs[i] stays as it is. */
int index_get_thumbs(struct index *index, const char *const *keys, size_t count,
		     struct cache_thumb *ret_thumbs, struct fault *fault);
/* False also where that cannot be told. */
bool index_has_no_thumbs(struct index *index);
int index_put_thumb(struct index *index, const struct index_thumb *thumb, struct fault *fault);

int index_get_document(struct index *index, const char *name, char **ret_data,
		       size_t *ret_length_bytes, struct fault *fault);
int index_put_document(struct index *index, const char *name, const void *data, size_t length_bytes,
		       struct fault *fault);
/* What `write` writes, in rows of some BUF_PIECE_BYTES: it is never in memory whole. It is written
 * beside what there was, which then goes; or over it, which takes longer and less room. */
int index_put_large_document(struct index *index, const char *name,
			     void (*write)(const void *context, struct buf *ret_text),
			     const void *context, bool writes_over, struct fault *fault);

/* Many rows in the order in which they lie: a quarter of what it costs to ask for each. Wishes
 * stand in that order, too; one may stand there more than once, and is taken once. What has no row
 * is not taken, and of entries no more is taken than those that have neither failed nor moved. */
struct index_wish {
	int64_t key; /* index_key_of(url) */
	const char *url;
};
int64_t index_key_of(const char *url);
/* The entry is the taker's. */
typedef void index_take_entry(void *context, size_t wish, struct index_entry *entry);
int index_find_entries(struct index *index, const struct index_wish *wishes, size_t count,
		       index_take_entry *take, void *context, struct fault *fault);
typedef void index_take_facts(void *context, size_t wish, const struct cache_facts *facts);
int index_find_facts(struct index *index, const struct object_id *ids, size_t count,
		     index_take_facts *take, void *context, struct fault *fault);
/* Each of an original, by key. */
typedef void index_take_thumb(void *context, size_t wish, const char *key,
			      const struct cache_thumb *thumb);
int index_find_thumbs(struct index *index, const struct object_id *originals, size_t count,
		      index_take_thumb *take, void *context, struct fault *fault);
/* Its memory is limited to some pages, or no longer. */
int index_keep_little(struct index *index, bool little, struct fault *fault);

/* All but `damaged` and `index_bytes`. */
int index_count(struct index *index, struct cache_stats *ret_stats, struct fault *fault);

/* Walks. The row is borrowed; false stops. `each` must not write to the index. */
int index_each_url_of_object(struct index *index, const struct object_id *id,
			     bool (*each)(void *context, const char *url), void *context,
			     struct fault *fault);
int index_each_thumb_of_object(struct index *index, const struct object_id *id,
			       bool (*each)(void *context, const struct index_thumb *thumb),
			       void *context, struct fault *fault);
/* What gc needs of each entry, without reading its URL and fields. In no order that means anything.
 */
struct index_use {
	int64_t key, used_day;
	int failure; /* enum cache_failure */
	bool has_object;
	struct object_id object;
};
int index_each_use(struct index *index, bool (*each)(void *context, const struct index_use *use),
		   void *context, struct fault *fault);
/* In no order that means anything. */
int index_each_entry(struct index *index,
		     bool (*each)(void *context, const struct index_entry *entry), void *context,
		     struct fault *fault);
/* In the order of what they are known by, from behind `after`; NULL: all. Entries are sorted in a
 * temporary file, not in memory. */
int index_each_entry_by_url(struct index *index, const char *after,
			    bool (*each)(void *context, const struct index_entry *entry),
			    void *context, struct fault *fault);
int index_each_thumb(struct index *index, const char *after,
		     bool (*each)(void *context, const struct index_thumb *thumb), void *context,
		     struct fault *fault);
int index_each_facts(struct index *index, const struct object_id *after,
		     bool (*each)(void *context, const struct object_id *id,
				  const struct cache_facts *facts),
		     void *context, struct fault *fault);

int index_each_object(struct index *index,
		      bool (*each)(void *context, const struct object_id *id, uint64_t bytes),
		      void *context, struct fault *fault);

/* Gives room that deleted rows left back to the file system, when it is a quarter of the file. */
int index_compact(struct index *index, struct fault *fault);
/* Removes thumbnails whose original no entry names any more. */
int index_delete_orphan_thumbs(struct index *index, struct fault *fault);
/* And facts of what no bytes are here of, and no row names. */
int index_delete_orphan_facts(struct index *index, struct fault *fault);
/* The rows of this original's thumbnails. */
int index_delete_thumbs_of(struct index *index, const struct object_id *id, struct fault *fault);
int index_delete_thumb(struct index *index, const char *key, struct fault *fault);
/* Those whose key does not end with "|" and this renderer. */
int index_delete_thumbs_of_others(struct index *index, const char *renderer, struct fault *fault);
int index_delete_object(struct index *index, const struct object_id *id, struct fault *fault);
/* Does every page hold what it should? -EUCLEAN with a fault when not. */
int index_check(struct index *index, struct fault *fault);

#endif
