#include "complaint.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "avif_fault.h"
#include "png_profile.h"
#include "structure.h"

/* VipsJpeg, webp2vips, gifload_buffer */
static bool is_loader(const char *name, size_t length_bytes)
{
	return !strncasecmp(name, "vips", 4) || memmem(name, length_bytes, "2vips", 5) ||
	       memmem(name, length_bytes, "load", 4);
}

const char *complaint_without_loader(const char *text)
{
	size_t name = strcspn(text, " :");

	return !strncmp(text + name, ": ", 2) && is_loader(text, name) ? text + name + 2 : text;
}

const char *complaint_of_decoder(const char *errors)
{
	static char text[COMPLAINT_BYTES];
	size_t end = strlen(errors), start;

	while (end && errors[end - 1] == '\n')
		end--;
	for (start = end; start && errors[start - 1] != '\n';)
		start--;
	snprintf(text, sizeof text, "%.*s", (int)(end - start), errors + start);
	return text[0] ? text : "the decoder gives no reason";
}

bool complaint_is_of_missing_data(enum media_type type, const char *errors)
{
	switch (type) {
	case MEDIA_JPEG: /* mostly a warning; an error only where jpeg.c makes it one */
		return strstr(complaint_of_decoder(errors), "premature end of data") != NULL;
	case MEDIA_AVIF:
	case MEDIA_HEIC: /* libheif's "invalid input" (2), "end of data" (100) */
		return strstr(complaint_of_decoder(errors), " (2.100)") != NULL;
	default:
		return false;
	}
}

bool complaint_is_of_memory(const char *errors)
{
	/* libvips and libpng; libjpeg; libheif, but not its limits for sizes that no image has;
	 * GLib, which has none for a stack, or may start no more. */
	return strcasestr(errors, "out of memory") || strcasestr(errors, "insufficient memory") ||
	       strstr(errors, "Memory allocation error: Unspecified") ||
	       strstr(errors, "Error creating thread");
}

/* libspng, instead of libpng in newer libvips, does not warn of a profile. */
static void describe_png(const unsigned char *data, size_t length_bytes, const char *warning,
			 char ret_text[COMPLAINT_BYTES])
{
	snprintf(ret_text, COMPLAINT_BYTES, "%s", warning);
	/* Photoshop's, in a great many files: they look as they should. */
	if (strstr(ret_text, "known incorrect sRGB profile"))
		ret_text[0] = '\0';
	else if (!ret_text[0] && png_has_broken_profile(data, length_bytes))
		snprintf(ret_text, COMPLAINT_BYTES, "iCCP: the colour profile is broken");
}

bool complaint_of_harmless_damage(enum media_type type, const unsigned char *data,
				  size_t length_bytes, const char *warning,
				  char ret_text[COMPLAINT_BYTES])
{
	size_t junk_bytes;

	ret_text[0] = '\0';
	if (type == MEDIA_PNG)
		describe_png(data, length_bytes, warning, ret_text);
	else if (type == MEDIA_AVIF && avif_has_broken_profile(data, length_bytes))
		snprintf(ret_text, COMPLAINT_BYTES,
			 "colr: the colour profile is broken: Chromium refuses the file for it");
	if (ret_text[0])
		return true;
	junk_bytes = structure_junk_bytes(type, data, length_bytes);
	if (junk_bytes)
		snprintf(ret_text, COMPLAINT_BYTES, "%zu byte%s after the end of the image",
			 junk_bytes, junk_bytes == 1 ? "" : "s");
	return junk_bytes;
}
