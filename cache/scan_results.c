#include "scan_results.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "alloc.h"
#include "octets.h"

/* length, checksum; then the payload: key, day, data. */
#define LENGTH_BYTES 4
#define CHECKSUM_BYTES 8
#define DAY_BYTES 4
#define PAYLOAD_LEAST_BYTES (OBJECT_ID_BYTES + DAY_BYTES)
#define DATA_OFFSET (LENGTH_BYTES + CHECKSUM_BYTES + PAYLOAD_LEAST_BYTES)

static const char magic[] = "picdesk scan 1\n";
#define MAGIC_BYTES (sizeof magic - 1)

struct result {
	const char *at;   /* of its length */
	bool is_used;     /* by this run */
	bool is_replaced; /* by what this run added */
};

struct scan_results {
	char *document;
	struct result *items; /* in the document's order */
	size_t count, capacity;
	uint32_t *table;   /* open addressing: an index of items plus one */
	size_t table_size; /* a power of two, at least twice `count` */
	struct buf added;  /* entries as they are written */
	int64_t today;
	bool is_changed;
};

/* --- entries -----------------------------------------------------------------------------------
 */

static size_t payload_length(const struct result *result)
{
	return octets_le(result->at, LENGTH_BYTES);
}

static const char *payload_of(const struct result *result)
{
	return result->at + LENGTH_BYTES + CHECKSUM_BYTES;
}

static int64_t day_of(const struct result *result)
{
	return (int64_t)octets_le(payload_of(result) + OBJECT_ID_BYTES, DAY_BYTES);
}

static bool is_whole(const struct result *result)
{
	return octets_le(result->at + LENGTH_BYTES, CHECKSUM_BYTES) ==
	       XXH3_64bits(payload_of(result), payload_length(result));
}

static bool is_expired(const struct scan_results *results, const struct result *result)
{
	return !result->is_used && day_of(result) + SCAN_RESULTS_UNUSED_DAYS < results->today;
}

static void append(struct buf *text, int64_t day, const void *key, const void *data,
		   size_t length_bytes)
{
	size_t start = text->length_bytes;
	char head[DATA_OFFSET];

	if (start + sizeof head + length_bytes > SCAN_RESULTS_MAX_BYTES)
		return;
	octets_put_le(head, PAYLOAD_LEAST_BYTES + length_bytes, LENGTH_BYTES);
	memcpy(head + LENGTH_BYTES + CHECKSUM_BYTES, key, OBJECT_ID_BYTES);
	octets_put_le(head + DATA_OFFSET - DAY_BYTES, (uint64_t)day, DAY_BYTES);
	buf_append(text, head, sizeof head);
	buf_append(text, data, length_bytes);
	octets_put_le(text->data + start + LENGTH_BYTES,
		      XXH3_64bits(text->data + start + LENGTH_BYTES + CHECKSUM_BYTES,
				  PAYLOAD_LEAST_BYTES + length_bytes),
		      CHECKSUM_BYTES);
}

static void append_again(const struct scan_results *results, const struct result *result,
			 struct buf *text)
{
	const char *payload = payload_of(result);

	append(text, result->is_used ? results->today : day_of(result), payload,
	       payload + PAYLOAD_LEAST_BYTES, payload_length(result) - PAYLOAD_LEAST_BYTES);
}

/* --- the document ------------------------------------------------------------------------------
 */

static void read_entries(struct scan_results *results, size_t length_bytes)
{
	const char *at = results->document, *end = at + length_bytes;

	if (length_bytes < MAGIC_BYTES || memcmp(at, magic, MAGIC_BYTES) != 0)
		return;
	at += MAGIC_BYTES;
	while ((size_t)(end - at) >= DATA_OFFSET) {
		size_t length = octets_le(at, LENGTH_BYTES);

		if (length < PAYLOAD_LEAST_BYTES ||
		    length > (size_t)(end - at) - LENGTH_BYTES - CHECKSUM_BYTES)
			return;
		ALLOC_GROW(results->items, results->count, results->capacity);
		results->items[results->count++] = (struct result){.at = at};
		at += LENGTH_BYTES + CHECKSUM_BYTES + length;
	}
}

/* Where the key stands in the table, or would. Keys are hashes: their bytes are as good as any. */
static size_t place_of(const struct scan_results *results, const void *key)
{
	size_t at = octets_le(key, sizeof(uint32_t)) & (results->table_size - 1);

	while (results->table[at] && memcmp(payload_of(&results->items[results->table[at] - 1]),
					    key, OBJECT_ID_BYTES) != 0)
		at = (at + 1) & (results->table_size - 1);
	return at;
}

static void fill_table(struct scan_results *results)
{
	results->table_size = 16;
	while (results->table_size < 2 * results->count)
		results->table_size *= 2;
	results->table = alloc_zeroed(results->table_size, sizeof *results->table);
	for (size_t i = 0; i < results->count; i++)
		results->table[place_of(results, payload_of(&results->items[i]))] =
			(uint32_t)(i + 1);
}

struct scan_results *scan_results_new(char *document, size_t length_bytes, int64_t today)
{
	struct scan_results *results = alloc_zeroed(1, sizeof *results);

	results->document = document;
	results->today = today;
	buf_init(&results->added, BUF_UNLIMITED);
	if (document)
		read_entries(results, length_bytes);
	fill_table(results);
	for (size_t i = 0; i < results->count && !results->is_changed; i++)
		results->is_changed = is_expired(results, &results->items[i]);
	return results;
}

void scan_results_free(struct scan_results *results)
{
	if (!results)
		return;
	buf_release(&results->added);
	free(results->table);
	free(results->items);
	free(results->document);
	free(results);
}

static struct result *find(const struct scan_results *results, const struct object_id *key)
{
	uint32_t index = results->table[place_of(results, key->bytes)];

	return index ? &results->items[index - 1] : NULL;
}

bool scan_results_find(const struct scan_results *results, const struct object_id *key,
		       const void **ret_data, size_t *ret_length_bytes)
{
	const struct result *result = find(results, key);

	if (!result || !is_whole(result))
		return false;
	*ret_data = payload_of(result) + PAYLOAD_LEAST_BYTES;
	*ret_length_bytes = payload_length(result) - PAYLOAD_LEAST_BYTES;
	return true;
}

void scan_results_keep(struct scan_results *results, const struct object_id *key)
{
	struct result *result = find(results, key);

	if (!result)
		return;
	result->is_used = true;
	results->is_changed = results->is_changed || day_of(result) != results->today;
}

void scan_results_add(struct scan_results *results, const struct object_id *key, const void *data,
		      size_t length_bytes)
{
	struct result *old = find(results, key);

	if (old)
		old->is_replaced = true;
	append(&results->added, results->today, key->bytes, data, length_bytes);
	results->is_changed = true;
}

bool scan_results_is_changed(const struct scan_results *results)
{
	return results->is_changed;
}

static bool is_written(const struct scan_results *results, const struct result *result)
{
	return !result->is_replaced && !is_expired(results, result) && is_whole(result);
}

void scan_results_write(const struct scan_results *results, struct buf *ret_text)
{
	buf_append(ret_text, magic, MAGIC_BYTES);
	buf_append(ret_text, buf_string(&results->added), results->added.length_bytes);
	for (size_t i = 0; i < results->count; i++)
		if (results->items[i].is_used && is_written(results, &results->items[i]))
			append_again(results, &results->items[i], ret_text);
	for (size_t i = 0; i < results->count; i++)
		if (!results->items[i].is_used && is_written(results, &results->items[i]))
			append_again(results, &results->items[i], ret_text);
}
