/*
 * front_matter.h: the data at the head of an article, and where the body starts.
 *
 * YAML between `---` and `---` or `...`, TOML between `+++` lines (Hugo), a JSON object (Hugo),
 * JSON between `---json` and `---` and JavaScript behind `---js` (Eleventy), and what only one generator takes for it, below; after
 * a byte order mark too, with LF or CRLF.
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
	FRONT_MATTER_JS,
	FRONT_MATTER_MEMBERS, /* of a JSON object, without its braces */
	FRONT_MATTER_FIELDS,  /* fields_walk.c */
};

enum front_matter_style {
	FRONT_MATTER_MARKED,
	/* The opening `---` may be left out. JSON's members end at `;;;`, and may begin at one. */
	FRONT_MATTER_OF_HEXO,
	/* Without a mark, `Key: value` lines up to an empty one (Python-Markdown's meta-data). */
	FRONT_MATTER_OF_PELICAN,
	/* `:key: value` lines below the title of reStructuredText; the body is the whole text. */
	FRONT_MATTER_OF_PELICAN_RST,
};

struct front_matter {
	enum front_matter_format format;
	size_t start, end;         /* of the data, without its marks */
	size_t body;               /* offset where the body starts */
	bool is_unclosed;          /* marked, but never closed: all but the mark is body */
	size_t mark_offset;        /* of the opening mark */
	bool is_below_blank_lines; /* which only Hugo and Astro skip */
	bool is_unmarked;          /* no mark opens it: it may be text that looks so */
};

void front_matter_find(const char *text, size_t length_bytes, enum front_matter_style style,
		       struct front_matter *ret_front_matter);

#endif
