/*
 * text_output.h: where a text for people or programs goes: to a file, which is replaced whole; to a
 * device or a pipe, which is written to as it is; or to standard output.
 *
 *	error = text_output_begin(&output, path, &fault);
 *	...append to output.text...                            piece by piece it goes out
 *	error = text_output_end(&output, &fault);              or  text_output_discard(&output);
 *
 * Of a file nothing is seen before the end (tmpfile.h). A reader of standard output that has gone
 * has seen enough: that is no fault. -EINTR: a signal came, and a device, a pipe or standard output
 * has a part.
 */
#ifndef TEXT_OUTPUT_H
#define TEXT_OUTPUT_H

#include <stdbool.h>

#include "buf.h"
#include "fault.h"
#include "output_place.h"
#include "tmpfile.h"

struct text_output {
	struct buf text;
	struct buf_outlet outlet;
	const char *path; /* borrowed; NULL: standard output */
	struct output_place place;
	char *folder;
	int folder_fd, fd; /* -1: none */
	int signal_before; /* that ended the work, and not its report */
	struct tmpfile tmp;
	struct fault *fault;
};

/* Stays where it is: its parts point at each other. On failure there is nothing to end. */
int text_output_begin(struct text_output *output, const char *path, struct fault *fault);
int text_output_end(struct text_output *output, struct fault *fault);
void text_output_discard(struct text_output *output);

#endif
