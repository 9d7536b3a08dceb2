/*
 * markdown_table.h: tables of GFM (its 4.10): a header, a row of dashes with as many cells, and
 * rows up to an empty line or another block. A '|' parts cells whatever it stands in, code and tags
 * included, and what a row has too much is not shown.
 */
#ifndef MARKDOWN_TABLE_H
#define MARKDOWN_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

bool markdown_table_is_dashes(struct slice row);

size_t markdown_table_cells(struct slice row);

/* Keeps code, tags and brackets of a row within their cells, and hides the cells from `n_cells` on:
 * what begins or ends one elsewhere becomes an 'x'. Of a row with backticks none is hidden, for
 * kramdown and Python-Markdown part no cell within code, and count fewer. Linear. */
void markdown_table_part(char *row, size_t length_bytes, size_t n_cells);

#endif
