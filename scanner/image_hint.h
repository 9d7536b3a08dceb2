/*
 * image_hint.h: a quick look at a body: may there be an image in it at all? Most posts of a blog
 * have none, and then parsing them as Markdown and HTML is what a scan would spend its time on.
 *
 * Errs on one side only: false means that neither Markdown nor HTML can show an image in this text.
 */
#ifndef IMAGE_HINT_H
#define IMAGE_HINT_H

#include <stdbool.h>

#include "buf.h"

/* `lazy_attributes`: names that count besides the ones of the standard, NULL-terminated. Linear. */
bool image_hint_is_in(struct slice body, const char *const *lazy_attributes);

#endif
