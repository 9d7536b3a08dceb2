#include "../cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "rename_new.h"

static void make(int folder_fd, const char *name, const char *text)
{
	int fd = openat(folder_fd, name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static char first_byte(int folder_fd, const char *name)
{
	int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC);
	char byte = 0;

	if (fd < 0)
		return 0;
	assert_int_equal(read(fd, &byte, 1), 1);
	close(fd);
	return byte;
}

static void never_replaces(void **state)
{
	char folder[] = "test_rename_new.XXXXXX";
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	fd = open(folder, O_DIRECTORY | O_CLOEXEC);
	make(fd, "a", "1");
	assert_int_equal(rename_new(fd, "a", fd, "b"), 0);
	assert_int_equal(first_byte(fd, "a"), 0);
	assert_int_equal(first_byte(fd, "b"), '1');
	make(fd, "a", "2");
	assert_int_equal(rename_new(fd, "a", fd, "b"), -EEXIST);
	assert_int_equal(first_byte(fd, "a"), '2');
	assert_int_equal(first_byte(fd, "b"), '1');
	assert_int_equal(rename_new(fd, "c", fd, "d"), -ENOENT);
	assert_int_equal(unlinkat(fd, "a", 0), 0);
	assert_int_equal(unlinkat(fd, "b", 0), 0);
	close(fd);
	assert_int_equal(rmdir(folder), 0);
}

static void what_says_that_there_are_no_links(void **state)
{
	(void)state;
	assert_true(link_is_refused(EPERM));
	assert_true(link_is_refused(EOPNOTSUPP));
	assert_true(link_is_refused(ENOSYS));
	assert_true(link_is_refused(EMLINK));
	assert_true(link_is_refused(EIO));
	assert_true(link_is_refused(ERANGE));
	assert_true(link_is_refused(EXDEV));
	assert_true(link_is_refused(EACCES));
	assert_false(link_is_refused(EEXIST));
	assert_false(link_is_refused(ENOENT));
	assert_false(link_is_refused(ENOSPC));
	assert_false(link_is_refused(EDQUOT));
	assert_false(link_is_refused(EROFS));
	assert_false(link_is_refused(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_replaces),
		cmocka_unit_test(what_says_that_there_are_no_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
