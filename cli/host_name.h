/*
 * host_name.h: a host as people write it: "i.ytimg.com", "*.example.org" for every name below,
 * "example.org:8080" for one port.
 */
#ifndef HOST_NAME_H
#define HOST_NAME_H

#include <stdbool.h>

#include "url.h"

#define HOST_NAME_FORM "i.ytimg.com, *.example.org or example.org:8080"

/* As URLs have it ("xn--..." for other alphabets), without the dot of DNS's root, and without the
 * port, which is 0 where none is written. free() it. NULL: it is no host. */
char *host_name_canonical(const char *text, int *ret_port);
/* `name` is canonical, ":8080" behind it or not. */
bool host_name_matches(const char *name, const struct url *url);

#endif
