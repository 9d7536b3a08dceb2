/*
 * verdict.h: what the words of a decoder make of an image. They lie in libvips' error buffer, which
 * is empty afterwards.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>

#include "media_type.h"
#include "structure.h"
#include "thumbs.h"

extern const char verdict_data_is_missing[];

/* `text` up to the end of its line, without the loader's name. */
void verdict_set(struct thumb_result *result, enum thumb_verdict verdict, const char *text);
/* A decoder refused it. Always -1. */
int verdict_of_decoder(enum media_type type, enum structure_state structure,
		       struct thumb_result *result);
/* All pixels of the original came, and an encoder failed, or what it made does not decode: its
 * memory ran out, which not every one says. No fault of the original, and not to be remembered. */
void verdict_of_encoder(struct thumb_result *result);
/* After a decode that succeeded: true when libjpeg complained, whose warnings ("Corrupt JPEG data:
 * ...") become the message where there is none. Other loaders fail at once, or leave notes there
 * that mean nothing. */
bool verdict_take_warning(enum media_type type, struct thumb_result *result);

#endif
