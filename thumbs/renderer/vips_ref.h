/*
 * vips_ref.h: <vips/vips.h>, for the files of the renderer that hold images, and a reference that
 * is dropped when it leaves scope.
 */
#ifndef VIPS_REF_H
#define VIPS_REF_H

#include <vips/vips.h>

static inline void unref_image(VipsImage **image)
{
	if (*image)
		g_object_unref(*image);
}

#endif
