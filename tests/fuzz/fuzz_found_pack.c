/* What a scan found, out of a cache that something has damaged: a document of entries, and the bytes
 * of one of them. */
#include <string.h>

#include "found_pack.h"
#include "fuzz.h"
#include "scan_results.h"

#define TODAY 20000

static void look_at(const struct found *found, size_t length_bytes)
{
	fuzz_require(found->n_images <= length_bytes && found->n_problems <= length_bytes);
	for (size_t i = 0; i < found->n_images; i++)
		fuzz_require(found->images[i].written && found->images[i].url &&
			     strlen(found->images[i].url) <= length_bytes);
	for (size_t i = 0; i < found->n_problems; i++)
		fuzz_require(found->problems[i].message != NULL);
}

/* What is packed again is the same when it is unpacked. */
static void pack_again(const struct found *found)
{
	struct arena arena = {0}, second_arena = {0};
	struct slice packed = found_pack(found, &arena), second;
	struct found again = {0};

	fuzz_require(found_unpack(packed, &again));
	second = found_pack(&again, &second_arena);
	fuzz_require(packed.length_bytes == second.length_bytes &&
		     !memcmp(packed.data, second.data, packed.length_bytes));
	found_release(&again);
	arena_release(&arena);
	arena_release(&second_arena);
}

static void read_document(const uint8_t *data, size_t length_bytes)
{
	char *copy = malloc(length_bytes ? length_bytes : 1);
	struct scan_results *results;
	struct buf text = BUF_INIT(BUF_UNLIMITED);
	struct object_id key = {0};
	const void *found;
	size_t found_bytes;

	fuzz_require(copy != NULL);
	if (length_bytes)
		memcpy(copy, data, length_bytes);
	results = scan_results_new(copy, length_bytes, TODAY);
	memcpy(&key, data, length_bytes < sizeof key ? length_bytes : sizeof key);
	if (scan_results_find(results, &key, &found, &found_bytes))
		fuzz_require(found_bytes <= length_bytes);
	scan_results_keep(results, &key);
	scan_results_add(results, &key, data, length_bytes);
	scan_results_write(results, &text);
	scan_results_free(results);
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct found found = {0};

	if (found_unpack((struct slice){(const char *)data, length_bytes}, &found)) {
		look_at(&found, length_bytes);
		pack_again(&found);
	}
	found_release(&found);
	if (length_bytes)
		read_document(data, length_bytes);
	return 0;
}
