/*
 * human.h: numbers and untrusted text as people read them on a terminal.
 */
#ifndef HUMAN_H
#define HUMAN_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* "812 B", "3.4 MiB". */
void human_bytes(struct buf *ret_text, uint64_t bytes);
/* "0.4 s", "12 s", "15 min", "3 min 20 s", "2 h 5 min". */
void human_seconds(struct buf *ret_text, double seconds);
/* How long ago, coarse: "5 minutes", "3 hours", "12 days". */
void human_age(struct buf *ret_text, int64_t seconds);
/* "812", "18,000": written into `ret_text`, which it returns. HUMAN_NUMBER(n) lives as long as the
 * block that it stands in. */
#define HUMAN_NUMBER_BYTES 28
char *human_number(uint64_t number, char ret_text[HUMAN_NUMBER_BYTES]);
#define HUMAN_NUMBER(number) human_number(number, (char[HUMAN_NUMBER_BYTES]){0})
/* "1 image", "2,000 images". */
void human_count(struct buf *ret_text, uint64_t count, const char *singular, const char *plural);
/* URLs, headers and file names may hold anything: controls (C0, C1, DEL, bidirectional overrides)
 * and bytes that are no UTF-8 come out as \xNN or \u{NNNN}, so nothing can move the cursor,
 * recolour or reorder a terminal. Nor give GitHub's runner, which reads a job's whole output, a
 * command: the "[" of "##[" and the first ":" of "::" at the beginning come out so, too. */
void human_text(struct buf *ret_text, const char *text);
/* The same of each line, for a terminal: line ends (CRLF, too) and tabs stay. */
void human_lines(struct buf *ret_text, const char *text);

/* The same, and at most HUMAN_MOST_COLUMNS code points of it: of more, the beginning and the end.
 * A URL, a message or a key may be a megabyte long; reports for programs have it whole. */
#define HUMAN_MOST_COLUMNS 2000 /* signed URLs of a thousand are real, and people pipe them on */
void human_shortened(struct buf *ret_text, const char *text);

/* What a terminal needs for the text of human_text(): two columns for East Asian wide letters and
 * emoji (UAX #11), none for combining marks. */
size_t human_columns(const char *text);
/* Text of human_text() in lines of at most `columns`, broken at blanks: the first line begins at
 * column `first` (from 0), those after it are indented by `indent`. A word that is wider has a line
 * of its own. 0 columns: no line is broken. */
void human_folded(struct buf *ret_text, const char *text, size_t first, size_t indent,
		  size_t columns);
/* A link for terminals (OSC 8) to `url`, shown as its beginning and its end when it is wider than
 * `most_columns`. In the target, whatever is no printable ASCII is percent-encoded. */
void human_link(struct buf *ret_text, const char *url, unsigned most_columns);

#endif
