#include "heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef M_TOP_PAD

#define HUGE_PAGE_BYTES ((uintptr_t)2 << 20)
#define DEFAULT_TOP_PAD_BYTES (128 << 10)

/* The heap grows by so much for a little. Under a limit it may not: then it does as it always
 * did. */
static void grow(size_t bytes)
{
	void *volatile memory;

	mallopt(M_TOP_PAD, (int)bytes);
	memory = malloc(1);
	free(memory);
	memory = malloc((size_t)DEFAULT_TOP_PAD_BYTES * 2);
	free(memory);
	mallopt(M_TOP_PAD, DEFAULT_TOP_PAD_BYTES);
}

void heap_set_up(size_t large_bytes, size_t huge_bytes)
{
	uintptr_t start, end;

	/* malloc adjusts them by itself as long as none of the three is set. */
	mallopt(M_MMAP_THRESHOLD, (int)large_bytes);
	mallopt(M_TRIM_THRESHOLD, (int)huge_bytes * 2);
	start = ((uintptr_t)sbrk(0) + HUGE_PAGE_BYTES - 1) & ~(HUGE_PAGE_BYTES - 1);
	grow(huge_bytes);
	end = (uintptr_t)sbrk(0) & ~(HUGE_PAGE_BYTES - 1);
	if (start < end)
		madvise((void *)start, end - start, MADV_HUGEPAGE);
}

#else

void heap_set_up(size_t large_bytes, size_t huge_bytes)
{
	(void)large_bytes;
	(void)huge_bytes;
}

#endif
