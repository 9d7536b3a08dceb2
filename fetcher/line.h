/*
 * line.h: how many transfers at once the line takes.
 *
 * Many that share a slow line are all too late, each of them good: where one does not come in time,
 * and the others under way get no more than it does, fewer are begun from then on, so many as would
 * come in half the time that there is; at most half as many where no answer came, or no connection,
 * and the others crawl. One more after as many that came early as there may be (AIMD): images, or
 * as much of them as was asked for. What brings none (304, 404, a redirect) shows only that the
 * line takes so many requests, which is enough as long as nothing else is coming.
 * Pure.
 */
#ifndef LINE_H
#define LINE_H

#include <stdbool.h>
#include <stdint.h>

struct line {
	unsigned most;      /* its setting */
	unsigned limit;     /* the adapted one, 1..most */
	unsigned successes; /* since the limit changed */
	int64_t cut_ms;     /* when it was lowered */
};

/* One that did not come whole in time. */
struct line_lapse {
	uint64_t bytes;           /* that came of it */
	uint64_t announced_bytes; /* 0: unknown */
	uint64_t all_bytes;       /* that came of it and all others meanwhile */
	unsigned n_others;        /* whose answers are coming */
	int64_t started_ms, elapsed_ms;
};

/* An answer that came as far as it was wanted. */
struct line_success {
	bool is_image;                  /* its bytes, all or the first ones */
	unsigned n_others;              /* whose answers are coming */
	int64_t elapsed_ms, timeout_ms; /* what it took, and might have taken at most */
};

void line_init(struct line *line, unsigned most);
void line_lapse(struct line *line, const struct line_lapse *lapse, int64_t now_ms);
void line_succeed(struct line *line, const struct line_success *success);

#endif
