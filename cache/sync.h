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
/* The same of many at once, which costs little more than of one: the file system's journal is written
 * once. `file_system_fd`, a folder there, is for systems that cannot (then all that anybody wrote to
 * that file system is waited for). */
int sync_files(const int *fds, size_t count, int file_system_fd);
int sync_folders(const int *fds, size_t count, int file_system_fd);
/* Starts writing a file's bytes out, without waiting: a sync then finds most done. */
void sync_start(int fd);

#endif
