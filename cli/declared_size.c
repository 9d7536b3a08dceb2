#include "declared_size.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static bool ratio_differs(int64_t declared_width, int64_t declared_height, int64_t width,
			  int64_t height)
{
	/* What the height would be at the declared width, and the other way round: equal to within
	 * a pixel in one of the two is rounding. */
	int64_t height_off = llabs(declared_width * height - declared_height * width);

	if (height_off <= width || height_off <= height)
		return false;
	return height_off > declared_height * width / 100;
}

bool declared_size_differs(int declared_width_px, int declared_height_px, bool is_display_size,
			   int width_px, int height_px)
{
	if (!width_px || !height_px)
		return false;
	if (is_display_size)
		return declared_width_px && declared_height_px &&
		       ratio_differs(declared_width_px, declared_height_px, width_px, height_px);
	return (declared_width_px && declared_width_px != width_px) ||
	       (declared_height_px && declared_height_px != height_px);
}

struct declared_size_text declared_size_text(int declared_width_px, int declared_height_px)
{
	struct declared_size_text text;

	if (declared_width_px && declared_height_px)
		snprintf(text.text, sizeof text.text, "%dx%d", declared_width_px,
			 declared_height_px);
	else if (declared_width_px)
		snprintf(text.text, sizeof text.text, "width %d", declared_width_px);
	else
		snprintf(text.text, sizeof text.text, "height %d", declared_height_px);
	return text;
}
