/*
 * moved_articles.h: articles that are no longer where `localize` or `fix` changed them.
 */
#ifndef MOVED_ARTICLES_H
#define MOVED_ARTICLES_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "journal.h"
#include "report.h"

bool moved_articles_are_any(int root_fd, const struct journal *journal);
/* Of the files that are gone, or whose name another of them has, those whose very bytes an article
 * of `now` has get its path. */
void moved_articles_find(int root_fd, const struct report *now, struct journal *journal);
/* What is gone all the same leaves the journal, with a line of `notes`. `now` is what the whole
 * site says. Returns of how many an article elsewhere still names an image that came for them. */
size_t moved_articles_drop_gone(int root_fd, const struct report *now, struct journal *journal,
				struct buf *notes);

#endif
