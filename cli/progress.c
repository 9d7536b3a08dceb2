#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "human.h"

#define LIVE_EVERY_MS 100
#define LINES_EVERY_MS 10000

enum progress_mode progress_mode_for_stderr(bool is_off)
{
	const char *term = getenv("TERM");

	if (is_off)
		return PROGRESS_OFF;
	if (isatty(STDERR_FILENO) && term && strcmp(term, "dumb"))
		return PROGRESS_LIVE;
	return PROGRESS_LINES;
}

void progress_start(struct progress *progress, enum progress_mode mode, int64_t now_ms)
{
	*progress = (struct progress){.mode = mode, .started_ms = now_ms, .shown_ms = now_ms};
}

static int64_t every_ms(const struct progress *progress)
{
	return progress->mode == PROGRESS_LIVE ? LIVE_EVERY_MS : LINES_EVERY_MS;
}

int64_t progress_due_ms(const struct progress *progress)
{
	return progress->mode == PROGRESS_OFF ? INT64_MAX : progress->shown_ms + every_ms(progress);
}

static unsigned terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return 80;
	return size.ws_col;
}

static void describe(struct buf *line, const struct progress_state *state, double elapsed_s)
{
	double rate = elapsed_s > 0 ? (double)state->done / elapsed_s : 0;

	buf_printf(line, "%zu/%zu images", state->done, state->total);
	if (state->bytes) {
		buf_append_string(line, ", ");
		human_bytes(line, state->bytes);
		buf_append_string(line, " (");
		human_bytes(line,
			    (uint64_t)((double)state->bytes / (elapsed_s > 1 ? elapsed_s : 1)));
		buf_append_string(line, "/s)");
	}
	if (state->fetching)
		buf_printf(line, ", %zu to fetch", state->fetching);
	if (state->rendering)
		buf_printf(line, ", %zu to render", state->rendering);
	if (state->broken)
		buf_printf(line, ", %zu broken", state->broken);
	if (rate > 0 && state->done < state->total && elapsed_s > 2) {
		buf_append_string(line, ", ");
		human_seconds(line, (double)(state->total - state->done) / rate);
		buf_append_string(line, " left");
	}
}

void progress_show(struct progress *progress, const struct progress_state *state, int64_t now_ms)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(1024);
	unsigned columns;

	if (now_ms < progress_due_ms(progress))
		return;
	progress->shown_ms = now_ms;
	describe(&line, state, (double)(now_ms - progress->started_ms) / 1000);
	if (progress->mode == PROGRESS_LINES) {
		fprintf(stderr, "picdesk: %s\n", buf_string(&line));
		return;
	}
	columns = terminal_columns();
	fprintf(stderr, "\r%.*s\033[K", (int)columns - 1, buf_string(&line));
	fflush(stderr);
	progress->is_drawn = true;
}

void progress_end(struct progress *progress)
{
	if (progress->is_drawn)
		fputs("\r\033[K", stderr);
	progress->is_drawn = false;
}
