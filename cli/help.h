/*
 * help.h: what `picdesk help` prints, made from the table of verbs and settings: at most 80
 * columns.
 */
#ifndef HELP_H
#define HELP_H

#include <stdbool.h>

#include "buf.h"
#include "option_table.h"

/* The jobs, the first steps, the verbs, the exit statuses. */
void help_overview(struct buf *ret_text, bool has_color);
/* One verb: examples, usage, flags. */
void help_verb(enum verb verb, struct buf *ret_text, bool has_color);

#endif
