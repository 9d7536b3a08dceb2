/*
 * progress.h: how far the run is, on stderr: some live lines on a terminal, a plain line every 10 s
 * elsewhere, nothing when it is off or the run takes less than a moment.
 *
 *	progress_start(&progress, mode, now_ms);
 *	progress_show(&progress, &state, now_ms)   each turn of the loop; at most 10 times a second
 *	progress_say(&progress, lines)             lines that stay, above the display
 *	progress_end(&progress)                    wipes the display
 *
 * A frame is one write, and each line overwrites the one it replaces: nothing is blanked first, so
 * nothing flickers. The display is at most PROGRESS_MOST_LINES high, and a line is never wider than
 * the terminal: it cannot wrap, so the cursor finds back to its top.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define PROGRESS_MOST_HOSTS 3
#define PROGRESS_MOST_LINES (2 + PROGRESS_MOST_HOSTS)

enum progress_mode {
	PROGRESS_OFF,
	PROGRESS_LINES, /* every 10 s */
	PROGRESS_LIVE,
};

struct progress {
	enum progress_mode mode;
	int64_t started_ms, shown_ms;
	unsigned n_drawn;                   /* lines of the display that stand on the terminal */
	size_t widths[PROGRESS_MOST_LINES]; /* of each, in columns */
	unsigned columns;                   /* of the terminal that they were drawn for */
	uint64_t bytes_then;                /* at the last frame, for the rate */
	double bytes_a_s;                   /* smoothed over about a second */
};

struct progress_host {
	const char *host;
	size_t left;   /* requests to finish */
	double rate;   /* finished a second so far */
	double left_s; /* until all are */
};

struct progress_state {
	size_t total, done, broken;
	uint64_t bytes;
	size_t fetching, rendering, renderers;
	struct progress_host hosts[PROGRESS_MOST_HOSTS]; /* the slowest first */
	size_t n_hosts;
};

/* LIVE when stderr is a terminal that can, LINES when it is none, OFF when `is_off`. */
enum progress_mode progress_mode_for_stderr(bool is_off);
void progress_start(struct progress *progress, enum progress_mode mode, int64_t now_ms);
void progress_show(struct progress *progress, const struct progress_state *state, int64_t now_ms);
void progress_say(struct progress *progress, const char *lines);
void progress_end(struct progress *progress);
/* When the next progress_show() would draw; INT64_MAX: never. */
int64_t progress_due_ms(const struct progress *progress);

/* Pure, for progress_show(): one line, and the lines of a display of `columns`, without moves of
 * the cursor; returns how many lines. */
void progress_describe(const struct progress_state *state, double elapsed_s, double bytes_a_s,
		       struct buf *ret_line);
unsigned progress_compose(const struct progress_state *state, double elapsed_s, double bytes_a_s,
			  unsigned columns, struct buf *ret_lines);

#endif
