/*
 * text_ahead.h: a text that a thread makes while its reader has something else to do.
 *
 *	struct text_ahead *ahead = text_ahead_start(write, context);
 *	... other work
 *	text_ahead_write(ahead, &text);
 *	text_ahead_free(ahead);
 *
 * The thread, one of disk_work.h, is at most some TEXT_AHEAD_BYTES ahead of the reader, who is
 * always the one that started it.
 */
#ifndef TEXT_AHEAD_H
#define TEXT_AHEAD_H

#include <stddef.h>

#include "buf.h"

#define TEXT_AHEAD_BYTES ((size_t)8 << 20)

struct text_ahead;

/* Appends the whole text, without errors of its own. */
typedef void text_writer(const void *context, struct buf *ret_text);

/* The context is borrowed, and must not change, until text_ahead_free(). Owned by the caller. */
struct text_ahead *text_ahead_start(text_writer *write, const void *context);
/* Appends what there is and what comes, to the end; once. Where no thread could be made, the text is
 * made now. */
void text_ahead_write(const void *ahead, struct buf *ret_text);
/* What nobody has read is made all the same, and dropped. NULL is allowed. */
void text_ahead_free(struct text_ahead *ahead);

#endif
