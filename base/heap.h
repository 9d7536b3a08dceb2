/*
 * heap.h: how malloc gets its memory from the kernel. With other C libraries than glibc, and where
 * the kernel has no huge pages, nothing is gained and nothing lost.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

/* What is at least as large as `large_bytes` has a mapping of its own, and goes back to the kernel
 * when it is freed. The heap's next `huge_bytes` are to be huge pages (madvise(2), MADV_HUGEPAGE),
 * which the kernel gives, 2 MiB at a time, when they are used; of what is freed at its end twice as
 * much is kept. Call it once, before there are threads. */
void heap_set_up(size_t large_bytes, size_t huge_bytes);

#endif
