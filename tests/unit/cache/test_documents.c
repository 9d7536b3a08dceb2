#include "cache_fixture.h"

static void write_text(const void *text, struct buf *ret_text)
{
	buf_append_string(ret_text, text);
}

/* What is written again is what has changed: the index's change counter says so. */
static void writes_large_documents_when_they_change(void **state)
{
	static const struct {
		const char *text;
		bool is_written;
	} steps[] = {{"one", true}, {"one", false}, {"two", true}, {"two", false}, {"one", true}};

	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct cache *cache = fixture_open();
		const struct cache_document_source source = {write_text, steps[i].text};
		uint32_t before = fixture_index_changes();
		char *data;
		size_t length;

		cache_store_large_document(cache, "large", &source);
		assert_int_equal(cache_document(cache, "large", &data, &length, NULL), 0);
		assert_string_equal(data, steps[i].text);
		free(data);
		assert_int_equal(cache_flush(cache, true, NULL), 0);
		assert_int_equal(fixture_index_changes() != before, steps[i].is_written);
		assert_int_equal(cache_document(cache, "large", &data, &length, NULL), 0);
		assert_string_equal(data, steps[i].text);
		free(data);
		fixture_close(cache);
	}
}

/* Some megabytes, which differ from place to place. */
static void write_numbers(const void *context, struct buf *ret_text)
{
	const unsigned *count = context;

	for (unsigned i = 0; i < *count; i++)
		buf_printf(ret_text, "%u,", i);
}

static void stores_large_documents_piece_by_piece(void **state)
{
	static const unsigned counts[] = {0, 1, 500000, 10, 400000, 2000000};

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		const struct cache_document_source source = {write_numbers, &counts[i]};
		struct buf expected = BUF_INIT(BUF_UNLIMITED);
		struct cache *cache = fixture_open();
		char *data;
		size_t length;

		write_numbers(&counts[i], &expected);
		cache_store_large_document(cache, "large", &source);
		fixture_close(cache);
		cache = fixture_open();
		assert_int_equal(cache_document(cache, "large", &data, &length, NULL), 0);
		assert_int_equal(length, expected.length_bytes);
		assert_string_equal(data, buf_string(&expected));
		free(data);
		buf_release(&expected);
		fixture_close(cache);
	}
}

/* Its pages held nothing before, and those of the one before are only given up. */
static void replaces_large_documents_past_the_journal(void **state)
{
	static const unsigned counts[] = {400000, 400001, 400002, 400003};

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		const struct cache_document_source source = {write_numbers, &counts[i]};
		struct cache *cache = fixture_open();

		cache_store_large_document(cache, "large", &source);
		fixture_close(cache);
	}
	/* Of 2.7 MB. Once it is made, the journal keeps its length. */
	assert_in_range(fixture_size("index.sqlite-journal"), 1, 256 << 10);
	assert_in_range(fixture_size("index.sqlite"), 1, 8 << 20);
}

/* As an index has it that was written before there were parts. */
static void replaces_a_document_of_one_row(void **state)
{
	static const unsigned count = 100000;
	const struct cache_document_source source = {write_numbers, &count};
	struct cache *cache = fixture_open();
	char *data;
	size_t length;

	(void)state;
	assert_int_equal(cache_store_document(cache, "large", "old", 3, NULL), 0);
	assert_int_equal(cache_store_document(cache, "large-or-not", "other", 5, NULL), 0);
	fixture_close(cache);
	for (int i = 0; i < 2; i++) {
		cache = fixture_open();
		cache_store_large_document(cache, "large", &source);
		fixture_close(cache);
	}
	cache = fixture_open();
	assert_int_equal(cache_document(cache, "large", &data, &length, NULL), 0);
	assert_int_equal(length, 588890);
	free(data);
	assert_int_equal(cache_document(cache, "large-or-not", &data, &length, NULL), 0);
	assert_string_equal(data, "other");
	free(data);
	fixture_close(cache);
}

static void write_version(const void *version, struct buf *ret_text)
{
	buf_printf(ret_text, "%d", *(const int *)version);
}

static void write_long_text(const void *version, struct buf *ret_text)
{
	for (int i = 0; i < 1000; i++)
		buf_printf(ret_text, "%d ", i + *(const int *)version);
}

/* The text is made only when its outline has changed. */
static void compares_documents_by_their_outlines(void **state)
{
	static const int versions[] = {1, 1, 2};

	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		struct cache *cache = fixture_open();
		const struct cache_document_source source = {write_long_text, &versions[i],
							     write_version};
		struct buf expected = BUF_INIT(BUF_UNLIMITED);
		uint32_t before = fixture_index_changes();
		char *data;
		size_t length;

		cache_store_large_document(cache, "large", &source);
		assert_int_equal(cache_flush(cache, true, NULL), 0);
		assert_int_equal(fixture_index_changes() != before, i != 1);
		write_long_text(&versions[i], &expected);
		assert_int_equal(cache_document(cache, "large", &data, &length, NULL), 0);
		assert_string_equal(data, buf_string(&expected));
		free(data);
		buf_release(&expected);
		fixture_close(cache);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(writes_large_documents_when_they_change),
		FIXTURE_TEST(stores_large_documents_piece_by_piece),
		FIXTURE_TEST(replaces_large_documents_past_the_journal),
		FIXTURE_TEST(replaces_a_document_of_one_row),
		FIXTURE_TEST(compares_documents_by_their_outlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
