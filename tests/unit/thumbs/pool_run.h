/* Runs images through a pool of renderers and waits for all results, in the order of the images. */
#ifndef POOL_RUN_H
#define POOL_RUN_H

#include "thumbs.h"

struct image {
	const void *data;
	size_t length;
	int width, height; /* what the pool is told; 0: what the header says */
};

/* Reads a file of tests/fixtures/images. */
struct image image_read(const char *name);
void image_free(struct image *image);
/* `options` may be NULL. Fails the test when the pool faults or takes longer than a minute. */
void pool_run(const char *renderer, const struct thumb_pool_options *options,
	      const struct image *images, size_t n_images, const struct thumb_spec *specs,
	      size_t n_specs, struct thumb_result *ret_results);

#endif
