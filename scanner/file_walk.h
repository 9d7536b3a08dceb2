/*
 * file_walk.h: which files of a site are scanned: what is named, what is content, less what is
 * excluded.
 */
#ifndef FILE_WALK_H
#define FILE_WALK_H

#include "arena.h"
#include "inner_sites.h"
#include "scanner.h"
#include "site_files.h"

struct walked_file {
	const char *path;    /* from the root */
	const char *problem; /* why it, or the folder, cannot be read; NULL: all well */
	bool is_named;       /* on the command line or in `content` */
};

/* In byte order of the paths, each once. */
struct file_walk {
	struct walked_file *items;
	size_t count, capacity;
	struct arena arena; /* of their strings */
	struct inner_sites inner;
};

/* A named path that does not exist, or lies outside the root, is a fault. */
int file_walk_all(const struct scanner_options *options, const struct site_files *files,
		  struct file_walk *ret_walk, struct fault *fault);
void file_walk_release(struct file_walk *walk);

#endif
