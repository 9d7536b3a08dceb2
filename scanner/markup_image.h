/*
 * markup_image.h: an image that reStructuredText or AsciiDoc names, and sizes as markups and
 * template tags write them.
 */
#ifndef MARKUP_IMAGE_H
#define MARKUP_IMAGE_H

#include <stdbool.h>

#include "buf.h"

struct markup_image {
	struct slice written;    /* in the text given */
	const char *url;         /* what it stands for */
	int width_px, height_px; /* declared; 0: not declared, or no pixels */
	struct slice title;      /* the text in its place; empty: none */
	bool is_template;        /* the text does not say what the URL is */
};

/* Who is told of what a text has. All is borrowed for the call. */
struct markup_listener {
	bool (*image)(void *context, const struct markup_image *image); /* false: no more */
	void (*comment)(void *context, struct slice text); /* of one line, without its mark */
	void *context;
};

/* "640" and "640px"; 0 for anything else, so for "50%". */
int markup_image_px(struct slice length);

#endif
