#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "bit_set.h"
#include "buf.h"
#include "cleanup.h"
#include "image_items.h"

#define BYTES(text) text, sizeof(text) - 1
/* Boxes of fixed sizes. */
#define PITM "\0\0\0\x0epitm\0\0\0\0\0\7"
#define IREF(size, version) "\0\0\0" size "iref" version "\0\0\0"
#define IPRP(size) "\0\0\0" size "iprp"
#define IPMA(size, version, flags, entries) \
	"\0\0\0" size "ipma" version "\0\0" flags "\0\0\0" entries

static void walk(const struct image_items *items, struct buf *said)
{
	struct image_item_info info = {0};
	struct image_item_reference reference = {0};
	struct image_item_property property = {0};
	struct image_item_association association = {0};

	while (image_items_next_info(items, &info))
		buf_printf(said, "%llu is %c%c%c%c, ", (unsigned long long)info.item,
			   (char)(info.type >> 24), (char)(info.type >> 16), (char)(info.type >> 8),
			   (char)info.type);
	while (image_items_next_reference(items, &reference))
		buf_printf(said, "%llu to %llu, ", (unsigned long long)reference.from,
			   (unsigned long long)reference.to);
	while (image_items_next_property(items, &property))
		buf_printf(said, "%zu: %zu bytes, ", property.index,
			   property.box.end - property.box.begin);
	while (image_items_next_association(items, &association))
		buf_printf(said, "%llu has %zu, ", (unsigned long long)association.item,
			   association.index);
}

static void walks(void **state)
{
	static const struct {
		const char *meta;
		size_t bytes;
		const char *said;
	} cases[] = {
		{BYTES(PITM), ""},
		{BYTES(PITM "\0\0\0\x2ciinf\0\0\0\0\0\2"
			    "\0\0\0\x0einfe\1\0\0\0\0\1"
			    "\0\0\0\x10infe\2\0\0\0\0\2\0\0"
			    "av01"),
		 ""}, /* of version 1; then one that ends before its type */
		{BYTES(PITM "\0\0\0\x3aiinf\1\0\0\0\0\0\0\2"
			    "\0\0\0\x14infe\2\0\0\0\0\7\0\0grid"
			    "\0\0\0\x16infe\3\0\0\0\0\1\0\2\0\0hvc1"),
		 "7 is grid, 65538 is hvc1, "},
		{BYTES(PITM IREF("\x2a", "\0") "\0\0\0\x10"
					       "dimg\0\7\0\2\0\1\0\2"
					       "\0\0\0\x0e"
					       "auxl\0\3\0\1\0\7"),
		 "7 to 1, 7 to 2, 3 to 7, "},
		{BYTES(PITM IREF("\x1e", "\1") "\0\0\0\x12"
					       "dimg\0\1\0\1\0\1\0\0\0\2"),
		 "65537 to 2, "},
		/* More and less than there are. */
		{BYTES(PITM IREF("\x28", "\0") "\0\0\0\x0e"
					       "dimg\0\7\0\x9\0\1"
					       "\0\0\0\x0e"
					       "dimg\0\5\0\0\0\1"),
		 "7 to 1, "},
		/* Without a container a property has no number, but an item's list is one. */
		{BYTES(PITM IPRP("\x1c") IPMA("\x14", "\0", "\0", "\1") "\0\1\1\x82"), "1 has 2, "},
		{BYTES(PITM IPRP("\x3d") "\0\0\0\x19ipco"
					 "\0\0\0\x9irot\1"
					 "\0\0\0\x8imir" IPMA("\x1c", "\1", "\1",
							      "\2") "\0\0\0\1\1\x80\1"
								    "\0\0\0\2\0"),
		 "1: 1 bytes, 2: 0 bytes, 1 has 1, "},
		/* Lists that end with their box: then the next one is read. */
		{BYTES(PITM IPRP("\x30") IPMA("\x14", "\0", "\0", "\x9") "\0\1\x9\2" IPMA(
			 "\x14", "\0", "\0", "\1") "\0\3\1\4"),
		 "1 has 2, 3 has 4, "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(buf_release) struct buf said = BUF_INIT(1000);
		/* A copy that ends where the bytes end, so that a sanitizer sees a read past
		 * them. */
		size_t length = 12 + cases[i].bytes;
		uint8_t *file = malloc(length);
		const struct image_bytes bytes = {file, length, true};
		struct image_items items;

		memcpy(file, "\0\0\0\0meta\0\0\0\0", 12);
		file[3] = (uint8_t)length;
		memcpy(file + 12, cases[i].meta, cases[i].bytes);
		assert_true(image_items_find(&bytes, &items));
		assert_int_equal(items.primary, 7);
		walk(&items, &said);
		assert_string_equal(buf_string(&said), cases[i].said);
		free(file);
	}
}

static void needs_a_primary_item(void **state)
{
	static const uint8_t file[] = "\0\0\0\x14meta\0\0\0\0\0\0\0\x8iprp";
	const struct image_bytes bytes = {file, sizeof file - 1, true};
	struct image_items items;

	(void)state;
	assert_false(image_items_find(&bytes, &items));
}

static void sets_of_bits(void **state)
{
	uint8_t bits[BIT_SET_BYTES(10)] = {0};

	(void)state;
	assert_int_equal(sizeof bits, 2);
	assert_true(BIT_SET_ADD(bits, 9));
	assert_false(BIT_SET_ADD(bits, 9));
	assert_true(BIT_SET_HAS(bits, 9));
	assert_false(BIT_SET_HAS(bits, 8));
	assert_false(BIT_SET_ADD(bits, 16));
	assert_false(BIT_SET_HAS(bits, 16));
	assert_false(BIT_SET_HAS(bits, UINT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks),
		cmocka_unit_test(needs_a_primary_item),
		cmocka_unit_test(sets_of_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
