/*
 * status_set.h: which statuses count as success, as lychee's --accept writes it: "200..=204",
 * "100..=103,200..=299", "200,204", "200..300" (300 left out), "..=204", "200..".
 */
#ifndef STATUS_SET_H
#define STATUS_SET_H

#include <stdbool.h>

struct status_set {
	bool has[1000]; /* by status, 100..999 */
};

/* false, and *ret_set untouched, when it is no list of statuses. */
bool status_set_parse(const char *text, struct status_set *ret_set);
bool status_set_has(const struct status_set *set, int status);

#endif
