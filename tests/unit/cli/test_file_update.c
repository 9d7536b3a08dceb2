#include "../cmocka_all.h"
#include "../scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "file_update.h"

#define NAME "a.json"
#define MANY 200000 /* several pieces */

static int folder_fd;
static char folder[SCRATCH_BYTES];

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
	unlinkat(folder_fd, NAME, 0);
	close(folder_fd);
	return scratch_remove_empty(folder);
}

static void put(const char *text, size_t n)
{
	int fd = openat(folder_fd, NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, n), n);
	close(fd);
}

/* Whether it changed; written in steps of `step` bytes. */
static bool update(const char *text, size_t n, size_t step)
{
	struct file_update file;
	struct fault fault = {0};
	bool is_changed, will_change;

	assert_int_equal(file_update_begin(&file, folder_fd, folder, NAME), 0);
	for (size_t at = 0; at < n; at += step)
		assert_int_equal(
			file_update_write(&file, text + at, n - at < step ? n - at : step, &fault),
			0);
	will_change = file_update_is_change(&file);
	assert_int_equal(file_update_end(&file, &is_changed, &fault), 0);
	assert_int_equal(will_change, is_changed);
	return is_changed;
}

static void check_is(const char *text, size_t n)
{
	CLEANUP(buf_release) struct buf now = BUF_INIT(BUF_UNLIMITED);

	assert_int_equal(file_read(folder_fd, NAME, &now), 0);
	assert_int_equal(now.length_bytes, n);
	assert_memory_equal(buf_string(&now), text, n);
}

static void replaces_what_differs(void **state)
{
	CLEANUP(cleanup_free) char *text = malloc(MANY);
	static const size_t steps[] = {1000, 65536, MANY}, places[] = {0, 70000, MANY - 1};
	struct stat before, after;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		text[i] = (char)('a' + i % 23);
	assert_true(update(text, MANY, 1000));
	check_is(text, MANY);
	for (size_t s = 0; s < 3; s++) {
		fstatat(folder_fd, NAME, &before, 0);
		assert_false(update(text, MANY, steps[s]));
		fstatat(folder_fd, NAME, &after, 0);
		assert_int_equal(before.st_ino, after.st_ino);
		for (size_t p = 0; p < 3; p++) {
			text[places[p]]++;
			assert_true(update(text, MANY, steps[s]));
			check_is(text, MANY);
		}
		/* shorter, longer, nothing at all */
		assert_true(update(text, MANY - 1, steps[s]));
		check_is(text, MANY - 1);
		assert_true(update(text, MANY, steps[s]));
		check_is(text, MANY);
		assert_true(update(text, 0, steps[s]));
		check_is(text, 0);
		assert_false(update(text, 0, steps[s]));
		assert_true(update(text, MANY, steps[s]));
	}
}

static void leaves_it_when_given_up(void **state)
{
	struct file_update file;
	struct fault fault = {0};

	(void)state;
	put("old", 3);
	assert_int_equal(file_update_begin(&file, folder_fd, folder, NAME), 0);
	assert_int_equal(file_update_write(&file, "new", 3, &fault), 0);
	assert_true(file_update_is_change(&file));
	file_update_release(&file);
	check_is("old", 3);
}

static void follows_no_link(void **state)
{
	struct file_update file;

	(void)state;
	unlinkat(folder_fd, NAME, 0);
	assert_int_equal(symlinkat("elsewhere", folder_fd, NAME), 0);
	assert_int_equal(file_update_begin(&file, folder_fd, folder, NAME), -ELOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_what_differs),
		cmocka_unit_test(leaves_it_when_given_up),
		cmocka_unit_test(follows_no_link),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
