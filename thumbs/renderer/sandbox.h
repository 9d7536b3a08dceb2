/*
 * sandbox.h: takes away from this process what a decoder of images does not need.
 *
 *	sandbox_prepare(&box);         first thing in main(), before any library runs
 *	sandbox_keep_descriptors(n);   those below n alone
 *	vips_setup_init(...);          libraries loaded
 *	siblings_start(...);           and sandbox_prepare() again: it is not all handed down
 *	sandbox_close_files(&box);     Landlock: no file by path from here on
 *	sandbox_enter(&box, false);    limits, then the system call filter
 *
 * What is in force stands in `box` afterwards; the pool decides whether it is enough. Threads come
 * afterwards.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sandbox {
	bool has_no_new_privileges;
	bool has_limits;
	int landlock_abi; /* 0: not in force */
	bool has_seccomp;
	uint64_t decoding_bytes; /* what the limits in force leave for the work on an image */
};

/* No new privileges, not dumpable, dies with its parent, terminal signals left to the parent. */
void sandbox_prepare(struct sandbox *sandbox);
/* Closes all from `end` on: what the parent has open and does not close on exec is none of a
 * renderer's business. */
void sandbox_keep_descriptors(int end);
void sandbox_close_files(struct sandbox *sandbox);
/* `may_print`: stdout may be a file and is written to afterwards; else no file can grow. */
void sandbox_enter(struct sandbox *sandbox, bool may_print);
/* "no-new-privileges, rlimits, landlock 7, seccomp"; a missing one is left out. */
void sandbox_describe(const struct sandbox *sandbox, char *ret_text, size_t size_bytes);
/* Tries open, socket, execve, ptrace, kill and some more from inside, one line each on stdout; true
 * when all were refused. */
bool sandbox_self_test(void);

#endif
