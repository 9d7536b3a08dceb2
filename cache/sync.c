#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "disk_work.h"
#include "plain_disk.h"

#ifdef CACHE_UNSAFE_NOSYNC

int sync_file(int fd)
{
	return fd < 0 ? -EBADF : 0;
}

int sync_folder(int fd)
{
	return sync_file(fd);
}

void sync_begin(int fd)
{
	(void)fd;
}

struct sync_batch *sync_batch_start(const int *fds, size_t count)
{
	(void)fds, (void)count;
	return alloc_zeroed(1, 1);
}

int sync_batch_step(struct sync_batch *batch, bool waits)
{
	(void)batch, (void)waits;
	return 0;
}

void sync_batch_free(struct sync_batch *batch)
{
	free(batch);
}

#else

int sync_file(int fd)
{
	return plain_disk_sync(fd, fdatasync);
}

int sync_folder(int fd)
{
	return plain_disk_sync(fd, fsync);
}

/* Of one call, and for how long none follows it then. */
#define SLOW_BEGIN_MS 20
#define BEGIN_PAUSE_MS 1000

void sync_begin(int fd)
{
	static int64_t not_before_ms;
	int64_t begun_ms = clock_monotonic_ms(), ended_ms;

	if (begun_ms < not_before_ms)
		return;
	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	ended_ms = clock_monotonic_ms();
	if (ended_ms - begun_ms >= SLOW_BEGIN_MS)
		not_before_ms = ended_ms + BEGIN_PAUSE_MS;
}

/* --- a batch ------------------------------------------------------------------------------------
 */

struct sync_batch {
	struct disk_work *work;
	int fds[];
};

static int sync_one(void *context, size_t index)
{
	const struct sync_batch *batch = context;

	return sync_file(batch->fds[index]);
}

struct sync_batch *sync_batch_start(const int *fds, size_t count)
{
	struct sync_batch *batch = alloc_zeroed(1, sizeof *batch + count * sizeof *fds);

	memcpy(batch->fds, fds, count * sizeof *fds);
	batch->work = disk_work_start(sync_one, batch, count);
	return batch;
}

int sync_batch_step(struct sync_batch *batch, bool waits)
{
	return disk_work_step(batch->work, waits);
}

void sync_batch_free(struct sync_batch *batch)
{
	if (!batch)
		return;
	disk_work_free(batch->work);
	free(batch);
}

#endif
