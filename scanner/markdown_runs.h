/*
 * markdown_runs.h: bounds what md4c 0.4.8 spends on a paragraph of very many lines.
 *
 * For each bracket it looks for the bracket's line from the paragraph's first line on: 50,000 lines
 * of `[a](x` take it seconds. In a run of lines that would cost too much, line ends become blanks:
 * the images of a paragraph stay the same, offsets too. Definitions that the run begins with stay
 * as they are: md4c reads them in linear time.
 */
#ifndef MARKDOWN_RUNS_H
#define MARKDOWN_RUNS_H

#include <stddef.h>

void markdown_runs_join(char *text, size_t length_bytes);

#endif
