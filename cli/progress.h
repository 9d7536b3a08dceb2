/*
 * progress.h: how far the run is, on stderr: one live line on a terminal, a plain line every 10 s
 * elsewhere, nothing when it is off or the run takes less than a moment.
 *
 *	progress_start(&progress, mode, n_images);
 *	progress_show(&progress, &state, now_ms)   each turn of the loop; draws at most 10 times a
 *second progress_end(&progress)                    wipes the live line
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_mode {
	PROGRESS_OFF,
	PROGRESS_LINES, /* every 10 s */
	PROGRESS_LIVE,
};

struct progress {
	enum progress_mode mode;
	int64_t started_ms, shown_ms;
	bool is_drawn; /* a live line stands on the terminal */
};

struct progress_state {
	size_t total, done, broken;
	uint64_t bytes;
	size_t fetching, rendering;
};

/* LIVE when stderr is a terminal that can, LINES when it is none, OFF when `is_off`. */
enum progress_mode progress_mode_for_stderr(bool is_off);
void progress_start(struct progress *progress, enum progress_mode mode, int64_t now_ms);
void progress_show(struct progress *progress, const struct progress_state *state, int64_t now_ms);
void progress_end(struct progress *progress);
/* When the next progress_show() would draw; INT64_MAX: never. */
int64_t progress_due_ms(const struct progress *progress);

#endif
