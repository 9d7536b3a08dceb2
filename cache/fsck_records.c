#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "fsck_private.h"
#include "hash_set.h"
#include "records.h"

struct comparison {
	struct hash_set recorded; /* of each row that has a record: what row_name() says */
	uint64_t missing;
};

/* A URL or a thumbnail's key, and what it gives. */
static char *row_name(char kind, const char *key, const struct object_id *object)
{
	char hex[OBJECT_ID_HEX_BYTES];

	object_id_format(object, hex);
	return alloc_printf("%c%s%s", kind, hex, key);
}

static int take_entry(void *context, const struct index_entry *entry, struct fault *fault)
{
	struct comparison *comparison = context;
	CLEANUP(cleanup_free) char *name = row_name('E', entry->url, &entry->object);

	(void)fault;
	hash_set_add(&comparison->recorded, name, strlen(name));
	return 0;
}

static int take_thumb(void *context, const struct index_thumb *thumb, struct fault *fault)
{
	struct comparison *comparison = context;
	CLEANUP(cleanup_free) char *name = row_name('T', thumb->key, &thumb->thumb.object);

	(void)fault;
	hash_set_add(&comparison->recorded, name, strlen(name));
	return 0;
}

static char *facts_name(const struct object_id *id, const struct cache_facts *facts)
{
	CLEANUP(cleanup_free)
	char *text = alloc_printf("%d %d %d %d %s %s", (int)facts->type, facts->width_px,
				  facts->height_px, facts->frames, facts->verdict, facts->renderer);

	return row_name('F', text, id);
}

static int take_facts(void *context, const struct object_id *id, const struct cache_facts *facts,
		      struct fault *fault)
{
	struct comparison *comparison = context;
	CLEANUP(cleanup_free) char *name = facts_name(id, facts);

	(void)fault;
	hash_set_add(&comparison->recorded, name, strlen(name));
	return 0;
}

static bool compare_entry(void *context, const struct index_entry *entry)
{
	struct comparison *comparison = context;
	CLEANUP(cleanup_free)
	char *name = entry->has_object ? row_name('E', entry->url, &entry->object) : NULL;

	comparison->missing += name && !hash_set_has(&comparison->recorded, name, strlen(name));
	return true;
}

static bool compare_thumb(void *context, const struct index_thumb *thumb)
{
	struct comparison *comparison = context;
	CLEANUP(cleanup_free) char *name = row_name('T', thumb->key, &thumb->thumb.object);

	comparison->missing += !hash_set_has(&comparison->recorded, name, strlen(name));
	return true;
}

static bool compare_facts(void *context, const struct object_id *id,
			  const struct cache_facts *facts)
{
	struct comparison *comparison = context;
	CLEANUP(cleanup_free) char *name = facts_name(id, facts);

	comparison->missing += !hash_set_has(&comparison->recorded, name, strlen(name));
	return true;
}

/* A record that does not read is no damage by itself: the last one of a killed run may be half, and
 * one of what went since is of no use. */
static int compare(struct fsck *fsck, struct comparison *comparison)
{
	const struct records_visitor visitor = {take_entry, take_thumb, take_facts, comparison};
	struct cache *cache = fsck->cache;
	uint64_t damaged;
	int error = records_each(cache->records, &visitor, &damaged, fsck->fault);

	if (!error)
		error = index_each_entry(cache->index, compare_entry, comparison, fsck->fault);
	if (!error)
		error = index_each_thumb(cache->index, NULL, compare_thumb, comparison,
					 fsck->fault);
	if (!error)
		error = index_each_facts(cache->index, NULL, compare_facts, comparison,
					 fsck->fault);
	fsck->result.missing_records = comparison->missing;
	return error;
}

int fsck_records(struct fsck *fsck)
{
	CLEANUP(cleanup_free) char *problem = NULL;
	struct comparison comparison = {0};
	int error;

	hash_set_init(&comparison.recorded);
	error = compare(fsck, &comparison);
	hash_set_release(&comparison.recorded);
	if (error || !comparison.missing)
		return error;
	problem =
		comparison.missing == 1
			? alloc_string(
				  "1 is damaged or missing: with the index, too, it would be lost")
			: alloc_printf("%llu are damaged or missing: with the index, too, they "
				       "would be lost",
				       (unsigned long long)comparison.missing);
	fsck_tell(fsck, "records", problem);
	return fsck->options.repair ? cache_rewrite_records(fsck->cache, fsck->fault) : 0;
}
