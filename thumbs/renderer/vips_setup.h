/*
 * vips_setup.h: libvips made ready for hostile images: few loaders, no cache, no compiled code.
 *
 *	vips_setup_init(argv[0], &fault);
 */
#ifndef VIPS_SETUP_H
#define VIPS_SETUP_H

#include <stddef.h>

#include "fault.h"

/* The allow-list of loaders is in force afterwards. */
int vips_setup_init(const char *program, struct fault *fault);
/* "1 vips-8.14.1 jpeg-62.3.0 ...": our own revision, then each library whose change may change
 * bytes. Valid for ever. */
const char *vips_setup_version(void);
/* The first warning of libvips since the last call, "" when there was none: that a PNG's chunk was
 * left out, for one. */
void vips_setup_take_warning(char *ret_text, size_t size_bytes);

#endif
