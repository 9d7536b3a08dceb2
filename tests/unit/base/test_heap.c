#include "../cmocka_all.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap.h"

#define HUGE_BYTES ((size_t)8 << 20)

/* These have a malloc of their own. */
static bool is_malloc_replaced(void)
{
	const char *preloaded = getenv("LD_PRELOAD");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
	return true;
#endif
#endif
	return preloaded && strstr(preloaded, "vgpreload") != NULL;
}

/* The mapping's flag: proc_pid_smaps(5), "hg". */
static bool wants_huge_pages(const void *at)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	bool is_there = false, has_flag = false;
	char line[512];

	assert_non_null(file);
	while (fgets(line, sizeof line, file)) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			is_there = (uintptr_t)at >= start && (uintptr_t)at < end;
		if (is_there && !strncmp(line, "VmFlags:", 8))
			has_flag = strstr(line, " hg") != NULL;
	}
	fclose(file);
	return has_flag;
}

/* Not where it has none, nor where its system calls are emulated. */
static bool kernel_tells_of_huge_pages(void)
{
	void *memory = mmap(NULL, HUGE_BYTES, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool does_tell;

	assert_true(memory != MAP_FAILED);
	does_tell = madvise(memory, HUGE_BYTES, MADV_HUGEPAGE) == 0 && wants_huge_pages(memory);
	munmap(memory, HUGE_BYTES);
	return does_tell;
}

static void the_heap_is_of_huge_pages(void **state)
{
	char *before = sbrk(0), *memory;

	(void)state;
	if (is_malloc_replaced() || !kernel_tells_of_huge_pages())
		skip();
	heap_set_up(HUGE_BYTES / 4, HUGE_BYTES);
	assert_true((char *)sbrk(0) >= before + HUGE_BYTES);
	memory = malloc(HUGE_BYTES / 8);
	assert_true(memory >= before - HUGE_BYTES && memory < before + HUGE_BYTES);
	assert_true(wants_huge_pages(before + HUGE_BYTES / 2));
	free(memory);
	/* Nor does what is freed shorten it. */
	memory = malloc(HUGE_BYTES / 4 - 4096);
	free(memory);
	assert_true((char *)sbrk(0) >= before + HUGE_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_heap_is_of_huge_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
