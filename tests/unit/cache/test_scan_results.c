#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "scan_results.h"

#define TODAY 20000

DEFINE_CLEANUP_POINTER(struct scan_results, scan_results_free)

static struct object_id key_of(unsigned number)
{
	return object_id_of(&number, sizeof number);
}

/* What a run makes of a document that has these entries, when it uses none of them. */
static void make_document(unsigned count, int64_t day, struct buf *ret_text)
{
	CLEANUP(scan_results_free_pointer)
	struct scan_results *results = scan_results_new(NULL, 0, day);

	for (unsigned i = 0; i < count; i++) {
		struct object_id key = key_of(i);
		CLEANUP(cleanup_free) char *data = alloc_printf("data %u", i);

		scan_results_add(results, &key, data, strlen(data));
	}
	assert_int_equal(scan_results_is_changed(results), count > 0);
	scan_results_write(results, ret_text);
}

static struct scan_results *open_document(const struct buf *text, int64_t day)
{
	return scan_results_new(alloc_string_n(text->data, text->length_bytes), text->length_bytes,
				day);
}

static bool has(const struct scan_results *results, unsigned number)
{
	CLEANUP(cleanup_free) char *expected = alloc_printf("data %u", number);
	struct object_id key = key_of(number);
	const void *data;
	size_t length;

	if (!scan_results_find(results, &key, &data, &length))
		return false;
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(data, expected, length);
	return true;
}

static void test_what_was_added_is_found_later(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(scan_results_free_pointer) struct scan_results *results = NULL;

	(void)state;
	make_document(1000, TODAY, &text);
	results = open_document(&text, TODAY);
	for (unsigned i = 0; i < 1000; i++)
		assert_true(has(results, i));
	assert_false(has(results, 1000));
	assert_false(scan_results_is_changed(results));
}

/* Using all on the same day writes nothing; on the next, their days change. */
static void test_days_of_use(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf later = BUF_INIT(BUF_UNLIMITED);
	struct object_id used = key_of(1);
	struct scan_results *results;

	(void)state;
	make_document(3, TODAY, &text);
	results = open_document(&text, TODAY);
	scan_results_keep(results, &used);
	assert_false(scan_results_is_changed(results));
	scan_results_free(results);

	results = open_document(&text, TODAY + SCAN_RESULTS_UNUSED_DAYS);
	scan_results_keep(results, &used);
	assert_true(scan_results_is_changed(results));
	scan_results_write(results, &later);
	assert_int_equal(later.length_bytes, text.length_bytes); /* each once */
	scan_results_free(results);

	results = open_document(&later, TODAY + SCAN_RESULTS_UNUSED_DAYS + 1);
	assert_true(scan_results_is_changed(results)); /* two have to go */
	assert_true(has(results, 0));
	buf_clear(&text);
	scan_results_write(results, &text);
	scan_results_free(results);

	results = open_document(&text, TODAY + SCAN_RESULTS_UNUSED_DAYS + 1);
	assert_false(has(results, 0));
	assert_true(has(results, 1));
	assert_false(has(results, 2));
	assert_false(scan_results_is_changed(results));
	scan_results_free(results);
}

/* Whatever byte is damaged, the entry is not there or none is; what is there is right. */
static void test_damage(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

	(void)state;
	make_document(5, TODAY, &text);
	for (size_t i = 0; i < text.length_bytes; i++) {
		struct scan_results *results;
		unsigned found = 0;

		text.data[i] ^= 0x41;
		results = open_document(&text, TODAY);
		text.data[i] ^= 0x41;
		for (unsigned number = 0; number < 5; number++)
			found += has(results, number);
		assert_true(found < 5);
		scan_results_free(results);
	}
	for (size_t length = 0; length < text.length_bytes; length++) {
		char *copy = alloc_resized(NULL, length, 1);

		memcpy(copy, text.data, length);
		scan_results_free(scan_results_new(copy, length, TODAY));
	}
}

/* A damaged entry that was found anew stands in the document once, whole. */
static void test_damage_is_mended(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf mended = BUF_INIT(BUF_UNLIMITED);
	struct object_id key = key_of(0);
	struct scan_results *results;

	(void)state;
	make_document(1, TODAY, &text);
	text.data[text.length_bytes - 1] ^= 1;
	results = open_document(&text, TODAY);
	assert_false(has(results, 0));
	scan_results_add(results, &key, "data 0", 6);
	scan_results_write(results, &mended);
	scan_results_free(results);
	assert_int_equal(mended.length_bytes, text.length_bytes);
	results = open_document(&mended, TODAY);
	assert_true(has(results, 0));
	scan_results_free(results);
}

/* What an entry was replaced by comes back, not the entry. */
static void test_the_newer_data_stay(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf later = BUF_INIT(BUF_UNLIMITED);
	struct object_id key = key_of(0), unknown = key_of(9);
	struct scan_results *results;
	const void *data;
	size_t length;

	(void)state;
	make_document(2, TODAY, &text);
	results = open_document(&text, TODAY);
	scan_results_keep(results, &unknown);
	assert_false(scan_results_is_changed(results));
	scan_results_keep(results, &key);
	scan_results_add(results, &key, "", 0);
	scan_results_write(results, &later);
	scan_results_free(results);
	results = open_document(&later, TODAY);
	assert_true(scan_results_find(results, &key, &data, &length));
	assert_int_equal(length, 0);
	assert_true(has(results, 1));
	scan_results_free(results);
}

static void test_what_is_too_large_is_left_out(void **state)
{
	CLEANUP(buf_release) struct buf nothing = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	CLEANUP(cleanup_free) char *data = calloc(SCAN_RESULTS_MAX_BYTES, 1); /* never read */
	struct scan_results *results = scan_results_new(NULL, 0, TODAY);
	struct object_id key = key_of(0);

	(void)state;
	scan_results_write(results, &nothing);
	scan_results_add(results, &key, data, SCAN_RESULTS_MAX_BYTES);
	scan_results_write(results, &text);
	assert_int_equal(text.length_bytes, nothing.length_bytes);
	scan_results_free(results);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_added_is_found_later),
		cmocka_unit_test(test_days_of_use),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_damage_is_mended),
		cmocka_unit_test(test_the_newer_data_stay),
		cmocka_unit_test(test_what_is_too_large_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
