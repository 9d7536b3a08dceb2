/*
 * myst.h: MyST (myst-parser in Sphinx, mystmd) in Markdown: directives in fences, whose lines
 * CommonMark takes for code.
 *
 *	```{figure} images/one.png		:::{note}
 *	:width: 300px				An image: ![](two.png)
 *	The caption				:::
 *	```
 *
 * The fences and options become empty headings, so that what a directive holds is read as Markdown.
 * What shows its text as it stands (`{code-block}`, `{math}`...) stays code.
 */
#ifndef MYST_H
#define MYST_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Deeper directives are code. */
#define MYST_MAX_DEPTH 32

struct myst_image {
	struct slice url; /* as it stands in the original text */
	struct slice alt; /* empty: none */
	int width_px, height_px;
};

struct myst_fence {
	char mark;
	size_t length;
	size_t n_containers; /* of Markdown, around it */
};

struct myst {
	struct myst_image *images; /* in their order */
	size_t n_images, capacity;
	struct myst_fence open[MYST_MAX_DEPTH];
	size_t n_open;
	size_t code_length; /* of the `:::{code}` that is open; 0: none is */
	enum {
		MYST_NO_OPTIONS,
		MYST_MAY_HAVE_OPTIONS, /* in the line behind the directive's */
		MYST_OPTIONS,          /* `:width: 300px` */
		MYST_YAML_OPTIONS,     /* `width: 300px`, up to `---` */
	} options;
	bool is_image; /* the options are those of the last image */
};

void myst_release(struct myst *myst);

/* A line's own text, behind the marks of its containers, without its line end. */
struct myst_line {
	char *text;           /* in the copy that is changed */
	const char *original; /* the same bytes */
	size_t length_bytes;
	size_t n_containers;
	bool is_in_fence; /* of code */
	bool is_in_html;
};

/* Line by line, but for what is indented by 4 and more. Changes the text in place. True where the
 * line ends a directive, and whatever block is open in it. */
bool myst_take(struct myst *myst, const struct myst_line *line);

#endif
