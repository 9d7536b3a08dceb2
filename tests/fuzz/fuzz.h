/*
 * fuzz.h: the one function of every fuzz target.
 *
 * With -Dfuzz=true (clang) libFuzzer calls it with what it makes up; else replay.c calls it with
 * each file of a committed corpus, in the normal test run. Besides crashes and sanitizer findings,
 * a target aborts when what it was given back cannot be true.
 *
 *	CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
 *	ninja -C build-fuzz
 *	build-fuzz/tests/fuzz/fuzz_css -max_total_time=600 new-inputs tests/fuzz/corpora/css
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data,
								  size_t length_bytes);

static inline void fuzz_require(int is_true)
{
	if (!is_true)
		abort();
}

#endif
