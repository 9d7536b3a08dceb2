/*
 * declared_size.h: does the size that an article declares contradict the image's real one? Pure.
 */
#ifndef DECLARED_SIZE_H
#define DECLARED_SIZE_H

#include <stdbool.h>

/* Sizes in px; 0: not declared, or not known. Data (front matter) describes the file, so each side
 * counts. HTML and Markdown declare the box in which a browser scales the image
 * (`is_display_size`): only a ratio that is off by more than 1 %, after rounding either side to
 * whole px, distorts it. */
bool declared_size_differs(int declared_width_px, int declared_height_px, bool is_display_size,
			   int width_px, int height_px);

struct declared_size_text {
	char text[32];
};
/* "1200x630", "width 1200", "height 630". */
struct declared_size_text declared_size_text(int declared_width_px, int declared_height_px);

#endif
