#include "../cmocka_all.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "image_header.h"
#include "pool_run.h"

#define MAX_RUN_MS 60000

struct image image_read(const char *name)
{
	char *path = alloc_printf("%s/%s", FIXTURES, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t length = lseek(fd, 0, SEEK_END);
	char *data = alloc_zeroed(1, (size_t)length + 1);

	if (fd < 0 || pread(fd, data, (size_t)length, 0) != length)
		fail_msg("%s: cannot read", path);
	close(fd);
	free(path);
	return (struct image){.data = data, .length = (size_t)length};
}

void image_free(struct image *image)
{
	free((void *)(uintptr_t)image->data);
}

static struct thumb_job make_job(const struct image *image, const struct thumb_spec *specs,
				 size_t n_specs)
{
	struct thumb_job job = {
		.bytes = image->length, .type = MEDIA_JPEG, .specs = specs, .n_specs = n_specs};
	struct image_header header;

	job.fd = memfd_create("image", MFD_CLOEXEC);
	assert_int_equal(write(job.fd, image->data, image->length), image->length);
	if (image_header_read(image->data, image->length, true, &header) == IMAGE_HEADER_OK) {
		job.type = header.type;
		job.width_px = header.width_px;
		job.height_px = header.height_px;
	}
	if (image->width) {
		job.width_px = image->width;
		job.height_px = image->height;
	}
	return job;
}

static void wait_for(struct thumb_pool *pool)
{
	struct pollfd fds[64];
	unsigned n = thumb_pool_fds(pool, fds, 64);
	int64_t wait_ms = thumb_pool_deadline_ms(pool) - clock_monotonic_ms();

	poll(fds, n, wait_ms < 0 ? 0 : wait_ms > 1000 ? 1000 : (int)wait_ms);
}

void pool_run(const char *renderer, const struct thumb_pool_options *options,
	      const struct image *images, size_t n_images, const struct thumb_spec *specs,
	      size_t n_specs, struct thumb_result *ret_results)
{
	struct thumb_pool_options own;
	struct thumb_pool *pool = NULL;
	struct fault fault = {0};
	int64_t end_ms = clock_monotonic_ms() + MAX_RUN_MS;
	size_t begun = 0, done = 0;

	thumb_pool_options_init(&own);
	if (options)
		own = *options;
	own.renderer_path = renderer;
	assert_int_equal(thumb_pool_new(&own, &pool, &fault), 0);
	while (done < n_images) {
		struct thumb_result result;

		while (begun < n_images && thumb_pool_has_room(pool)) {
			struct thumb_job job = make_job(&images[begun], specs, n_specs);

			job.owner = &ret_results[begun++];
			if (thumb_pool_submit(pool, &job, &fault))
				fail_msg("submit: %s", fault.text);
		}
		wait_for(pool);
		if (thumb_pool_step(pool, &fault))
			fail_msg("step: %s", fault.text);
		while (thumb_pool_next(pool, &result)) {
			*(struct thumb_result *)result.owner = result;
			done++;
		}
		if (clock_monotonic_ms() > end_ms)
			fail_msg("%zu of %zu images after a minute", done, n_images);
	}
	assert_int_equal(thumb_pool_pending(pool), 0);
	thumb_pool_free(pool);
}
