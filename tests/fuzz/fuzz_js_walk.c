/* A configuration that is a program; what stands before it in a comment changes nothing. */
#include "fuzz.h"

#include <string.h>

#include "data_tree.h"

#define NAME_MAX_BYTES 256

static const char comment[] = "/* \"a\": '{' // */ // f('x')\n";

static struct data_tree *parse(struct slice text, size_t base_offset)
{
	struct data_tree *tree = NULL;
	struct data_error error = {0};

	if (js_walk_parse(text.data, text.length_bytes, base_offset, &tree, &error) == 0)
		return tree;
	fuzz_require(error.is_limit && error.message[0] && error.offset >= base_offset &&
		     error.offset - base_offset <= text.length_bytes);
	return NULL;
}

static void check_pair(struct slice text, const struct data_node *key,
		       const struct data_node *value)
{
	size_t length = value->text.length_bytes;

	fuzz_require(key->text.length_bytes <= NAME_MAX_BYTES);
	fuzz_require(value->offset > 0 && value->end < text.length_bytes);
	fuzz_require(value->end - value->offset == length);
	fuzz_require(memcmp(text.data + value->offset, value->text.data, length) == 0);
	fuzz_require(text.data[value->offset - 1] == text.data[value->end] &&
		     strchr("\"'`", text.data[value->end]) != NULL);
	fuzz_require(!memchr(value->text.data, '\\', length) &&
		     !memchr(value->text.data, text.data[value->end], length));
}

static void check_shifted(const struct data_node *root, const struct data_node *shifted)
{
	fuzz_require(root->count == shifted->count);
	for (size_t i = 0; i < root->count; i++) {
		struct slice key = root->keys[i]->text, other = shifted->keys[i]->text;

		fuzz_require(key.length_bytes == other.length_bytes &&
			     memcmp(key.data, other.data, key.length_bytes) == 0);
		fuzz_require(shifted->items[i]->offset == root->items[i]->offset + strlen(comment));
	}
}

static void check(struct slice text, struct slice commented)
{
	struct data_tree *tree = parse(text, 0);
	struct data_tree *shifted = parse(commented, 0);

	fuzz_require(!tree == !shifted);
	if (tree) {
		const struct data_node *root = data_tree_root(tree, 0);
		size_t offset = 0;

		for (size_t i = 0; i < root->count; i++) {
			check_pair(text, root->keys[i], root->items[i]);
			fuzz_require(root->items[i]->offset >= offset);
			offset = root->items[i]->offset;
		}
		check_shifted(root, data_tree_root(shifted, 0));
	}
	data_tree_free(tree);
	data_tree_free(shifted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	size_t n = strlen(comment);
	char *text = malloc(n + length_bytes);

	fuzz_require(text != NULL);
	memcpy(text, comment, n);
	if (length_bytes)
		memcpy(text + n, data, length_bytes);
	check((struct slice){text + n, length_bytes}, (struct slice){text, n + length_bytes});
	free(text);
	return 0;
}
