#include <stdlib.h>

#include "alloc.h"
#include "cache_private.h"

struct cache_writer {
	struct cache *cache;
	struct object_writer *writer;
	uint64_t bytes;
};

int cache_writer_new(struct cache *cache, struct cache_writer **ret_writer, struct fault *fault)
{
	struct cache_writer *writer = alloc_zeroed(1, sizeof *writer);

	(void)fault;
	cache_end_reads(cache); /* the network comes next */
	writer->cache = cache;
	writer->writer = object_writer_new(cache->objects);
	*ret_writer = writer;
	return 0;
}

static void forget_bytes(struct cache_writer *writer)
{
	if (!writer->bytes)
		return;
	writer->cache->limit.writing_bytes -= writer->bytes;
	writer->bytes = 0;
	cache_limit_tell(writer->cache);
}

int cache_writer_begin(struct cache_writer *writer, struct fault *fault)
{
	int error;

	forget_bytes(writer);
	error = object_writer_begin(writer->writer, fault);
	return cache_explain(writer->cache, error, fault);
}

int cache_writer_write(struct cache_writer *writer, const void *data, size_t length_bytes,
		       struct fault *fault)
{
	int error;

	/* Told before it is checked: of two processes that come to the limit at once each sees the
	 * other's. */
	writer->bytes += length_bytes;
	writer->cache->limit.writing_bytes += length_bytes;
	cache_limit_tell(writer->cache);
	error = cache_limit_check(writer->cache, 0, fault);
	if (error)
		return error;
	return object_writer_write(writer->writer, data, length_bytes, fault);
}

void cache_writer_expect(struct cache_writer *writer, uint64_t bytes)
{
	object_writer_expect(writer->writer, bytes);
}

int cache_writer_commit(struct cache_writer *writer, struct object_id *ret_id, uint64_t *ret_bytes,
			struct fault *fault)
{
	int error = cache_make_room(writer->cache, fault);

	if (!error) {
		error = object_writer_commit(writer->writer, ret_id, ret_bytes, fault);
		writer->writer = NULL;
	}
	cache_writer_free(writer);
	return error;
}

void cache_writer_free(struct cache_writer *writer)
{
	if (!writer)
		return;
	forget_bytes(writer);
	object_writer_free(writer->writer);
	free(writer);
}
