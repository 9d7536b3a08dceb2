#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "quick_format.h"

#define FIRST_BLOCK_BYTES 1024u
#define MAX_BLOCK_BYTES (64u << 10)

struct arena_block {
	struct arena_block *next;
	size_t size_bytes;
	alignas(max_align_t) char bytes[];
};

void arena_release(struct arena *arena)
{
	for (struct arena_block *next, *block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	*arena = (struct arena){0};
}

static void add_block_of(struct arena *arena, size_t size_bytes)
{
	struct arena_block *block = alloc_resized(NULL, 1, sizeof *block + size_bytes);

	block->next = arena->blocks;
	block->size_bytes = size_bytes;
	arena->blocks = block;
	arena->at = block->bytes;
	arena->left_bytes = size_bytes;
}

static void add_block(struct arena *arena, size_t least_bytes)
{
	size_t size = arena->blocks ? arena->blocks->size_bytes * 2 : FIRST_BLOCK_BYTES;

	if (size < FIRST_BLOCK_BYTES)
		size = FIRST_BLOCK_BYTES;
	if (size > MAX_BLOCK_BYTES)
		size = MAX_BLOCK_BYTES;
	add_block_of(arena, size < least_bytes ? least_bytes : size);
}

void arena_reserve(struct arena *arena, size_t size_bytes)
{
	if (!arena->blocks && size_bytes)
		add_block_of(arena, size_bytes);
}

static char *take_bytes(struct arena *arena, size_t size_bytes)
{
	char *taken;

	if (size_bytes > arena->left_bytes)
		add_block(arena, size_bytes);
	taken = arena->at;
	arena->at += size_bytes;
	arena->left_bytes -= size_bytes;
	return taken;
}

void *arena_take(struct arena *arena, size_t size_bytes)
{
	size_t gap = -(uintptr_t)arena->at & (alignof(max_align_t) - 1);

	if (gap > arena->left_bytes || size_bytes > arena->left_bytes - gap) {
		add_block(arena, size_bytes);
		gap = 0;
	}
	return take_bytes(arena, gap + size_bytes) + gap;
}

void *arena_zeroed(struct arena *arena, size_t size_bytes)
{
	void *taken = arena_take(arena, size_bytes);

	if (size_bytes)
		memset(taken, 0, size_bytes);
	return taken;
}

char *arena_string_n(struct arena *arena, const char *text, size_t length_bytes)
{
	char *copy = take_bytes(arena, length_bytes + 1);

	if (length_bytes)
		memcpy(copy, text, length_bytes);
	copy[length_bytes] = '\0';
	return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
	return arena_string_n(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	bool is_written;
	char *text;
	int length;

	/* What fits into the block that there is, is formatted once. */
	va_start(arguments, format);
	length = quick_format(arena->at, arena->left_bytes, format, arguments);
	va_end(arguments);
	if (length < 0) {
		va_start(arguments, format);
		length = vsnprintf(arena->at, arena->left_bytes, format, arguments);
		va_end(arguments);
	}
	if (length < 0) /* longer than INT_MAX */
		return arena_string(arena, format);
	is_written = (size_t)length < arena->left_bytes;
	text = take_bytes(arena, (size_t)length + 1);
	if (is_written)
		return text;
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}
