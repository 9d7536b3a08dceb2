#include "../cmocka_all.h"
#include "../scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publish_remove.h"

#define MOST 300

static int folder_fd;
static char folder[SCRATCH_BYTES];
static char texts[MOST][8];
static const char *names[MOST];

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < MOST; i++) {
		snprintf(texts[i], sizeof texts[i], "%zu", i);
		names[i] = texts[i];
	}
	if (scratch_make(folder))
		return -1;
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(folder_fd);
	return scratch_remove_empty(folder);
}

static void make_files(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int fd = openat(folder_fd, names[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		close(fd);
	}
}

static size_t count_files(size_t count)
{
	size_t there = 0;

	for (size_t i = 0; i < count; i++)
		there += !faccessat(folder_fd, names[i], F_OK, AT_SYMLINK_NOFOLLOW);
	return there;
}

/* One more than is there is asked for. */
static void removes_all(void **state)
{
	static const size_t counts[] = {0, 1, 7, 8, 9, 15, 16, 17, 64, 255, 256, 257, MOST - 1};

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		const char *failed = NULL;
		size_t removed = 9999;

		make_files(counts[i]);
		assert_int_equal(publish_remove(folder_fd, names, counts[i] + 1, &removed, &failed),
				 0);
		assert_int_equal(removed, counts[i]);
		assert_null(failed);
		assert_int_equal(count_files(MOST), 0);
	}
}

/* Folders in the place of files: the first is named, and what was removed is counted. */
static void names_the_first_that_stays(void **state)
{
	static const size_t first[] = {0, 10, 150, 299};

	(void)state;
	for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
		const char *failed = NULL;
		size_t removed;
		int error;

		make_files(MOST);
		for (size_t k = first[i]; k < MOST; k += 100) {
			assert_int_equal(unlinkat(folder_fd, names[k], 0), 0);
			assert_int_equal(mkdirat(folder_fd, names[k], 0700), 0);
		}
		error = publish_remove(folder_fd, names, MOST, &removed, &failed);
		assert_true(error == -EISDIR || error == -EPERM);
		assert_string_equal(failed, names[first[i]]);
		assert_true(removed >= first[i]);
		assert_int_equal(count_files(MOST), MOST - removed);
		for (size_t k = 0; k < MOST; k++)
			if (unlinkat(folder_fd, names[k], 0) < 0)
				unlinkat(folder_fd, names[k], AT_REMOVEDIR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removes_all),
		cmocka_unit_test(names_the_first_that_stays),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
