#include "file_update.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"

#define PIECE_BYTES 65536

int file_update_begin(struct file_update *update, int dir_fd, const char *folder, const char *name)
{
	struct stat status;
	int fd = file_open(dir_fd, name);

	*update = (struct file_update){
		.dir_fd = dir_fd,
		.folder = folder,
		.name = name,
		.old_fd = fd < 0 ? -1 : fd,
		.tmp = TMPFILE_INIT,
	};
	if (fd >= 0 && !fstat(fd, &status))
		update->old_bytes = (uint64_t)status.st_size;
	return fd < 0 && fd != -ENOENT ? fd : 0;
}

/* Up to `size_bytes` at `offset`; fewer at the end, or where it cannot be read. */
static size_t read_old(const struct file_update *update, uint64_t offset, void *to,
		       size_t size_bytes)
{
	size_t done = 0;

	while (update->old_fd >= 0 && done < size_bytes) {
		ssize_t got = pread(update->old_fd, (char *)to + done, size_bytes - done,
				    (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

static bool equals_old(const struct file_update *update, const char *data, size_t length_bytes)
{
	char old[PIECE_BYTES];

	for (size_t at = 0; at < length_bytes; at += sizeof old) {
		size_t n = length_bytes - at < sizeof old ? length_bytes - at : sizeof old;

		if (read_old(update, update->equal_bytes + at, old, n) != n ||
		    memcmp(old, data + at, n) != 0)
			return false;
	}
	return true;
}

/* The temporary file begins with what was equal so far. */
static int diverge(struct file_update *update, struct fault *fault)
{
	char old[PIECE_BYTES];
	int error = tmpfile_open(&update->tmp, update->dir_fd, update->folder, fault);

	update->differs = true;
	for (uint64_t at = 0; !error && at < update->equal_bytes;) {
		uint64_t left = update->equal_bytes - at;
		size_t got =
			read_old(update, at, old, left < sizeof old ? (size_t)left : sizeof old);

		if (!got)
			return fault_raise(fault, -EIO, "%s/%s: it changed while it was read",
					   update->folder, update->name);
		error = tmpfile_write(&update->tmp, old, got, fault);
		at += got;
	}
	return error;
}

int file_update_write(struct file_update *update, const void *data, size_t length_bytes,
		      struct fault *fault)
{
	int error = 0;

	if (!update->differs && equals_old(update, data, length_bytes)) {
		update->equal_bytes += length_bytes;
		return 0;
	}
	if (!update->differs)
		error = diverge(update, fault);
	return error ? error : tmpfile_write(&update->tmp, data, length_bytes, fault);
}

bool file_update_is_change(const struct file_update *update)
{
	return update->differs || update->old_fd < 0 || update->equal_bytes != update->old_bytes;
}

int file_update_end(struct file_update *update, bool *ret_is_changed, struct fault *fault)
{
	int error = 0;

	*ret_is_changed = file_update_is_change(update);
	if (*ret_is_changed && !update->differs)
		error = diverge(update, fault);
	if (*ret_is_changed && !error)
		error = tmpfile_publish(&update->tmp, update->name, 0644, fault);
	file_update_release(update);
	return error;
}

void file_update_release(struct file_update *update)
{
	tmpfile_discard(&update->tmp);
	cleanup_close(&update->old_fd);
	update->old_fd = -1;
}
