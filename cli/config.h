/*
 * config.h: settings from the environment and from picdesk.yml.
 *
 *	config_environment(&settings, &errors)
 *	site_find(...)                                   needs --root-dir and the like
 *	config_file(&settings, path, shown, root, &errors)
 *
 * Every error is reported, not only the first: one line each, at most CONFIG_MAX_ERRORS, then how
 * many more. picdesk.yml is trusted like a Makefile: it may name a proxy and send what the
 * environment holds (`${TOKEN}`) to a host. Values of headers are never printed.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "buf.h"
#include "scanner.h"
#include "settings.h"

#define CONFIG_MAX_ERRORS 20
#define CONFIG_MAX_BYTES (1u << 20)

enum config_result {
	CONFIG_OK = 0,
	CONFIG_BAD_ENVIRONMENT = 1, /* these are exit statuses too */
	CONFIG_BAD_FILE = 3,
};

/* PICDESK_<FLAG> of every flag that takes a value or is true or false, and NO_COLOR. An empty
 * variable is one that is not set. `ret_errors` gets lines such as "PICDESK_TIMEOUT: '30' has no
 * unit; ...". */
enum config_result config_environment(struct settings *settings, struct buf *ret_errors);

/* Variables of the environment that begin with PICDESK_ and are no setting: likely misspelt. `each`
 * gets the name and the nearest setting's, or NULL. */
void config_unknown_variables(void (*each)(void *context, const char *name, const char *nearest),
			      void *context);

/* `path` is opened; `shown` is what messages call it ("picdesk.yml"); `root` is the site's,
 * absolute, for `content`, whose paths are relative to the file and end up relative to the root.
 * `ret_errors` gets lines such as "picdesk.yml:12:9: ...". */
enum config_result config_file(struct settings *settings, const char *path, const char *shown,
			       const char *root, struct buf *ret_errors);

/* Where thumbnails and manifest go, from the root: as set, else the generator's default. */
const char *config_publish(const struct settings *settings, const struct site *site);
const char *config_manifest(const struct settings *settings, const struct site *site);

#endif
