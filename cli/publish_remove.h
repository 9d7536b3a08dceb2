/*
 * publish_remove.h: many files of one folder are taken away at once.
 *
 *	error = publish_remove(dir_fd, names, count, &removed, &failed);
 *
 * Where the disk is told at once which blocks are free (`discard`), each unlink(2) waits for it,
 * 80 us on a quiet machine and milliseconds on a busy one, in which there is nothing to do: as many
 * threads as there are for the disk (disk_work.h) wait side by side. They touch nothing but the
 * names, and have done so when this returns.
 */
#ifndef PUBLISH_REMOVE_H
#define PUBLISH_REMOVE_H

#include <stddef.h>

/* Files that are not there are not counted. A negative errno: *ret_failed is the first of the names
 * that could not be removed; others may be left, too. */
int publish_remove(int dir_fd, const char *const *names, size_t count, size_t *ret_removed,
		   const char **ret_failed);

#endif
