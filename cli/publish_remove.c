#include "publish_remove.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#define MOST_PARTS 4
#define NAMES_A_PART 16 /* at least: a thread costs as much as one or two unlinks */

struct part {
	int dir_fd;
	const char *const *names;
	size_t count;
	size_t removed;
	const char *failed;
	int error;
	pthread_t thread;
	bool has_thread;
};

static void *remove_part(void *context)
{
	struct part *part = context;

	for (size_t i = 0; i < part->count; i++) {
		if (!unlinkat(part->dir_fd, part->names[i], 0)) {
			part->removed++;
		} else if (errno != ENOENT) {
			part->error = -errno;
			part->failed = part->names[i];
			break;
		}
	}
	return NULL;
}

/* The last part is the caller's own; as is one for which there is no thread. */
static void remove_parts(struct part *parts, size_t n_parts)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (size_t i = 0; i + 1 < n_parts; i++)
		parts[i].has_thread =
			!pthread_create(&parts[i].thread, NULL, remove_part, &parts[i]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	for (size_t i = 0; i < n_parts; i++)
		if (!parts[i].has_thread)
			remove_part(&parts[i]);
	for (size_t i = 0; i < n_parts; i++)
		if (parts[i].has_thread)
			pthread_join(parts[i].thread, NULL);
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
	remove_parts(parts, n_parts);
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
