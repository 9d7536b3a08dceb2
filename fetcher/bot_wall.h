/*
 * bot_wall.h: whether a response is a challenge or a refusal of some guard in front of the site, by
 * the marks that guards leave in header fields and pages. What stands behind it is unknown then, so
 * the image is `blocked`, not `broken`. Pure.
 */
#ifndef BOT_WALL_H
#define BOT_WALL_H

#include <stddef.h>

#include "http_field.h"

/* So much of a page is enough to find the marks. */
#define BOT_WALL_PREFIX_BYTES 16384

/* The guard's name for people ("Cloudflare"), or NULL. `body` is the page's beginning, and may be
 * empty. Never for a response whose body was an image. */
const char *bot_wall_find(int status, const struct http_fields *fields, const char *body,
			  size_t body_bytes);

#endif
