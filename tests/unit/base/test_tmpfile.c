#include "../cmocka_all.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tmpfile.h"

static int interruptions; /* that a sync is to meet */

/* In front of the C library's. */
int fdatasync(int fd)
{
	static int (*real)(int fd);

	if (interruptions) {
		interruptions--;
		errno = EINTR;
		return -1;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	return real(fd);
}

struct folder {
	char name[64];
	int fd;
};

static int make_folder(void **state)
{
	static struct folder folder;

	strcpy(folder.name, "test_tmpfile.XXXXXX");
	if (!mkdtemp(folder.name))
		return -1;
	folder.fd = open(folder.name, O_DIRECTORY | O_CLOEXEC);
	*state = &folder;
	return folder.fd < 0;
}

static int remove_folder(void **state)
{
	struct folder *folder = *state;

	unlinkat(folder->fd, "a", 0);
	close(folder->fd);
	return rmdir(folder->name);
}

static int count_files(const struct folder *folder)
{
	DIR *dir = opendir(folder->name);
	int count = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	closedir(dir);
	return count;
}

static void assert_content(const struct folder *folder, const char *name, const char *content)
{
	char read_back[100] = "";
	int fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, read_back, sizeof read_back - 1), strlen(content));
	assert_string_equal(read_back, content);
	close(fd);
}

static void appears_whole_or_not_at_all(void **state)
{
	struct folder *folder = *state;
	struct tmpfile tmp = TMPFILE_INIT;
	struct fault fault = {0};
	struct stat status;

	assert_int_equal(tmpfile_open(&tmp, folder->fd, folder->name, &fault), 0);
	assert_int_equal(tmpfile_write(&tmp, "one", 3, &fault), 0);
	assert_int_equal(faccessat(folder->fd, "a", F_OK, 0), -1);
	assert_int_equal(tmpfile_publish(&tmp, "a", 0640, &fault), 0);
	assert_content(folder, "a", "one");
	assert_int_equal(fstatat(folder->fd, "a", &status, 0), 0);
	assert_int_equal(status.st_mode & 0777, 0640);

	assert_int_equal(tmpfile_open(&tmp, folder->fd, folder->name, &fault), 0);
	assert_int_equal(tmpfile_write(&tmp, "two", 3, &fault), 0);
	tmpfile_discard(&tmp);
	tmpfile_discard(&tmp);
	assert_content(folder, "a", "one");

	assert_int_equal(tmpfile_open(&tmp, folder->fd, folder->name, &fault), 0);
	assert_int_equal(tmpfile_write(&tmp, "three", 5, &fault), 0);
	assert_int_equal(tmpfile_publish(&tmp, "a", 0644, &fault), 0);
	assert_content(folder, "a", "three");
	assert_int_equal(count_files(folder), 1);
}

static void leaves_nothing_when_it_fails(void **state)
{
	struct folder *folder = *state;
	struct tmpfile tmp = TMPFILE_INIT;
	struct fault fault = {0};

	assert_int_equal(mkdirat(folder->fd, "taken", 0755), 0);
	assert_int_equal(tmpfile_open(&tmp, folder->fd, folder->name, &fault), 0);
	assert_int_equal(tmpfile_publish(&tmp, "taken", 0644, &fault), -EISDIR);
	assert_int_equal(fault.error, -EISDIR);
	assert_non_null(strstr(fault.text, "taken: rename: "));
	assert_int_equal(tmp.fd, -1);
	unlinkat(folder->fd, "taken", AT_REMOVEDIR);
	assert_int_equal(count_files(folder), 0);

	assert_int_equal(tmpfile_open(&tmp, -1, "nowhere", &fault), -EBADF);
	assert_non_null(strstr(fault.text, "nowhere: "));
}

static void sweeps_only_what_nobody_writes(void **state)
{
	struct folder *folder = *state;
	struct tmpfile tmp;
	int fd = openat(folder->fd, TMPFILE_PREFIX "0123456789abcdef", O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	tmpfile_sweep(folder->fd);
	assert_int_equal(count_files(folder), 1);
	close(fd);
	tmpfile_sweep(folder->fd);
	assert_int_equal(count_files(folder), 0);
	assert_int_equal(tmpfile_open(&tmp, folder->fd, folder->name, NULL), 0);
	tmpfile_sweep(folder->fd);
	assert_int_equal(tmpfile_publish(&tmp, "a", 0644, NULL), 0);
	tmpfile_sweep(folder->fd);
	assert_int_equal(count_files(folder), 1);
}

/* Reports and archives go to folders of the user's. */
static void sweeps_only_what_is_named_as_it_names(void **state)
{
	static const char *const names[] = {
		TMPFILE_PREFIX "notes", /* shorter, longer, no digit of these */
		TMPFILE_PREFIX "0123456789abcdef0",
		TMPFILE_PREFIX "0123456789abcdeg",
	};
	struct folder *folder = *state;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		close(openat(folder->fd, names[i], O_CREAT | O_WRONLY, 0600));
	tmpfile_sweep(folder->fd);
	assert_int_equal(count_files(folder), 3);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlinkat(folder->fd, names[i], 0);
}

/* Network file systems and those of user space let a signal through. */
static void a_signal_ends_no_sync(void **state)
{
	const struct folder *folder = *state;
	struct tmpfile tmp = TMPFILE_INIT;

	assert_int_equal(tmpfile_open(&tmp, folder->fd, folder->name, NULL), 0);
	assert_int_equal(tmpfile_write(&tmp, "new", 3, NULL), 0);
	interruptions = 2;
	assert_int_equal(tmpfile_publish(&tmp, "a", 0644, NULL), 0);
	assert_int_equal(interruptions, 0);
	assert_content(folder, "a", "new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(appears_whole_or_not_at_all, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_signal_ends_no_sync, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(sweeps_only_what_nobody_writes, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(sweeps_only_what_is_named_as_it_names, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(leaves_nothing_when_it_fails, make_folder,
						remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
