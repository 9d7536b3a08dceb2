/*
 * clock.h: the two clocks, and time as text. Pure policy takes the time as an argument; only loops
 * and facades read a clock.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_RFC3339_BYTES sizeof "2026-01-01T00:00:00Z"

/* Monotonic, for deadlines and durations. */
int64_t clock_monotonic_ms(void);
#define CLOCK_DAY_S INT64_C(86400)

/* Seconds since the epoch, for freshness and for people. */
int64_t clock_wall_s(void);

/* RFC 3339, UTC, whole seconds. `ret_text` holds CLOCK_RFC3339_BYTES; years outside 0..9999 are
 * clamped. */
void clock_format(int64_t wall_s, char *ret_text);

#endif
