/*
 * arena.h: memory that is taken in small pieces and given back at once.
 *
 *	CLEANUP(arena_release) struct arena arena = {0};
 *	name = arena_string(&arena, text);
 *
 * For what lives and dies together: no piece is freed alone, and a piece costs a few instructions.
 * A small arena takes 1 KiB, a growing one blocks of up to 64 KiB. One owner, no locks; handing the
 * whole arena to another thread is allowed.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* the newest first */
	char *at;                   /* the newest block's free bytes */
	size_t left_bytes;
};

void arena_release(struct arena *arena); /* leaves it empty and usable */

/* Of an arena that was not used yet: its first block has just so many bytes. */
void arena_reserve(struct arena *arena, size_t size_bytes);
/* Aligned for any type; not zeroed. */
void *arena_take(struct arena *arena, size_t size_bytes);
void *arena_zeroed(struct arena *arena, size_t size_bytes);
char *arena_string(struct arena *arena, const char *text);
char *arena_string_n(struct arena *arena, const char *text, size_t length_bytes);
__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *arena, const char *format,
							  ...);

#endif
