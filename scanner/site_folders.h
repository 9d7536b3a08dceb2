/*
 * site_folders.h: which folders a site's own configuration names: where its generator takes files
 * from, what of that a browser sees, and where data lie.
 */
#ifndef SITE_FOLDERS_H
#define SITE_FOLDERS_H

#include <stdbool.h>

#include "data_tree.h"
#include "scanner.h"

/* The value of a key; Hugo's are the same in any letter case. `config` may be NULL. */
const struct data_node *site_config_get(const struct data_node *config, enum generator generator,
					const char *key);

/* Hexo, whose sites have a _config.yml as Jekyll's have, tells itself by keys that Jekyll has
 * not. */
bool site_config_is_of_hexo(const struct data_node *config);

/* `config`: the root of the generator's configuration, or NULL when there is none; then, and where
 * it says nothing, the generator's defaults. Fills folders, content_folders, copies, public_folder,
 * output, publish, data_folder and manifest, which site_release() frees. */
void site_folders_take(const struct data_node *config, struct site *site);

#endif
