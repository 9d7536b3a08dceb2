#include "../cmocka_all.h"
#include "../scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "file.h"
#include "publish.h"
#include "publish_list.h"

#define A "0123456789abcdef-w640.01234567.jpg"
#define B "fedcba9876543210-w640.89abcdef.webp"
#define C "00000000000000ff-my.spec-2.00000000.png"
#define HEADING "# Written by picdesk: the files that it published here and may remove again.\n"
#define JOURNAL ".picdesk-publishing"

static char folder[SCRATCH_BYTES];
static int folder_fd;

static int set_up(void **state)
{
	(void)state;
	if (scratch_make(folder))
		return -1;
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlinkat(folder_fd, PUBLISH_LIST, 0);
	unlinkat(folder_fd, JOURNAL, 0);
	close(folder_fd);
	return scratch_remove_empty(folder);
}

static void make_file(const char *name, const char *text)
{
	int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_file(const char *name, const char *expected)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

	assert_int_equal(file_read(folder_fd, name, &text), 0);
	assert_string_equal(buf_string(&text), expected);
}

static void read_list(struct publish_list *list)
{
	struct fault fault = {0};

	if (publish_list_read(list, folder_fd, folder, &fault))
		fail_msg("%s", fault.text);
}

static bool has(const struct publish_list *list, const char *name)
{
	return map_get_string(list->names, name);
}

/* The folder may be a repository's: what stands in its list may be anybody's. */
static void believes_only_names_like_ours(void **state)
{
	static const struct {
		const char *name;
		bool is_ours;
	} rows[] = {
		{A, true},
		{B, true},
		{C, true},
		{"0123456789abcdef-a.01234567.jpg", true},
		{"0123456789abcdef.01234567.jpg", false},
		{"0123456789abcdef_w640.01234567.jpg", false},
		{"0123456789abcde-w640x.01234567.jpg", false},
		{"0123456789abcdef0-w640.01234567.jpg", false},
		{"0123456789abcdeg-w640.01234567.jpg", false},
		{"0123456789ABCDEF-w640.01234567.jpg", false},
		{"0123456789abcdef-w640.0123456.jpg", false},
		{"0123456789abcdef-w640.0123456g.jpg", false},
		{"0123456789abcdef-w640.012345678.jpg", false},
		{"0123456789abcdef-w640-01234567.jpg", false},
		{"0123456789abcdef-w640.01234567", false},
		{"0123456789abcdef-w640.jpg", false},
		{"0123456789abcdef-../../w640.01234567.jpg", false},
		{"0123456789abcdef-w640.01234567.a/b", false},
		{"../" A, false},
		{"/" A, false},
		{" " A, false},
		{"0123456789abcdef-", false},
		{"0123456789abcdef", false},
		{"0123456789abcde", false},
		{"01234567.jpg", false},
		{".", false},
		{"index.html", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		CLEANUP(publish_list_release) struct publish_list list = {0};
		CLEANUP(cleanup_free) char *text = alloc_printf(HEADING "%s\n", rows[i].name);

		make_file(PUBLISH_LIST, text);
		read_list(&list);
		if (has(&list, rows[i].name) != rows[i].is_ours)
			fail_msg("%s", rows[i].name);
		assert_int_equal(map_count(list.names), rows[i].is_ours);
	}
}

static void there_may_be_none(void **state)
{
	CLEANUP(publish_list_release) struct publish_list list = {0};

	(void)state;
	read_list(&list);
	assert_int_equal(map_count(list.names), 0);
	assert_int_equal(list.written_at.tv_sec, 0);
	assert_false(list.has_journal);
}

/* A power cut may leave as much. */
static void they_may_be_empty(void **state)
{
	CLEANUP(publish_list_release) struct publish_list list = {0};

	(void)state;
	make_file(PUBLISH_LIST, "");
	make_file(JOURNAL, "");
	read_list(&list);
	assert_int_equal(map_count(list.names), 0);
	assert_true(list.has_journal);
}

/* Killed or with a full disk, a run leaves a journal: its names count, whole ones. */
static void a_journal_adds_to_the_list(void **state)
{
	static const char *const announced[] = {B, C};
	CLEANUP(publish_list_release) struct publish_list list = {0}, again = {0};
	struct fault fault = {0};

	(void)state;
	make_file(PUBLISH_LIST, HEADING A "\r\n");
	make_file(JOURNAL, "\n0123456789abcdef-w640.012");
	read_list(&list);
	assert_true(list.has_journal);
	assert_true(list.written_at.tv_sec > 0);
	assert_int_equal(map_count(list.names), 1);
	assert_int_equal(publish_list_announce(&list, announced, 2, &fault), 0);
	read_list(&again);
	assert_true(has(&again, A) && has(&again, B) && has(&again, C));
	assert_int_equal(map_count(again.names), 3);
	assert_file(JOURNAL, "\n0123456789abcdef-w640.012\n" B "\n" C "\n");
}

static void a_list_takes_the_journals_place(void **state)
{
	static const char *const announced[] = {A};
	const char *names[] = {B, C, A};
	CLEANUP(publish_list_release) struct publish_list list = {0};
	struct fault fault = {0};
	struct stat before, after;

	(void)state;
	read_list(&list);
	assert_int_equal(publish_list_announce(&list, announced, 0, &fault), 0);
	assert_false(list.has_journal);
	assert_int_equal(faccessat(folder_fd, JOURNAL, F_OK, 0), -1);
	assert_int_equal(publish_list_announce(&list, announced, 1, &fault), 0);
	assert_true(list.has_journal);
	assert_int_equal(publish_list_write(&list, names, 3, &fault), 0);
	assert_false(list.has_journal);
	assert_int_equal(faccessat(folder_fd, JOURNAL, F_OK, 0), -1);
	assert_file(PUBLISH_LIST, HEADING C "\n" A "\n" B "\n");

	/* What says so already is not written. */
	assert_int_equal(fstatat(folder_fd, PUBLISH_LIST, &before, 0), 0);
	assert_int_equal(publish_list_write(&list, names, 3, &fault), 0);
	assert_int_equal(fstatat(folder_fd, PUBLISH_LIST, &after, 0), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	assert_int_equal(publish_list_write(&list, names, 0, &fault), 0);
	assert_file(PUBLISH_LIST, HEADING);
}

static void a_touched_list_is_newer(void **state)
{
	const struct timespec long_ago[] = {{1000, 0}, {1000, 0}};
	CLEANUP(publish_list_release) struct publish_list list = {0};
	struct fault fault = {0};
	struct stat status;

	(void)state;
	read_list(&list);
	assert_int_equal(publish_list_touch(&list, &fault), -ENOENT);
	assert_non_null(strstr(fault.text, PUBLISH_LIST ": touch: "));
	make_file(PUBLISH_LIST, HEADING A "\n");
	assert_int_equal(utimensat(folder_fd, PUBLISH_LIST, long_ago, 0), 0);
	assert_int_equal(publish_list_touch(&list, &fault), 0);
	assert_int_equal(fstatat(folder_fd, PUBLISH_LIST, &status, 0), 0);
	assert_true(status.st_mtim.tv_sec > 1000);
	assert_file(PUBLISH_LIST, HEADING A "\n");
}

/* A folder in its place, or a link to somewhere else, is not read past. */
static void what_cannot_be_read_is_an_error(void **state)
{
	static const char *const names[] = {PUBLISH_LIST, JOURNAL};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		CLEANUP(publish_list_release) struct publish_list list = {0};
		struct fault fault = {0};

		assert_int_equal(symlinkat("/dev/null", folder_fd, names[i]), 0);
		assert_true(publish_list_read(&list, folder_fd, folder, &fault) < 0);
		assert_non_null(strstr(fault.text, names[i]));
		assert_int_equal(unlinkat(folder_fd, names[i], 0), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(believes_only_names_like_ours, set_up, tear_down),
		cmocka_unit_test_setup_teardown(there_may_be_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(they_may_be_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_journal_adds_to_the_list, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_list_takes_the_journals_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_touched_list_is_newer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_is_an_error, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
