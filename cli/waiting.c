#include "waiting.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "buf.h"
#include "cleanup.h"
#include "clock.h"
#include "human.h"
#include "interrupt.h"
#include "patience.h"

static int64_t ends_at_ms = INT64_MAX;
static struct progress *display;

static int has_ended(void)
{
	if (interrupt_signal())
		return -ECANCELED;
	return clock_monotonic_ms() >= ends_at_ms ? -ETIMEDOUT : 0;
}

static void tell(const char *holder)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(1u << 14);

	buf_append_string(&line, "picdesk: ");
	human_text(&line, holder);
	buf_append_string(&line, ": waiting for it to end\n");
	if (display && display->mode == PROGRESS_LIVE)
		progress_say(display, buf_string(&line));
	else
		fputs(buf_string(&line), stderr);
}

void waiting_init(void)
{
	patience_set(has_ended, tell);
}

void waiting_set_deadline(int64_t deadline_ms)
{
	ends_at_ms = deadline_ms;
}

void waiting_set_progress(struct progress *progress)
{
	display = progress;
}
