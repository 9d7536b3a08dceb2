/*
 * found.h: what is found in one file, before its offsets become lines and its URLs are resolved.
 */
#ifndef FOUND_H
#define FOUND_H

#include "arena.h"
#include "buf.h"
#include "scanner.h"

#define FOUND_NO_OFFSET ((size_t)-1)

struct found_image {
	enum image_ref_kind kind;
	size_t offset;                         /* in the file */
	size_t defined_offset;                 /* FOUND_NO_OFFSET: the URL stands at `offset` */
	unsigned line, column;                 /* found_place() fills them */
	unsigned defined_line, defined_column; /* 0: the URL stands at line and column */
	const char *written;
	const char *url;               /* decoded, template expressions not resolved */
	const char *data_path, *title; /* may be NULL */
	int width_px, height_px;
	bool is_template; /* an expression is in `url` */
	bool is_in_html;  /* of a value of data that is HTML */
};

struct found_problem {
	enum scan_problem_code code;
	size_t offset;         /* FOUND_NO_OFFSET: the whole file */
	unsigned line, column; /* found_place() fills them; 0: the whole file */
	const char *message;
};

/* Strings live in the arena, or are borrowed from what outlives it. */
struct found {
	struct arena arena;
	struct found_image *images;
	size_t n_images, images_capacity;
	struct found_problem *problems;
	size_t n_problems, problems_capacity;
	const char *base_href;      /* before relative URLs: an HTML page's, or an article's
				  media_subpath; NULL: none */
	bool is_below_media_folder; /* base_href stands before paths from the root as well */
	bool is_silenced;           /* `picdesk: false` */
	bool is_unpublished;
	bool is_full; /* the limit of references was hit */
};

void found_release(struct found *found);
/* Strings are copied. NULL when the file has SCANNER_MAX_REFS_A_FILE already. Valid until the next.
 */
struct found_image *found_add(struct found *found, enum image_ref_kind kind, size_t offset,
			      struct slice written, const char *url);
__attribute__((format(printf, 4, 5))) void found_problem(struct found *found,
							 enum scan_problem_code code, size_t offset,
							 const char *format, ...);
/* Takes away the images that stand in one of the ranges; both are sorted by offset. */
struct found_range {
	size_t start, end;
};
void found_drop(struct found *found, const struct found_range *ranges, size_t n_ranges);
/* By offset; equal offsets (an alias, a srcset read twice) of equal URLs become one. */
void found_sort(struct found *found);
/* Lines and columns of all offsets; `text` is the file. */
void found_place(struct found *found, const char *text, size_t length_bytes);

#endif
