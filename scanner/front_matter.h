/*
 * front_matter.h: the data at the head of an article, and where the body starts.
 *
 * YAML between `---` and `---` or `...`, TOML between `+++` lines (Hugo), a JSON object (Hugo),
 * JSON between `---json` and `---` (Eleventy); after a byte order mark too, with LF or CRLF.
 */
#ifndef FRONT_MATTER_H
#define FRONT_MATTER_H

#include <stdbool.h>
#include <stddef.h>

enum front_matter_format {
	FRONT_MATTER_NONE,
	FRONT_MATTER_YAML,
	FRONT_MATTER_TOML,
	FRONT_MATTER_JSON,
};

struct front_matter {
	enum front_matter_format format;
	size_t start, end;         /* of the data, without its marks */
	size_t body;               /* offset where the body starts */
	bool is_unclosed;          /* marked, but never closed: all but the mark is body */
	size_t mark_offset;        /* of the opening mark */
	bool is_below_blank_lines; /* which only Hugo and Astro skip */
};

void front_matter_find(const char *text, size_t length_bytes,
		       struct front_matter *ret_front_matter);

#endif
