#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "folder.h"
#include "fsck_private.h"
#include "layout.h"
#include "lock.h"
#include "room.h"
#include "tmpfile.h"

static bool belongs_to_top(const char *name)
{
	static const char *const names[] = {
		LAYOUT_TAG,
		".gitignore",
		"format",
		"objects",
		"tmp",
		"quarantine",
		"records",
		LEASES_NAME,
		LOCK_USERS_NAME,
		INDEX_NAME,
		"index.damaged",
		LOCK_WRITERS_NAME,
		INDEX_NAME "-journal",
		"leases.lock", /* of caches from before there was a folder of leases */
		LAYOUT_LOST_FOUND,
	};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return !strncmp(name, TMPFILE_PREFIX, strlen(TMPFILE_PREFIX));
}

static bool belongs_to_leases(const char *name)
{
	return !strcmp(name, LEASES_PRESENT_NAME) || !strcmp(name, ROOM_NAME) ||
	       (strspn(name, "0123456789abcdef") == 1 && !name[1]);
}

static bool belongs_to_records(const char *name)
{
	return strspn(name, "0123456789abcdef") == 16 && name[16] == '-' &&
	       strspn(name + 17, "0123456789abcdef") == 16 && !strcmp(name + 33, ".records");
}

static bool belongs_to_tmp(const char *name)
{
	return !strncmp(name, "new-", 4) || !strncmp(name, "parked-", 7);
}

/* Under its path, "/" as "-"; with a number where that is taken. */
static int set_aside(const struct cache *cache, const char *path)
{
	CLEANUP(cleanup_free) char *plain = alloc_printf("quarantine/%s", path);
	struct stat status;

	for (char *c = plain + strlen("quarantine/"); *c; c++)
		if (*c == '/')
			*c = '-';
	for (int number = 0;; number++) {
		CLEANUP(cleanup_free)
		char *aside = number ? alloc_printf("%s-%d", plain, number) : alloc_string(plain);

		if (fstatat(cache->folder_fd, aside, &status, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		return renameat(cache->folder_fd, path, cache->folder_fd, aside) < 0 ? -errno : 0;
	}
}

static void tell_of_junk(struct fsck *fsck, const char *path)
{
	fsck->result.junk++;
	fsck_tell(fsck, path, "does not belong here");
	if (fsck->options.repair && set_aside(fsck->cache, path))
		fsck->unrepaired++;
}

/* Of the folders below, all parts are files. */
static bool is_file(int folder_fd, const char *name)
{
	struct stat status;

	return fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 || /* gone meanwhile */
	       S_ISREG(status.st_mode);
}

/* Some file systems list names in lower case (lowntfs-3g with ignore_case, FAT with
 * shortname=lower): the same file by either name. */
static bool is_the_tag(int folder_fd, const char *name)
{
	struct stat tag, file;

	return !strcasecmp(name, LAYOUT_TAG) &&
	       !fstatat(folder_fd, LAYOUT_TAG, &tag, AT_SYMLINK_NOFOLLOW) &&
	       !fstatat(folder_fd, name, &file, AT_SYMLINK_NOFOLLOW) && tag.st_ino == file.st_ino;
}

static int look_into(struct fsck *fsck, const char *folder, bool (*belongs)(const char *name))
{
	CLEANUP(cleanup_close)
	int fd = folder_open_file(fsck->cache->folder_fd, folder, O_RDONLY | O_DIRECTORY, 0);
	bool is_top = !strcmp(folder, ".");
	struct dirent **items = NULL;
	int count = fd < 0 ? fd : scandirat(fd, ".", &items, folder_is_listed, alphasort);

	if (count < 0)
		return fault_raise(fsck->fault, fd < 0 ? fd : -errno, "%s: list the folder: %s",
				   folder, strerror(fd < 0 ? -fd : errno));
	for (int i = 0; i < count; i++) {
		const char *name = items[i]->d_name;
		CLEANUP(cleanup_free)
		char *path = is_top ? alloc_string(name) : alloc_printf("%s/%s", folder, name);

		if (is_top ? !belongs(name) && !is_the_tag(fd, name)
			   : !belongs(name) || !is_file(fd, name))
			tell_of_junk(fsck, path);
		free(items[i]);
	}
	free(items);
	return 0;
}

int fsck_folders(struct fsck *fsck)
{
	const struct layout_repairs *repairs = &fsck->cache->repairs;
	int error;

	for (size_t i = 0; i < repairs->count; i++) {
		fsck->result.junk++;
		fsck_tell(fsck, repairs->names[i], "was something else: moved to quarantine");
	}
	error = look_into(fsck, ".", belongs_to_top);
	if (!error)
		error = look_into(fsck, LEASES_NAME, belongs_to_leases);
	if (!error)
		error = look_into(fsck, "records", belongs_to_records);
	return error ? error : look_into(fsck, "tmp", belongs_to_tmp);
}
