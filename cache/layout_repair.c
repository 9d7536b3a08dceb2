#include "layout_repair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "index.h"
#include "lease.h"
#include "lock.h"
#include "log.h"

#define QUARANTINE_NAME "quarantine"

#define NOTHING ((mode_t)0)

static const struct part {
	const char *name;
	mode_t type;
} parts[] = {
	/* First: the others go there. */
	{QUARANTINE_NAME, S_IFDIR},
	{"CACHEDIR.TAG", S_IFREG},
	{".gitignore", S_IFREG},
	{"format", S_IFREG},
	{"objects", S_IFDIR},
	{"records", S_IFDIR},
	{LEASES_NAME, S_IFDIR},
	{"tmp", S_IFDIR},
	{LOCK_USERS_NAME, S_IFREG},
	{LOCK_WRITERS_NAME, S_IFREG},
	{INDEX_NAME, S_IFREG},
	{INDEX_NAME "-journal", S_IFREG},
	{"index.damaged", S_IFREG},
	/* SQLite would take what these say for what was committed last; the index has neither. */
	{INDEX_NAME "-wal", NOTHING},
	{INDEX_NAME "-shm", NOTHING},
};

static mode_t least_mode(const struct part *part)
{
	return part->type == S_IFDIR ? S_IRWXU : S_IRUSR | S_IWUSR;
}

enum part_state {
	PART_AS_MADE, /* or not there */
	PART_OTHER_MODE,
	PART_OTHER_TYPE,
};

/* What belongs to another user only that one can change. */
static enum part_state state_of(int folder_fd, const struct part *part)
{
	struct stat status;

	if (fstatat(folder_fd, part->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return PART_AS_MADE;
	if ((status.st_mode & S_IFMT) != part->type)
		return PART_OTHER_TYPE;
	return (status.st_mode & least_mode(part)) != least_mode(part) && status.st_uid == geteuid()
		       ? PART_OTHER_MODE
		       : PART_AS_MADE;
}

static bool are_all_as_made(int folder_fd)
{
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		if (state_of(folder_fd, &parts[i]) != PART_AS_MADE)
			return false;
	return true;
}

/* A name that nothing has yet. What stands in the quarantine's own place stays beside it. */
static char *unused_name(int folder_fd, const struct part *part)
{
	const char *folder = part == parts ? "" : QUARANTINE_NAME "/";
	int64_t number = clock_wall_s();
	struct stat status;

	for (;; number++) {
		char *name = alloc_printf("%s%s-%lld", folder, part->name, (long long)number);

		if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			return name;
		free(name);
	}
}

static int set_aside(int folder_fd, const struct part *part, struct fault *fault)
{
	CLEANUP(cleanup_free) char *aside = unused_name(folder_fd, part);

	if (part != parts && mkdirat(folder_fd, QUARANTINE_NAME, 0700) < 0 && errno != EEXIST)
		return fault_raise(fault, -errno, QUARANTINE_NAME ": make the folder: %s",
				   strerror(errno));
	if (renameat(folder_fd, part->name, folder_fd, aside) < 0)
		return fault_raise(fault, -errno, "%s: move to %s: %s", part->name, aside,
				   strerror(errno));
	log_trace("cache", "%s: is no %s, moved to %s", part->name,
		  part->type == S_IFDIR ? "folder" : "file of the cache", aside);
	return 0;
}

bool layout_is_part(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
		if (parts[i].type != NOTHING && !strcmp(parts[i].name, name))
			return true;
	return false;
}

int layout_set_aside(int folder_fd, const char *name, struct layout_repairs *repairs,
		     struct fault *fault)
{
	const struct part *part = parts;

	while (strcmp(part->name, name) != 0)
		part++;
	repairs->names[repairs->count++] = part->name;
	return set_aside(folder_fd, part, fault);
}

int layout_repair(int folder_fd, struct layout_repairs *ret_repairs, struct fault *fault)
{
	int error;

	ret_repairs->count = 0;
	if (are_all_as_made(folder_fd))
		return 0;
	/* Another process may be about to put the right thing there: not that is to be moved. */
	error = lock_exclusive(folder_fd, LOCK_HOLDER_ALONE);
	if (error)
		return lock_fault(fault, error, "the folder", LOCK_HOLDER_ALONE);
	for (size_t i = 0; !error && i < ARRAY_LENGTH(parts); i++) {
		const struct part *part = &parts[i];
		enum part_state state = state_of(folder_fd, part);

		if (state == PART_OTHER_MODE &&
		    fchmodat(folder_fd, part->name, least_mode(part), 0) < 0)
			log_trace("cache", "%s: open it up: %s", part->name, strerror(errno));
		if (state != PART_OTHER_TYPE)
			continue;
		error = set_aside(folder_fd, part, fault);
		ret_repairs->names[ret_repairs->count++] = part->name;
	}
	lock_release(folder_fd);
	return error;
}
