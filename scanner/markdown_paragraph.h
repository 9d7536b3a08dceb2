/*
 * markdown_paragraph.h: the lines of a paragraph, and what its code, tags and comments are to md4c
 * 0.4.8, once they are known to be all.
 *
 *	struct markdown_paragraph paragraph = {.text = text};
 *	markdown_paragraph_add(&paragraph, start, end), for each line
 *	markdown_paragraph_end(&paragraph, false);
 */
#ifndef MARKDOWN_PARAGRAPH_H
#define MARKDOWN_PARAGRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Of a longer run of backticks no end is looked for: looking stays linear. */
#define MARKDOWN_MAX_BACKTICKS 32

/* Runs of backticks that no later one ends, by their length. All zero: none is known. */
struct markdown_code {
	bool has_no_end[MARKDOWN_MAX_BACKTICKS + 1];
};

/* Of the run of backticks at `at`, before `end`. */
size_t markdown_code_backticks(const char *text, size_t at, size_t end);

/* Behind the code span that begins with the `n` backticks at `at`; 0 when it does not end. */
size_t markdown_code_end(struct markdown_code *code, const char *text, size_t at, size_t end,
			 size_t n);

/* The last "-->" before `end`, or NULL. */
const char *markdown_last_comment_end(const char *text, size_t end);

struct markdown_paragraph {
	char *text; /* that the lines are of */
	struct markdown_paragraph_line {
		size_t start, end;
	} * lines;
	size_t n_lines, capacity;
	struct buf joined; /* scratch */
};

void markdown_paragraph_release(struct markdown_paragraph *paragraph);

void markdown_paragraph_add(struct markdown_paragraph *paragraph, size_t start, size_t end);

/*
 * Changes the text in place and forgets the lines. md4c reads comments as CommonMark 0.29 did: two
 * hyphens in one make it text, so they become letters. `is_cut`: md4c goes on with what comes next,
 * so what begins code or a comment and ends neither here becomes letters, too. Linear.
 */
void markdown_paragraph_end(struct markdown_paragraph *paragraph, bool is_cut);

#endif
