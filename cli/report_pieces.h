/*
 * report_pieces.h: a JSON report in pieces, for one of a hundred thousand images is not parsed as a
 * whole: its tree takes several times its text. Pure.
 *
 *	if (report_pieces_cut(text, &rest, &images))       rest: the report with no images
 *		while ((got = report_pieces_next(&images, &image)) > 0) ...
 *
 * Only where pieces begin and end is looked at: each of them is for a parser of JSON.
 */
#ifndef REPORT_PIECES_H
#define REPORT_PIECES_H

#include <stdbool.h>

#include "buf.h"

/* False: there is no list of `images`, or more than one, or brackets that do not match. */
bool report_pieces_cut(struct slice text, struct buf *ret_rest, struct slice *ret_images);
/* 1: the next element, which `images` then stands behind; 0: the end; -1: no list of JSON. */
int report_pieces_next(struct slice *images, struct slice *ret_image);

#endif
