/*
 * poison.c: loaded into a renderer by test_renderers.py, makes JPEGs of certain widths do what a
 * bug in a decoder could: 331 crashes, 332 never ends, 333 takes memory without end.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h> /* wants stdio.h before it */

/* raise() is refused in the sandbox. */
static void crash(void)
{
	volatile char *volatile nowhere = NULL;

	*nowhere = 1;
}

static void grow(void)
{
	for (;;) {
		void *more = malloc(16 << 20);

		if (!more)
			crash();
		memset(more, 1, 16 << 20);
	}
}

int jpeg_read_header(j_decompress_ptr decoder, boolean require_image)
{
	int (*real)(j_decompress_ptr, boolean);
	int result;

	*(void **)&real = dlsym(RTLD_NEXT, "jpeg_read_header");
	result = real(decoder, require_image);
	if (decoder->image_width == 331)
		crash();
	if (decoder->image_width == 332)
		for (volatile int i = 0;;)
			i++;
	if (decoder->image_width == 333)
		grow();
	return result;
}
