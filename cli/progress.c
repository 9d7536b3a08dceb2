#include "progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "human.h"

#define LIVE_EVERY_MS 100
#define LINES_EVERY_MS 10000
/* Before this, a guess at what is left says nothing. */
#define GUESS_AFTER_S 2
/* A host that is done sooner is not worth a line. */
#define SLOW_HOST_S 5
#define BAR_COLUMNS 16

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

/* --- what is said -------------------------------------------------------------------------------
 */

/* By the pace so far, and never less than the slowest host needs. 0: not known yet. */
static double left_s(const struct progress_state *state, double elapsed_s)
{
	double seconds =
		state->done ? (double)(state->total - state->done) * elapsed_s / (double)state->done
			    : 0;

	if (elapsed_s < GUESS_AFTER_S || state->done >= state->total)
		return 0;
	if (state->n_hosts && state->hosts[0].left_s > seconds)
		seconds = state->hosts[0].left_s;
	return seconds;
}

static void append_done(struct buf *line, const struct progress_state *state)
{
	buf_printf(line, "%s/%s", HUMAN_NUMBER(state->done), HUMAN_NUMBER(state->total));
}

static void append_bytes(struct buf *line, const struct progress_state *state, double bytes_a_s)
{
	if (!state->bytes)
		return;
	buf_append_string(line, ", ");
	human_bytes(line, state->bytes);
	buf_append_string(line, " (");
	human_bytes(line, (uint64_t)bytes_a_s);
	buf_append_string(line, "/s)");
}

static void append_left(struct buf *line, const struct progress_state *state, double elapsed_s)
{
	double seconds = left_s(state, elapsed_s);

	if (seconds < 0.5)
		return;
	buf_append_string(line, ", ");
	human_seconds(line, seconds);
	buf_append_string(line, " left");
}

static void append_stages(struct buf *line, const struct progress_state *state)
{
	const char *separator = "";

	if (state->fetching) {
		buf_printf(line, "%s to fetch", HUMAN_NUMBER(state->fetching));
		separator = ", ";
	}
	if (state->rendering) {
		size_t busy =
			state->rendering < state->renderers ? state->rendering : state->renderers;

		buf_printf(line, "%s%s to decode (%zu of ", separator,
			   HUMAN_NUMBER(state->rendering), busy);
		human_count(line, state->renderers, "renderer", "renderers");
		buf_append_string(line, " busy)");
		separator = ", ";
	}
	if (!state->broken)
		return;
	buf_printf(line, "%s%s broken", separator, HUMAN_NUMBER(state->broken));
}

static void append_host(struct buf *line, const struct progress_host *host)
{
	human_text(line, host->host);
	buf_printf(line, ": %s left", HUMAN_NUMBER(host->left));
	if (host->rate > 0)
		buf_printf(line, host->rate < 10 ? ", %.1f/s" : ", %.0f/s", host->rate);
	buf_append_string(line, ", ");
	human_seconds(line, host->left_s);
}

void progress_describe(const struct progress_state *state, double elapsed_s, double bytes_a_s,
		       struct buf *ret_line)
{
	CLEANUP(buf_release) struct buf stages = BUF_INIT(1024);

	append_done(ret_line, state);
	buf_append_string(ret_line, state->total == 1 ? " image" : " images");
	append_bytes(ret_line, state, bytes_a_s);
	append_stages(&stages, state);
	if (stages.length_bytes)
		buf_printf(ret_line, ", %s", buf_string(&stages));
	append_left(ret_line, state, elapsed_s);
	if (state->n_hosts && state->hosts[0].left_s >= SLOW_HOST_S) {
		buf_append_string(ret_line, "; ");
		append_host(ret_line, &state->hosts[0]);
	}
}

static void append_bar(struct buf *line, const struct progress_state *state)
{
	size_t filled = state->total ? state->done * BAR_COLUMNS / state->total : 0;

	buf_append_char(line, '[');
	for (size_t i = 0; i < BAR_COLUMNS; i++)
		buf_append_char(line, i < filled ? '=' : i == filled ? '>' : ' ');
	buf_printf(line, "] %3zu%%  ", state->total ? state->done * 100 / state->total : 0);
}

/* All that a line holds is ASCII or was made so, but for letters in host names: cutting by bytes
 * may only make such a line shorter. The last column stays free, where some terminals wrap early.
 */
static void add_line(struct buf *lines, const struct buf *line, unsigned columns)
{
	size_t room = columns > 1 ? columns - 1 : 1;
	size_t length = line->length_bytes < room ? line->length_bytes : room;

	while (length && length < line->length_bytes &&
	       ((unsigned char)line->data[length] & 0xc0) == 0x80)
		length--;
	buf_append(lines, buf_string(line), length);
	buf_append_char(lines, '\n');
}

unsigned progress_compose(const struct progress_state *state, double elapsed_s, double bytes_a_s,
			  unsigned columns, struct buf *ret_lines)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(4096);
	unsigned count = 1;

	append_bar(&line, state);
	append_done(&line, state);
	append_left(&line, state, elapsed_s);
	append_bytes(&line, state, bytes_a_s);
	add_line(ret_lines, &line, columns);
	buf_clear(&line);
	append_stages(&line, state);
	if (line.length_bytes) {
		add_line(ret_lines, &line, columns);
		count++;
	}
	for (size_t i = 0; i < state->n_hosts; i++) {
		if (state->hosts[i].left_s < SLOW_HOST_S)
			continue;
		buf_clear(&line);
		buf_append_string(&line, "  ");
		append_host(&line, &state->hosts[i]);
		add_line(ret_lines, &line, columns);
		count++;
	}
	return count;
}

/* --- on the terminal ----------------------------------------------------------------------------
 */

static void write_all(const struct buf *text)
{
	size_t done = 0;

	while (done < text->length_bytes) {
		ssize_t written =
			write(STDERR_FILENO, text->data + done, text->length_bytes - done);

		if (written < 0 && errno != EINTR)
			return; /* nobody looks any more */
		done += written > 0 ? (size_t)written : 0;
	}
}

/* To the first line of the display; returns how many rows it stands above the cursor: a terminal
 * that became narrower has broken its lines anew. */
static size_t move_to_top(const struct progress *progress, unsigned columns, struct buf *frame)
{
	size_t rows = 0;

	for (unsigned i = 0; i < progress->n_drawn; i++)
		rows += progress->widths[i] > columns
				? (progress->widths[i] + columns - 1) / columns
				: 1;
	if (rows)
		buf_printf(frame, "\r\033[%zuA", rows);
	return rows;
}

/* Line by line: what is erased at once, from the screen's top, lands in the history of some
 * terminals. The cursor ends where the display began. */
static void wipe(struct progress *progress, struct buf *frame)
{
	size_t rows = move_to_top(progress, terminal_columns(), frame);

	for (size_t i = 0; i < rows; i++)
		buf_append_string(frame, "\033[K\r\n");
	if (rows)
		buf_printf(frame, "\033[J\r\033[%zuA", rows);
	progress->n_drawn = 0;
}

/* Counts each line's columns: bytes, which are no fewer. */
static void note_widths(struct progress *progress, const char *lines)
{
	progress->n_drawn = 0;
	for (const char *end; (end = strchr(lines, '\n')); lines = end + 1)
		progress->widths[progress->n_drawn++] = (size_t)(end - lines);
}

static void draw(struct progress *progress, const struct progress_state *state, double elapsed_s)
{
	CLEANUP(buf_release) struct buf lines = BUF_INIT(1u << 16);
	CLEANUP(buf_release) struct buf frame = BUF_INIT(1u << 16);
	unsigned columns = terminal_columns();
	unsigned count = progress_compose(state, elapsed_s, progress->bytes_a_s, columns, &lines);
	size_t rows = move_to_top(progress, columns, &frame);

	/* A row that was broken stays joined to the next one, unless it is erased as a whole. */
	if (rows && columns != progress->columns)
		buf_append_string(&frame, "\033[J");
	progress->columns = columns;
	for (const char *c = buf_string(&lines); *c; c++)
		if (*c == '\n')
			buf_append_string(&frame, "\033[K\r\n");
		else
			buf_append_char(&frame, *c);
	if (count < rows)
		buf_append_string(&frame, "\033[J");
	write_all(&frame);
	note_widths(progress, buf_string(&lines));
}

static void measure_bytes(struct progress *progress, uint64_t bytes, int64_t now_ms)
{
	double since_s = (double)(now_ms - progress->shown_ms) / 1000;
	double now = since_s > 0 ? (double)(bytes - progress->bytes_then) / since_s : 0;
	double weight = since_s < 1 ? since_s : 1;

	progress->bytes_a_s += (now - progress->bytes_a_s) * weight;
	progress->bytes_then = bytes;
}

void progress_show(struct progress *progress, const struct progress_state *state, int64_t now_ms)
{
	double elapsed_s = (double)(now_ms - progress->started_ms) / 1000;
	CLEANUP(buf_release) struct buf line = BUF_INIT(4096);

	if (now_ms < progress_due_ms(progress))
		return;
	measure_bytes(progress, state->bytes, now_ms);
	progress->shown_ms = now_ms;
	if (progress->mode == PROGRESS_LIVE) {
		draw(progress, state, elapsed_s);
		return;
	}
	buf_append_string(&line, "picdesk: ");
	progress_describe(state, elapsed_s, progress->bytes_a_s, &line);
	buf_append_char(&line, '\n');
	write_all(&line);
}

void progress_say(struct progress *progress, const char *lines)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 16);

	if (progress->mode == PROGRESS_OFF || !*lines)
		return;
	wipe(progress, &text);
	buf_append_string(&text, lines);
	write_all(&text);
}

void progress_end(struct progress *progress)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64);

	wipe(progress, &text);
	write_all(&text);
}
