/*
 * data_written.h: where in the file the characters of a decoded value are written.
 *
 * Escapes, doubled quotes, folded lines and indentation lie between the two. Blanks are matched run
 * by run: which of several written ones stands for which decoded one makes no difference, for no
 * URL begins with one.
 */
#ifndef DATA_WRITTEN_H
#define DATA_WRITTEN_H

#include "data_tree.h"

/* `source` is the whole file, in which the nodes' offsets are. */

/* The offset of the value's first character that is no blank. */
size_t data_written_start(const struct data_node *node, struct slice source);

/* For each byte of the value, and its end, the offset where it is written; free() it. Linear. */
size_t *data_written_offsets(const struct data_node *node, struct slice source);

#endif
