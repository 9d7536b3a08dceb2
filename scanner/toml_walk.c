/*
 * TOML 1.0 (https://toml.io/en/v1.0.0), with the place of each value. Tables may be opened in any
 * order, so they grow in struct toml_table and become nodes at the end.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "data_builder.h"
#include "map.h"
#include "toml_value.h"

struct toml_table;

/* One key of a table: exactly one of value, table, elements is set. */
struct toml_entry {
	struct data_node *key;
	struct data_node *value;
	struct toml_table *table;
	struct toml_table **elements; /* [[array of tables]] */
	size_t n_elements, capacity;
};

enum table_origin {
	TABLE_IMPLIED, /* by [a.b] for a: may be opened by [a] once */
	TABLE_OPENED,  /* by its own header */
	TABLE_DOTTED,  /* by a dotted key: only dotted keys of the same table may add to it */
	TABLE_INLINE,
};

struct toml_table {
	struct toml_table *next; /* all tables of the walk */
	unsigned id;
	size_t offset;
	enum table_origin origin;
	struct toml_entry *entries;
	size_t count, capacity;
};

struct toml_key {
	struct data_node *parts[DATA_TREE_MAX_DEPTH];
	size_t count;
};

struct toml_walk {
	struct toml_reader reader;
	struct toml_table *tables;
	unsigned n_tables;
	struct map *entries; /* table's id and key -> index + 1, as a pointer */
};

static struct data_node *read_value(struct toml_walk *walk, unsigned depth);

static void toml_walk_release(struct toml_walk *walk)
{
	for (struct toml_table *next, *table = walk->tables; table; table = next) {
		next = table->next;
		for (size_t i = 0; i < table->count; i++)
			free(table->entries[i].elements);
		free(table->entries);
		free(table);
	}
	map_free(walk->entries);
	buf_release(&walk->reader.decoded);
}

static struct toml_table *new_table(struct toml_walk *walk, enum table_origin origin, size_t offset)
{
	struct toml_table *table = alloc_zeroed(1, sizeof *table);

	table->next = walk->tables;
	table->id = walk->n_tables++;
	table->offset = offset;
	table->origin = origin;
	walk->tables = table;
	return table;
}

static void entry_name(const struct toml_table *table, const struct data_node *key,
		       struct buf *name)
{
	buf_append(name, &table->id, sizeof table->id);
	buf_append(name, key->text.data, key->text.length_bytes);
}

static struct toml_entry *find_entry(struct toml_walk *walk, struct toml_table *table,
				     const struct data_node *key)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(BUF_UNLIMITED);
	void *place;

	entry_name(table, key, &name);
	place = map_get(walk->entries, name.data, name.length_bytes);
	return place ? &table->entries[(uintptr_t)place - 1] : NULL;
}

static struct toml_entry *add_entry(struct toml_walk *walk, struct toml_table *table,
				    struct data_node *key)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(BUF_UNLIMITED);

	/* Most tables of a deep path have one key: start small. */
	if (table->count == table->capacity) {
		table->capacity = table->capacity ? table->capacity * 2 : 1;
		table->entries =
			alloc_resized(table->entries, table->capacity, sizeof *table->entries);
	}
	table->entries[table->count++] = (struct toml_entry){.key = key};
	entry_name(table, key, &name);
	map_put(walk->entries, name.data, name.length_bytes, (void *)(uintptr_t)table->count);
	return &table->entries[table->count - 1];
}

/* a.b."c d" */
static bool read_key(struct toml_walk *walk, struct toml_key *key)
{
	key->count = 0;
	for (;;) {
		struct data_node *part = toml_read_key_part(&walk->reader);

		if (!part)
			return false;
		if (key->count == DATA_TREE_MAX_DEPTH)
			return data_tree_fail_too_deep(walk->reader.tree,
						       toml_offset(&walk->reader));
		key->parts[key->count++] = part;
		toml_skip_blanks(&walk->reader);
		if (!toml_take(&walk->reader, '.'))
			return true;
		toml_skip_blanks(&walk->reader);
	}
}

static bool fail_at_key(struct toml_walk *walk, const struct data_node *key, const char *what)
{
	char message[128];

	snprintf(message, sizeof message, "the key '%.60s' %s", key->text.data, what);
	return data_tree_fail(walk->reader.tree, key->offset, message);
}

/* The table that `part` of a dotted key names; made when it is not there yet. */
static struct toml_table *step_dotted(struct toml_walk *walk, struct toml_table *table,
				      struct data_node *part)
{
	struct toml_entry *entry = find_entry(walk, table, part);

	if (!entry) {
		struct toml_table *made = new_table(walk, TABLE_DOTTED, part->offset);

		add_entry(walk, table, part)->table = made;
		return made;
	}
	if (!entry->table || entry->table->origin != TABLE_DOTTED) {
		fail_at_key(walk, part, "has a value already");
		return NULL;
	}
	return entry->table;
}

static bool read_pair(struct toml_walk *walk, struct toml_table *table, unsigned depth)
{
	struct toml_key key;
	struct data_node *last, *value;

	if (!read_key(walk, &key))
		return false;
	if (!toml_take(&walk->reader, '='))
		return toml_fail(&walk->reader, "expected '=' after the key");
	toml_skip_blanks(&walk->reader);
	for (size_t i = 0; i + 1 < key.count; i++) {
		table = step_dotted(walk, table, key.parts[i]);
		if (!table)
			return false;
	}
	last = key.parts[key.count - 1];
	if (find_entry(walk, table, last))
		return fail_at_key(walk, last, "is there twice");
	value = read_value(walk, depth + (unsigned)key.count);
	if (!value)
		return false;
	add_entry(walk, table, last)->value = value;
	return true;
}

struct node_list {
	struct data_node **items;
	size_t count, capacity;
};

static void node_list_release(struct node_list *list)
{
	free(list->items);
}

static void node_list_add(struct node_list *list, struct data_node *node)
{
	ALLOC_GROW(list->items, list->count, list->capacity);
	list->items[list->count++] = node;
}

static struct data_node *freeze(struct toml_walk *walk, const struct toml_table *table,
				unsigned depth);

static struct data_node *freeze_entry(struct toml_walk *walk, const struct toml_entry *entry,
				      unsigned depth)
{
	CLEANUP(node_list_release) struct node_list list = {0};

	if (entry->value)
		return entry->value;
	if (entry->table)
		return freeze(walk, entry->table, depth + 1);
	for (size_t i = 0; i < entry->n_elements; i++) {
		struct data_node *node = freeze(walk, entry->elements[i], depth + 2);

		if (!node)
			return NULL;
		node_list_add(&list, node);
	}
	return data_tree_collection(walk->reader.tree, DATA_SEQUENCE, entry->elements[0]->offset,
				    entry->elements[0]->offset, NULL, list.items, list.count);
}

static struct data_node *freeze(struct toml_walk *walk, const struct toml_table *table,
				unsigned depth)
{
	CLEANUP(node_list_release) struct node_list keys = {0};
	CLEANUP(node_list_release) struct node_list items = {0};

	if (depth > DATA_TREE_MAX_DEPTH) {
		data_tree_fail_too_deep(walk->reader.tree, table->offset);
		return NULL;
	}
	for (size_t i = 0; i < table->count; i++) {
		struct data_node *item = freeze_entry(walk, &table->entries[i], depth);

		if (!item)
			return NULL;
		node_list_add(&keys, table->entries[i].key);
		node_list_add(&items, item);
	}
	return data_tree_collection(walk->reader.tree, DATA_MAPPING, table->offset, table->offset,
				    keys.items, items.items, keys.count);
}

static struct data_node *read_array(struct toml_walk *walk, unsigned depth)
{
	CLEANUP(node_list_release) struct node_list list = {0};
	struct toml_reader *reader = &walk->reader;
	size_t start = toml_offset(reader);

	toml_take(reader, '[');
	for (;;) {
		struct data_node *item;

		if (!toml_skip_lines(reader))
			return NULL;
		if (toml_take(reader, ']'))
			break;
		item = read_value(walk, depth + 1);
		if (!item || !toml_skip_lines(reader))
			return NULL;
		node_list_add(&list, item);
		if (toml_take(reader, ','))
			continue;
		if (toml_take(reader, ']'))
			break;
		toml_fail(reader, "expected ',' or ']' in the array");
		return NULL;
	}
	return data_tree_collection(reader->tree, DATA_SEQUENCE, start, toml_offset(reader), NULL,
				    list.items, list.count);
}

static struct data_node *read_inline_table(struct toml_walk *walk, unsigned depth)
{
	struct toml_reader *reader = &walk->reader;
	struct toml_table *table = new_table(walk, TABLE_INLINE, toml_offset(reader));

	toml_take(reader, '{');
	toml_skip_blanks(reader);
	while (!toml_take(reader, '}')) {
		if (!read_pair(walk, table, depth + 1))
			return NULL;
		toml_skip_blanks(reader);
		if (toml_take(reader, '}'))
			break;
		if (!toml_take(reader, ',')) {
			toml_fail(reader, "expected ',' or '}' in the inline table");
			return NULL;
		}
		toml_skip_blanks(reader);
	}
	return freeze(walk, table, depth);
}

static struct data_node *read_value(struct toml_walk *walk, unsigned depth)
{
	struct toml_reader *reader = &walk->reader;

	if (depth >= DATA_TREE_MAX_DEPTH) {
		data_tree_fail_too_deep(reader->tree, toml_offset(reader));
		return NULL;
	}
	switch (toml_peek(reader)) {
	case '[':
		return read_array(walk, depth);
	case '{':
		return read_inline_table(walk, depth);
	default:
		return toml_read_scalar(reader);
	}
}

/* The table that a part of a header's path names, but for the last part. */
static struct toml_table *step_header(struct toml_walk *walk, struct toml_table *table,
				      struct data_node *part)
{
	struct toml_entry *entry = find_entry(walk, table, part);

	if (!entry) {
		struct toml_table *made = new_table(walk, TABLE_IMPLIED, part->offset);

		add_entry(walk, table, part)->table = made;
		return made;
	}
	if (entry->elements)
		return entry->elements[entry->n_elements - 1];
	if (!entry->table)
		fail_at_key(walk, part, "has a value already");
	return entry->table;
}

/* [a.b] */
static struct toml_table *open_table(struct toml_walk *walk, struct toml_table *parent,
				     struct data_node *name)
{
	struct toml_entry *entry = find_entry(walk, parent, name);

	if (!entry) {
		struct toml_table *made = new_table(walk, TABLE_OPENED, name->offset);

		add_entry(walk, parent, name)->table = made;
		return made;
	}
	if (!entry->table || entry->table->origin != TABLE_IMPLIED) {
		fail_at_key(walk, name, "is there twice");
		return NULL;
	}
	entry->table->origin = TABLE_OPENED;
	return entry->table;
}

/* [[a.b]] */
static struct toml_table *open_element(struct toml_walk *walk, struct toml_table *parent,
				       struct data_node *name)
{
	struct toml_entry *entry = find_entry(walk, parent, name);

	if (entry && !entry->elements) {
		fail_at_key(walk, name, "is no array of tables");
		return NULL;
	}
	if (!entry)
		entry = add_entry(walk, parent, name);
	ALLOC_GROW(entry->elements, entry->n_elements, entry->capacity);
	entry->elements[entry->n_elements] = new_table(walk, TABLE_OPENED, name->offset);
	return entry->elements[entry->n_elements++];
}

static struct toml_table *read_header(struct toml_walk *walk, struct toml_table *root)
{
	struct toml_reader *reader = &walk->reader;
	struct toml_table *table = root;
	struct toml_key key;
	bool is_element;

	toml_take(reader, '[');
	is_element = toml_take(reader, '[');
	toml_skip_blanks(reader);
	if (!read_key(walk, &key))
		return NULL;
	if (!toml_take(reader, ']') || (is_element && !toml_take(reader, ']'))) {
		toml_fail(reader, "expected ']' after the table's name");
		return NULL;
	}
	for (size_t i = 0; i + 1 < key.count; i++) {
		table = step_header(walk, table, key.parts[i]);
		if (!table)
			return NULL;
	}
	return is_element ? open_element(walk, table, key.parts[key.count - 1])
			  : open_table(walk, table, key.parts[key.count - 1]);
}

static struct data_node *read_document(struct toml_walk *walk)
{
	struct toml_reader *reader = &walk->reader;
	struct toml_table *root = new_table(walk, TABLE_OPENED, reader->base_offset);
	struct toml_table *table = root;

	for (;;) {
		if (!toml_skip_lines(reader))
			return NULL;
		if (toml_is_at_end(reader))
			return freeze(walk, root, 0);
		if (toml_peek(reader) == '[')
			table = read_header(walk, root);
		else if (!read_pair(walk, table, 0))
			return NULL;
		if (!table || !toml_end_line(reader))
			return NULL;
	}
}

int toml_walk_parse(const char *text, size_t length_bytes, size_t base_offset,
		    struct data_tree **ret_tree, struct data_error *ret_error)
{
	struct data_tree *tree = data_tree_new();
	CLEANUP(toml_walk_release)
	struct toml_walk walk = {
		.reader = {.tree = tree,
			   .text = text,
			   .length_bytes = length_bytes,
			   .base_offset = base_offset,
			   .decoded = BUF_INIT(BUF_UNLIMITED)},
		.entries = map_new(),
	};
	struct data_node *root = read_document(&walk);

	if (!root) {
		*ret_error = tree->error;
		data_tree_free(tree);
		return -1;
	}
	data_tree_add_document(tree, root);
	*ret_tree = tree;
	return 0;
}
