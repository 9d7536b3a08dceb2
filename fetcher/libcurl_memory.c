#include "libcurl_memory.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_STEP_BYTES ((size_t)64)
#define SMALL_BYTES ((size_t)1024)
#define STEP_BYTES ((size_t)1024)
#define LARGEST_KEPT_BYTES ((size_t)32 << 10)
#define SMALL_KINDS (SMALL_BYTES / SMALL_STEP_BYTES)
#define KINDS (SMALL_KINDS + LARGEST_KEPT_BYTES / STEP_BYTES)
#define MOST_KEPT_BYTES ((size_t)4 << 20)

/* In front of what libcurl gets. */
struct block {
	size_t bytes;       /* of the data: all that one of its kind can hold */
	struct block *next; /* while it is kept */
};

_Static_assert(sizeof(struct block) % alignof(max_align_t) == 0, "the data is aligned");

static struct block *kept[KINDS];
static size_t kept_bytes;
static _Thread_local bool is_keeper;

void libcurl_memory_begin(void)
{
	is_keeper = LIBCURL_MEMORY_KEEPS;
}

void libcurl_memory_end(void)
{
	for (size_t i = 0; i < KINDS; i++) {
		while (kept[i]) {
			struct block *block = kept[i];

			kept[i] = block->next;
			free(block);
		}
	}
	kept_bytes = 0;
	is_keeper = false;
}

/* KINDS: none, it is not kept. */
static size_t kind_of(size_t bytes)
{
	if (bytes <= SMALL_BYTES)
		return bytes ? (bytes - 1) / SMALL_STEP_BYTES : 0;
	if (bytes <= LARGEST_KEPT_BYTES)
		return SMALL_KINDS + (bytes - 1) / STEP_BYTES;
	return KINDS;
}

static size_t bytes_of_kind(size_t kind)
{
	return kind < SMALL_KINDS ? (kind + 1) * SMALL_STEP_BYTES
				  : (kind - SMALL_KINDS + 1) * STEP_BYTES;
}

static void *new_block(size_t bytes)
{
	struct block *block =
		bytes <= SIZE_MAX - sizeof *block ? malloc(sizeof *block + bytes) : NULL;

	if (!block)
		return NULL;
	block->bytes = bytes;
	return block + 1;
}

void *libcurl_malloc(size_t bytes)
{
	size_t kind = kind_of(bytes);
	struct block *block;

	if (kind == KINDS)
		return new_block(bytes);
	block = is_keeper ? kept[kind] : NULL;
	if (!block)
		return new_block(bytes_of_kind(kind));
	kept[kind] = block->next;
	kept_bytes -= block->bytes;
	return block + 1;
}

void *libcurl_calloc(size_t count, size_t bytes)
{
	size_t all_bytes;
	void *data =
		__builtin_mul_overflow(count, bytes, &all_bytes) ? NULL : libcurl_malloc(all_bytes);

	return data ? memset(data, 0, all_bytes) : NULL;
}

void libcurl_free(void *data)
{
	struct block *block = data ? (struct block *)data - 1 : NULL;
	size_t kind = block ? kind_of(block->bytes) : KINDS;

	if (kind == KINDS || !is_keeper || kept_bytes + block->bytes > MOST_KEPT_BYTES) {
		free(block);
		return;
	}
	block->next = kept[kind];
	kept[kind] = block;
	kept_bytes += block->bytes;
}

void *libcurl_realloc(void *data, size_t bytes)
{
	struct block *block = data ? (struct block *)data - 1 : NULL;
	void *moved;

	if (block && bytes <= block->bytes && kind_of(bytes) == kind_of(block->bytes))
		return data;
	moved = libcurl_malloc(bytes);
	if (moved && block) {
		memcpy(moved, data, bytes < block->bytes ? bytes : block->bytes);
		libcurl_free(data);
	}
	return moved;
}

char *libcurl_strdup(const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = libcurl_malloc(bytes);

	return copy ? memcpy(copy, text, bytes) : NULL;
}
