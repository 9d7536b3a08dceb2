#include <string.h>

#include "database.h"
#include "index_rows.h"

/* Rows that nobody asked for are passed by, so many in a row: then the next is sought. A sought row
 * costs as much as three or four that are passed. */
#define PATIENCE 4

/* What is asked for, in the order in which the rows lie, and who takes it. */
struct walk {
	enum statement statement; /* whose rows begin at ?1 */
	const void *wishes;
	size_t count;
	void (*bind)(struct sqlite3_stmt *rows, const void *wishes, size_t wish);
	/* Of the row and the wish: < 0 when the row comes first. */
	int (*compare)(struct sqlite3_stmt *row, const void *wishes, size_t wish);
	void (*take)(const struct walk *walk, struct sqlite3_stmt *row, size_t wish);
	union {
		index_take_entry *take_entry;
		index_take_facts *take_facts;
		index_take_thumb *take_thumb;
	};
	void *context;
};

/* The wish that the row may fulfil: those before it have no row. */
static size_t skip_wishes(const struct walk *walk, struct sqlite3_stmt *row, size_t wish,
			  int *ret_order)
{
	while (wish < walk->count) {
		*ret_order = walk->compare(row, walk->wishes, wish);
		if (*ret_order <= 0)
			break;
		wish++;
	}
	return wish;
}

static int walk_rows(struct index *index, const struct walk *walk, struct fault *fault)
{
	struct sqlite3_stmt *rows;
	size_t wish = 0, sought = 0, passed = 0, patience = PATIENCE;
	bool must_seek = true;
	int error = database_statement(index->database, walk->statement, &rows, fault);

	if (error)
		return error;
	while (wish < walk->count) {
		int order = 0, got;

		if (must_seek) {
			statement_finish(rows);
			walk->bind(rows, walk->wishes, wish);
			sought = wish;
			passed = 0;
		}
		got = database_next(index->database, rows, "look ahead", fault);
		if (got != 1) {
			error = got;
			break;
		}
		wish = skip_wishes(walk, rows, wish, &order);
		if (wish < walk->count && order == 0) {
			walk->take(walk, rows, wish);
			patience = passed ? PATIENCE : patience;
			passed = 0;
		} else {
			passed++;
		}
		/* In a damaged index the rows may lie otherwise: no row is sought twice. */
		must_seek = passed > patience && wish > sought;
		patience = must_seek ? patience / 2 : patience;
	}
	statement_finish(rows);
	return error;
}

/* --- entries ------------------------------------------------------------------------------------
 */

static void bind_key(struct sqlite3_stmt *rows, const void *wishes, size_t wish)
{
	const struct index_wish *entries = wishes;

	statement_bind_int(rows, 1, entries[wish].key);
}

static int compare_key(struct sqlite3_stmt *row, const void *wishes, size_t wish)
{
	int64_t key = statement_int(row, 0), wished = ((const struct index_wish *)wishes)[wish].key;

	return key < wished ? -1 : key > wished;
}

static void take_entry(const struct walk *walk, struct sqlite3_stmt *row, size_t wish)
{
	const struct index_wish *wishes = walk->wishes;
	const char *url = statement_text(row, 1);
	struct index_entry entry;

	if (!url || strcmp(url, wishes[wish].url) != 0 || !index_read_common(row, 2, &entry))
		return;
	entry.url = index_column_copy(row, 1);
	walk->take_entry(walk->context, wish, &entry);
}

int index_find_entries(struct index *index, const struct index_wish *wishes, size_t count,
		       index_take_entry *take, void *context, struct fault *fault)
{
	const struct walk walk = {
		.statement = ENTRIES_FROM,
		.wishes = wishes,
		.count = count,
		.bind = bind_key,
		.compare = compare_key,
		.take = take_entry,
		.take_entry = take,
		.context = context,
	};

	return walk_rows(index, &walk, fault);
}

/* --- facts and thumbnails -----------------------------------------------------------------------
 */

static void bind_id(struct sqlite3_stmt *rows, const void *wishes, size_t wish)
{
	const struct object_id *ids = wishes;

	index_bind_id(rows, 1, &ids[wish]);
}

/* As SQLite orders them, whatever stands there. */
static int compare_id(struct sqlite3_stmt *row, const void *wishes, size_t wish)
{
	const struct object_id *ids = wishes;
	size_t length_bytes;
	const void *bytes = statement_bytes(row, 0, &length_bytes);
	bool is_short = length_bytes < OBJECT_ID_BYTES;
	int order = memcmp(length_bytes ? bytes : "", ids[wish].bytes,
			   is_short ? length_bytes : OBJECT_ID_BYTES);

	if (order)
		return order;
	return is_short ? -1 : length_bytes > OBJECT_ID_BYTES;
}

static void take_facts(const struct walk *walk, struct sqlite3_stmt *row, size_t wish)
{
	struct cache_facts facts;

	if (index_read_facts(row, 1, &facts))
		walk->take_facts(walk->context, wish, &facts);
}

int index_find_facts(struct index *index, const struct object_id *ids, size_t count,
		     index_take_facts *take, void *context, struct fault *fault)
{
	const struct walk walk = {
		.statement = FACTS_FROM,
		.wishes = ids,
		.count = count,
		.bind = bind_id,
		.compare = compare_id,
		.take = take_facts,
		.take_facts = take,
		.context = context,
	};

	return walk_rows(index, &walk, fault);
}

/* Thumbnails' keys begin with the hash of the original. */
static void bind_beginning(struct sqlite3_stmt *rows, const void *wishes, size_t wish)
{
	const struct object_id *originals = wishes;
	char hex[OBJECT_ID_HEX_BYTES];

	object_id_format(&originals[wish], hex);
	statement_bind_own_text(rows, 1, hex);
}

/* Keys of other archives may be any text. */
static int compare_beginning(struct sqlite3_stmt *row, const void *wishes, size_t wish)
{
	const struct object_id *originals = wishes;
	const char *key = statement_text(row, 0);
	char hex[OBJECT_ID_HEX_BYTES];

	object_id_format(&originals[wish], hex);
	return key ? strncmp(key, hex, OBJECT_ID_HEX_BYTES - 1) : 1;
}

static void take_thumb(const struct walk *walk, struct sqlite3_stmt *row, size_t wish)
{
	struct cache_thumb thumb;

	if (!index_column_id(row, 1, &thumb.object))
		return;
	index_read_thumb(row, 2, &thumb);
	walk->take_thumb(walk->context, wish, statement_text(row, 0), &thumb);
}

int index_find_thumbs(struct index *index, const struct object_id *originals, size_t count,
		      index_take_thumb *take, void *context, struct fault *fault)
{
	const struct walk walk = {
		.statement = THUMBS_FROM,
		.wishes = originals,
		.count = count,
		.bind = bind_beginning,
		.compare = compare_beginning,
		.take = take_thumb,
		.take_thumb = take,
		.context = context,
	};

	return walk_rows(index, &walk, fault);
}
