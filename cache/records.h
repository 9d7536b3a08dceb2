/*
 * records.h: the second account of what the cache holds, to rebuild a lost index from.
 *
 *	records_add_entry(records, ...) ... records_append(records, fault)      each batch
 *	records_each(records, visitor, &damaged, fault)                          a rebuild
 *
 * Each handle that stores something appends to a file of its own under records/, one record for
 * each response, thumbnail and verdict, when it is stored and not again. Records carry a checksum,
 * so that a torn or damaged one is skipped; names of files sort by time. docs/cache-format.md gives
 * the bytes.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>

#include "buf.h"
#include "index.h"

struct records;

int records_open(int folder_fd, struct records **ret_records, struct fault *fault);
void records_free(struct records *records);

/* Gathered in memory until records_append(), or dropped by records_clear(). */
void records_add_entry(struct records *records, const struct index_entry *entry);
void records_add_thumb(struct records *records, const struct index_thumb *thumb);
void records_add_facts(struct records *records, const struct object_id *id,
		       const struct cache_facts *facts);
/* With the times of the response, for an export. */
void records_add_timed_entry(struct records *records, const struct index_entry *entry);
void records_clear(struct records *records);
/* Durable afterwards. On failure the file is as it was before, and what was gathered stays. */
int records_append(struct records *records, struct fault *fault);

/* One function a kind; each returns 0, or an error that stops. Rows are borrowed. */
struct records_visitor {
	int (*entry)(void *context, const struct index_entry *entry, struct fault *fault);
	int (*thumb)(void *context, const struct index_thumb *thumb, struct fault *fault);
	int (*facts)(void *context, const struct object_id *id, const struct cache_facts *facts,
		     struct fault *fault);
	void *context;
};
/* All records, oldest file first. *ret_damaged counts those that were skipped. */
int records_each(struct records *records, const struct records_visitor *visitor,
		 uint64_t *ret_damaged, struct fault *fault);

/* Not of a cache's folder: for an export. records_take() appends what was gathered as a whole
 * file. */
struct records *records_new_detached(void);
void records_take(struct records *records, struct buf *ret_file);
/* Such a file in memory. */
int records_read(const void *data, size_t length_bytes, const struct records_visitor *visitor,
		 uint64_t *ret_damaged, struct fault *fault);

/* To write everything that counts anew: begin, add and append, then remove the files that were
 * there before. Others' handles notice that theirs is gone, and begin a new one. */
void records_begin_anew(struct records *records);
/* It came to no end: what was begun so is removed. */
void records_drop(struct records *records);
size_t records_gathered_bytes(const struct records *records);
int records_remove_others(struct records *records, struct fault *fault);
uint64_t records_bytes(struct records *records);

#endif
