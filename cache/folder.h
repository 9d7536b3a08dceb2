/*
 * folder.h: files of the cache, reached from its folder without following symbolic links.
 *
 * Paths are relative, and stay beneath the folder (openat2 with RESOLVE_BENEATH and
 * RESOLVE_NO_SYMLINKS; where the kernel lacks it, O_NOFOLLOW on each part).
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "fault.h"

/* A descriptor (close-on-exec), or a negative errno; -ELOOP for a symbolic link. */
int folder_open_file(int folder_fd, const char *path, int flags, mode_t mode);
/* What opening or reading says where a symbolic link, a folder, a file or a socket stands in the
 * place of something else. */
bool folder_is_other_type(int error);
/* Makes the folder when it is missing (mode 0700); *ret_was_made may be NULL. */
int folder_open_folder(int folder_fd, const char *name, int *ret_was_made);

/* For scandirat(3): neither "." nor "..", nor what NFS and FUSE keep under a name of their own of a
 * removed file until all have closed it. */
int folder_is_listed(const struct dirent *item);

/* Both files' whole content: 1 equal, 0 different, or a negative errno. */
int folder_compare_files(int a_fd, int b_fd);
/* write(2) until all is written; handles short writes and EINTR. 0 or a negative errno. */
int folder_write_all(int fd, const void *data, size_t length_bytes);

#endif
