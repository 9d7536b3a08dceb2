/* A file of records out of an archive that somebody else made. */
#include "fuzz.h"
#include "records.h"

static int take_entry(void *context, const struct index_entry *entry, struct fault *fault)
{
	(void)context, (void)fault;
	fuzz_require(entry->url && entry->url[0]);
	return 0;
}

static int take_thumb(void *context, const struct index_thumb *thumb, struct fault *fault)
{
	(void)context, (void)fault;
	fuzz_require(thumb->key && thumb->key[0]);
	return 0;
}

static int take_facts(void *context, const struct object_id *id, const struct cache_facts *facts,
		      struct fault *fault)
{
	(void)context, (void)id, (void)facts, (void)fault;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	const struct records_visitor visitor = {take_entry, take_thumb, take_facts, NULL};
	struct fault fault = {0};
	uint64_t damaged = 0;

	records_read(data, length_bytes, &visitor, &damaged, &fault);
	return 0;
}
