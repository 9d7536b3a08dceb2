/*
 * system_error.h: an error that says nothing of the file that was asked for: the disk or the
 * network does not give it, or there are no descriptors or no memory left. Another time it may be
 * there.
 */
#ifndef SYSTEM_ERROR_H
#define SYSTEM_ERROR_H

#include <stdbool.h>

/* A negative errno. */
bool is_system_error(int error);

#endif
