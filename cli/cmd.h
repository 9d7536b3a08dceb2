/*
 * cmd.h: the verbs that need no run. Each returns the exit status; stdout is the product, stderr
 * what went wrong.
 */
#ifndef CMD_H
#define CMD_H

#include <stdio.h>

#include "option_table.h"
#include "scanner.h"
#include "settings.h"

/* settings->paths may name one verb. VERB_NONE prints the same to stderr and is an error. */
int cmd_help(const struct settings *settings, enum verb verb);
/* All sources must have been read. `site` is for the defaults that depend on it. */
int cmd_config(const struct settings *settings, const struct site *site);
/* settings->paths may name the folder. */
int cmd_init(const struct settings *settings);

/* What cmd_help() prints: the overview, or one verb; 80 columns, with bold heads when asked for. */
void help_overview(struct buf *ret_text, bool has_color);
void help_verb(enum verb verb, struct buf *ret_text, bool has_color);

#endif
