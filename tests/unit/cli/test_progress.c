#include "../cmocka_all.h"

#include "progress.h"

static const struct progress_state half = {
	.total = 2000,
	.done = 1240,
	.broken = 5,
	.bytes = 10u << 20,
	.fetching = 12,
	.rendering = 3,
	.renderers = 2,
	.hosts = {{"i.ytimg.com", 830, 14.2, 58},
		  {"slow.example", 3, 0.5, 6},
		  {"x.example", 9, 30, 1}},
	.n_hosts = 3,
};

static void a_display_has_a_bar_stages_and_slow_hosts(void **state)
{
	struct buf lines = BUF_INIT(4096);

	(void)state;
	assert_int_equal(progress_compose(&half, 60, 3 << 20, 80, &lines), 4);
	assert_string_equal(buf_string(&lines),
			    "[=========>      ]  62%  1,240/2,000, 58 s left, 10 MiB (3.0 MiB/s)\n"
			    "12 to fetch, 3 to decode (2 of 2 renderers busy), 5 broken\n"
			    "  i.ytimg.com: 830 left, 14/s, 58 s\n"
			    "  slow.example: 3 left, 0.5/s, 6.0 s\n");
	buf_release(&lines);
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	struct progress_state wide = half;

	(void)state;
	wide.hosts[0].host =
		"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9.a-very-long-name-of-a-host.example.org";
	for (unsigned columns = 1; columns < 120; columns++) {
		struct buf lines = BUF_INIT(4096);
		unsigned count = progress_compose(&wide, 60, 1e6, columns, &lines), seen = 0;

		for (const char *line = buf_string(&lines); *line; seen++) {
			assert_true(strcspn(line, "\n") < columns || columns == 1);
			line += strcspn(line, "\n") + 1;
		}
		assert_int_equal(seen, count);
		assert_true(count <= PROGRESS_MOST_LINES);
		buf_release(&lines);
	}
}

static void a_plain_line_says_the_same(void **state)
{
	struct buf line = BUF_INIT(4096);
	const struct progress_state start = {.total = 10, .renderers = 2};

	(void)state;
	progress_describe(&half, 60, 3 << 20, &line);
	assert_string_equal(
		buf_string(&line),
		"1,240/2,000 images, 10 MiB (3.0 MiB/s), 12 to fetch, 3 to decode (2 of 2 "
		"renderers busy), 5 broken, 58 s left; i.ytimg.com: 830 left, 14/s, 58 s");
	buf_clear(&line);
	progress_describe(&start, 0.1, 0, &line);
	assert_string_equal(buf_string(&line), "0/10 images");
	buf_clear(&line);
	progress_describe(&(struct progress_state){.total = 1, .rendering = 1, .renderers = 1}, 1,
			  0, &line);
	assert_string_equal(buf_string(&line), "0/1 image, 1 to decode (1 of 1 renderer busy)");
	buf_release(&line);
}

static void is_due_by_its_mode(void **state)
{
	struct progress progress;

	(void)state;
	progress_start(&progress, PROGRESS_OFF, 1000);
	assert_true(progress_due_ms(&progress) == INT64_MAX);
	progress_start(&progress, PROGRESS_LIVE, 1000);
	assert_int_equal(progress_due_ms(&progress), 1100);
	progress_start(&progress, PROGRESS_LINES, 1000);
	assert_int_equal(progress_due_ms(&progress), 11000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_display_has_a_bar_stages_and_slow_hosts),
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(a_plain_line_says_the_same),
		cmocka_unit_test(is_due_by_its_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
