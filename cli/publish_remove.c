#include "publish_remove.h"

#include <errno.h>
#include <unistd.h>

#include "disk_work.h"

#define MOST_PARTS 32
#define NAMES_A_PART 8 /* at least */

struct part {
	int dir_fd;
	const char *const *names;
	size_t count;
	size_t removed;
	const char *failed;
	int error;
};

static int remove_part(void *context, size_t index)
{
	struct part *part = &((struct part *)context)[index];

	for (size_t i = 0; i < part->count; i++) {
		if (!unlinkat(part->dir_fd, part->names[i], 0)) {
			part->removed++;
		} else if (errno != ENOENT) {
			part->error = -errno;
			part->failed = part->names[i];
			break;
		}
	}
	return part->error;
}

int publish_remove(int dir_fd, const char *const *names, size_t count, size_t *ret_removed,
		   const char **ret_failed)
{
	struct part parts[MOST_PARTS] = {0};
	size_t n_parts = count / NAMES_A_PART, done = 0;
	int error = 0;

	n_parts = n_parts < 1 ? 1 : n_parts > MOST_PARTS ? MOST_PARTS : n_parts;
	for (size_t i = 0; i < n_parts; i++) {
		parts[i].dir_fd = dir_fd;
		parts[i].names = names + done;
		parts[i].count = (count - done) / (n_parts - i);
		done += parts[i].count;
	}
	disk_work_free(disk_work_start(remove_part, parts, n_parts));
	*ret_removed = 0;
	for (size_t i = 0; i < n_parts; i++) {
		*ret_removed += parts[i].removed;
		if (parts[i].error && !error) {
			error = parts[i].error;
			*ret_failed = parts[i].failed;
		}
	}
	return error;
}
