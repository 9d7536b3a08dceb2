/*
 * scan_results.h: what scans found, by key, as one document of the index: read as a whole, and
 * written as a whole when a run has changed it. The data mean nothing here.
 *
 *	results = scan_results_new(document, length, today);      takes the document over
 *	scan_results_find(results, &key, &data, &length)           by any number of threads
 *	scan_results_keep(results, &key) / scan_results_add(results, &key, data, length)
 *	if (scan_results_is_changed(results)) scan_results_write(results, &text)
 *
 * An entry whose checksum is wrong is not there; a length that cannot be ends the document. An
 * entry that no run kept for SCAN_RESULTS_UNUSED_DAYS is not written again. Format:
 * docs/cache-format.md.
 */
#ifndef SCAN_RESULTS_H
#define SCAN_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "object_id.h"

#define SCAN_RESULTS_UNUSED_DAYS 30
/* Of the document: what does not fit is forgotten, the entries that this run did not use first. */
#define SCAN_RESULTS_MAX_BYTES (64u << 20)

struct scan_results;

/* `document` may be NULL, and is free()d in the end. `today`: days since the epoch. */
struct scan_results *scan_results_new(char *document, size_t length_bytes, int64_t today);
void scan_results_free(struct scan_results *results);

/* Borrowed until scan_results_free(). Finds what the document had, and nothing that was added. */
bool scan_results_find(const struct scan_results *results, const struct object_id *key,
		       const void **ret_data, size_t *ret_length_bytes);
/* One that was found is used by this run. */
void scan_results_keep(struct scan_results *results, const struct object_id *key);
void scan_results_add(struct scan_results *results, const struct object_id *key, const void *data,
		      size_t length_bytes);

bool scan_results_is_changed(const struct scan_results *results);
void scan_results_write(const struct scan_results *results, struct buf *ret_text);

#endif
