/*
 * sync.h: the calls that make writes survive a power cut.
 *
 * A build with -DCACHE_UNSAFE_NOSYNC leaves them out: the power-cut test must fail with it, or it
 * tests nothing.
 */
#ifndef SYNC_H
#define SYNC_H

#include <stddef.h>

/* All return 0 or a negative errno. */
int sync_file(int fd);
int sync_folder(int fd);
/* Everything written to the file system that holds fd. */
int sync_file_system(int fd);
/* Starts writing a file's bytes out, without waiting: sync_file_system() then finds most done. */
void sync_start(int fd);

/* From this many files or folders on, one sync_file_system() is cheaper than one sync each. */
#define SYNC_SINGLY_MAX 4

#endif
