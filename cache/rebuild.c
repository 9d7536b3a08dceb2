#include "rebuild.h"

/* Rows a transaction: few enough that its journal stays small. */
#define BATCH_ROWS 4096

struct rebuild {
	struct index *index;
	struct objects *objects;
	int64_t today;
	uint64_t rows;
	struct rebuild_result result;
};

static int next_row(struct rebuild *rebuild, struct fault *fault)
{
	int error;

	if (++rebuild->rows % BATCH_ROWS)
		return 0;
	error = index_commit(rebuild->index, fault);
	return error ? error : index_begin(rebuild->index, fault);
}

static int put_entry(void *context, const struct index_entry *record, struct fault *fault)
{
	struct rebuild *rebuild = context;
	struct index_entry entry = *record; /* borrows its strings */
	int error;

	if (!objects_has(rebuild->objects, &entry.object, entry.object_bytes))
		return 0;
	/* Unknown. Old would let gc evict everything; today's make no room for what a run uses. */
	entry.used_day = rebuild->today - 1;
	error = index_put_object(rebuild->index, &entry.object, entry.object_bytes, fault);
	if (!error)
		error = index_put_entry(rebuild->index, &entry, fault);
	rebuild->result.entries++;
	return error ? error : next_row(rebuild, fault);
}

static int put_thumb(void *context, const struct index_thumb *thumb, struct fault *fault)
{
	struct rebuild *rebuild = context;
	int error;

	if (!objects_has(rebuild->objects, &thumb->thumb.object, thumb->thumb.bytes))
		return 0;
	error = index_put_object(rebuild->index, &thumb->thumb.object, thumb->thumb.bytes, fault);
	if (!error)
		error = index_put_thumb(rebuild->index, thumb, fault);
	rebuild->result.thumbs++;
	return error ? error : next_row(rebuild, fault);
}

static int put_facts(void *context, const struct object_id *id, const struct cache_facts *facts,
		     struct fault *fault)
{
	struct rebuild *rebuild = context;
	int error = index_put_facts(rebuild->index, id, facts, fault);

	return error ? error : next_row(rebuild, fault);
}

int rebuild_index(struct index *index, struct objects *objects, struct records *records,
		  int64_t today, struct rebuild_result *ret_result, struct fault *fault)
{
	struct rebuild rebuild = {.index = index, .objects = objects, .today = today};
	const struct records_visitor visitor = {
		.entry = put_entry, .thumb = put_thumb, .facts = put_facts, .context = &rebuild};
	int error = index_begin(index, fault);

	if (!error)
		error = records_each(records, &visitor, &rebuild.result.damaged, fault);
	if (!error)
		error = index_commit(index, fault);
	if (error) {
		index_rollback(index);
		return fault_wrap(fault, error, INDEX_NAME ": rebuild");
	}
	*ret_result = rebuild.result;
	return 0;
}
