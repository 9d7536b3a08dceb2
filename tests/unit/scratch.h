/*
 * scratch.h: a folder for what a test writes.
 *
 *	static char folder[SCRATCH_BYTES];
 *	scratch_make(folder)      in the setup; below $TMPDIR, else below /tmp
 *	scratch_remove(folder)    in the teardown, whatever the test has left in it
 *
 * A test that is killed leaves it there: dev/test gives a $TMPDIR that goes when all have ended.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRATCH_BYTES 256

/* 0, or -1 when there is none. */
static inline int scratch_make(char ret_folder[SCRATCH_BYTES])
{
	const char *above = getenv("TMPDIR");
	int n = snprintf(ret_folder, SCRATCH_BYTES, "%s/picdesk-test-XXXXXX",
			 above ? above : "/tmp");

	return n < SCRATCH_BYTES && mkdtemp(ret_folder) ? 0 : -1;
}

static inline int scratch_remove_entry(const char *path, const struct stat *status, int type,
				       struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

/* 0, or -1 when something in it cannot be removed. */
static inline int scratch_remove(const char *folder)
{
	return nftw(folder, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS) ? -1 : 0;
}

/* The same; 0 only when nothing was left in it. */
static inline int scratch_remove_empty(const char *folder)
{
	if (!rmdir(folder))
		return 0;
	scratch_remove(folder);
	return -1;
}

#endif
