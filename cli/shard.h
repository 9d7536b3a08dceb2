/*
 * shard.h: --shard I/N: a run's part of the images, so that N runs share a site's images among
 * them. Each image is in exactly one part, the same in every run; two spellings of one request are
 * in the same.
 */
#ifndef SHARD_H
#define SHARD_H

#include <stdbool.h>

/* {0}: no sharding, everything is in. */
struct shard {
	unsigned index; /* 1 to count */
	unsigned count;
};

#define SHARD_MAX_COUNT 1000

/* "2/5"; false when it is none, or not 1 <= I <= N <= SHARD_MAX_COUNT. */
bool shard_parse(const char *text, struct shard *ret_shard);
/* `url` is an asset's identity. */
bool shard_has(const struct shard *shard, const char *url);

#endif
