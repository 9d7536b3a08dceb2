/*
 * site_config.h: a file of the configuration that marks a site, before anything else is known of
 * it. What the disk does not tell of is not taken for what is not there.
 */
#ifndef SITE_CONFIG_H
#define SITE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

/* Up to 1 MiB of it; free() the text. *ret_text is NULL when there is none, or none for us; what
 * the disk does not give is a fault. */
int site_config_read(const char *folder, const char *name, char **ret_text,
		     size_t *ret_length_bytes, struct fault *fault);

/* Raises what errno says of it. */
int site_config_fail(const char *path, struct fault *fault);

/* "folder/name"; free() it. */
char *site_config_path(const char *folder, const char *name);

/* Whether `name` is the path's first one, as "config" of "config/_default/hugo.toml". */
bool site_config_begins_with(const char *path, const char *name);

#endif
