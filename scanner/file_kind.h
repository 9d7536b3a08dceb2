/*
 * file_kind.h: how a file is read, by its name and its place in the site.
 */
#ifndef FILE_KIND_H
#define FILE_KIND_H

#include <stdbool.h>

#include "scanner.h"

enum file_kind {
	FILE_NONE, /* not read */
	FILE_MARKDOWN,
	FILE_MDX,
	FILE_HTML, /* and templates of HTML: .liquid, .webc */
	FILE_NUNJUCKS,
	FILE_RST,
	FILE_ASCIIDOC,
	FILE_CSS,
	FILE_YAML,
	FILE_JSON,
	FILE_TOML,
	FILE_CSV,
	FILE_TSV,
};

/* By the name alone. */
enum file_kind file_kind_of(const char *path);
bool file_kind_is_data(enum file_kind kind);
/* What is read without being named: articles anywhere, data in the generator's data folders, style
 * sheets under `assets` and where the generator takes files from as they are. `path` is from the
 * root. */
bool file_kind_is_content(const struct site *site, const char *path);

#endif
