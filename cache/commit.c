#include "commit.h"

#include <errno.h>
#include <stdlib.h>

#include "alloc.h"
#include "cache_private.h"
#include "disk_work.h"

bool commit_is_running(const struct commit *commit)
{
	return commit->work && !disk_work_has_ended(commit->work);
}

struct index *cache_index(struct cache *cache)
{
	if (cache->commit.work)
		disk_work_wait(cache->commit.work);
	return cache->index;
}

void commit_release(struct commit *commit)
{
	disk_work_free(commit->work);
	free(commit->lost);
	*commit = (struct commit){0};
}

static int run(void *context, size_t index)
{
	struct cache *cache = context;

	(void)index;
	return commit_rows(cache, &cache->commit.fault);
}

void commit_start(struct cache *cache, bool waits)
{
	struct commit *commit = &cache->commit;
	/* A document may be written by its owner, who does not expect a thread. */
	bool is_beside = !waits && !map_count(cache->sealed.documents);

	fault_clear(&commit->fault);
	commit->lost = cache->lost;
	commit->lost_count = cache->lost_count;
	cache->lost = NULL;
	cache->lost_count = cache->lost_capacity = 0;
	index_release(cache->index);
	commit->work = disk_work_start(run, cache, is_beside);
	commit->error = is_beside ? 0 : run(cache, 0);
}

static void give_lost_back(struct cache *cache)
{
	for (size_t i = 0; i < cache->commit.lost_count; i++) {
		ALLOC_GROW(cache->lost, cache->lost_count, cache->lost_capacity);
		cache->lost[cache->lost_count++] = cache->commit.lost[i];
	}
}

int commit_step(struct cache *cache, bool waits, struct fault *fault)
{
	struct commit *commit = &cache->commit;
	int error = disk_work_step(commit->work, waits);

	if (error == -EINPROGRESS)
		return error;
	error = error ? error : commit->error;
	if (error)
		give_lost_back(cache);
	if (error && fault)
		*fault = commit->fault;
	commit_release(commit);
	return cache_note(cache, error);
}
