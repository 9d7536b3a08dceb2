/*
 * option_docs.h: what is generated out of the table of verbs and settings when picdesk is built:
 * the completions of three shells, and the lists of the man page. option_docs.c is the program that
 * prints them.
 */
#ifndef OPTION_DOCS_H
#define OPTION_DOCS_H

#include "buf.h"

void completions_bash(struct buf *ret_text);
void completions_zsh(struct buf *ret_text);
void completions_fish(struct buf *ret_text);

/* mdoc: the items of three lists. */
void man_verbs(struct buf *ret_text); /* "build [PATH...]", what it does, examples */
void man_flags(struct buf *ret_text); /* by group */
void man_keys(struct buf *ret_text);  /* of picdesk.yml */

#endif
