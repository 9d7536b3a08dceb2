#include "cache_private.h"

#define CHUNK_BYTES (1 << 20)

struct rewrite {
	struct records *records;
	struct fault *fault;
	int error;
};

static bool append_chunk(struct rewrite *rewrite)
{
	if (records_gathered_bytes(rewrite->records) >= CHUNK_BYTES)
		rewrite->error = records_append(rewrite->records, rewrite->fault);
	return !rewrite->error;
}

static bool record_entry(void *context, const struct index_entry *entry)
{
	struct rewrite *rewrite = context;

	if (entry->has_object)
		records_add_entry(rewrite->records, entry);
	return append_chunk(rewrite);
}

static bool record_thumb(void *context, const struct index_thumb *thumb)
{
	struct rewrite *rewrite = context;

	records_add_thumb(rewrite->records, thumb);
	return append_chunk(rewrite);
}

static bool record_facts(void *context, const struct object_id *id, const struct cache_facts *facts)
{
	struct rewrite *rewrite = context;

	records_add_facts(rewrite->records, id, facts);
	return append_chunk(rewrite);
}

int cache_rewrite_records(struct cache *cache, struct fault *fault)
{
	struct rewrite rewrite = {.records = cache->records, .fault = fault};
	int error;

	records_begin_anew(cache->records);
	error = index_each_entry(cache->index, record_entry, &rewrite, fault);
	if (!error && !rewrite.error)
		error = index_each_thumb(cache->index, NULL, record_thumb, &rewrite, fault);
	if (!error && !rewrite.error)
		error = index_each_facts(cache->index, NULL, record_facts, &rewrite, fault);
	error = error ? error : rewrite.error;
	if (!error)
		error = records_append(cache->records, fault);
	if (!error)
		return records_remove_others(cache->records, fault);
	/* Else each gc on a disk without room would leave another beginning there. */
	records_drop(cache->records);
	return error;
}
