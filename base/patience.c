#include "patience.h"

#include <stddef.h>

#include "clock.h"

static int (*has_ended)(void);
static void (*tell_of)(const char *holder);

void patience_set(int (*ended)(void), void (*tell)(const char *holder))
{
	has_ended = ended;
	tell_of = tell;
}

void patience_note(struct patience *patience, const char *holder)
{
	int64_t now_ms = clock_monotonic_ms();

	if (!patience->since_ms)
		patience->since_ms = now_ms;
	if (patience->is_long || now_ms - patience->since_ms < PATIENCE_LEAST_MS)
		return;
	patience->is_long = true;
	if (tell_of)
		tell_of(holder);
}

int patience_ask(struct patience *patience, const char *holder)
{
	patience_note(patience, holder);
	return patience->is_long && has_ended ? has_ended() : 0;
}
