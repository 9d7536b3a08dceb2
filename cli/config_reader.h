/*
 * config_reader.h: picdesk.yml while it is read: its text, where the errors go, and the kinds of
 * value that every key shares. config.c knows the keys, config_thumbs.c and config_hosts.c the two
 * that are tables of their own, config_places.c where output may go.
 */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "data_tree.h"
#include "settings.h"

struct config_reader {
	const char *shown; /* what messages call the file */
	struct slice text;
	size_t *line_starts; /* offset of each line; config_lines_init() */
	size_t n_lines;
	struct settings *settings;
	struct buf *errors;
	size_t n_errors;
};

/* One error: "picdesk.yml:12:9: <message>". */
__attribute__((format(printf, 3, 4))) void config_error(struct config_reader *reader, size_t offset,
							const char *format, ...);
/* "or N more" when there were too many. */
void config_errors_finish(struct config_reader *reader);
/* Once the text is there; free(reader.line_starts) at the end. */
void config_lines_init(struct config_reader *reader);
unsigned config_line(const struct config_reader *reader, size_t offset);

/* An empty value, `null` or `~`: as if the key were not there. */
bool config_is_null(const struct data_node *node);
/* True for a mapping and a sequence; else reports what `key` has to be, "a list", and returns
 * false. */
bool config_expect(struct config_reader *reader, const struct data_node *node, enum data_kind kind,
		   const char *key);

/* Each key of the mapping in turn: unknown ones are reported with the nearest of `known` (in front
 * of which messages put `prefix`, "fetch."), those given twice too. `use` gets the rest, without
 * nulls; `index` is that of the key in `known`. */
typedef void config_use(struct config_reader *reader, size_t index, const struct data_node *node,
			void *context);
void config_each(struct config_reader *reader, const struct data_node *mapping, const char *prefix,
		 const char *const *known, size_t n_known, config_use *use, void *context);
/* The same where any key may stand, nulls too: without those given twice. A mapping of more than
 * `max` keys is reported as `key` and passed over: an alias may stand for a large one many times.
 */
typedef void config_use_any(struct config_reader *reader, const struct data_node *key,
			    const struct data_node *node, void *context);
void config_each_any(struct config_reader *reader, const struct data_node *mapping, const char *key,
		     size_t max, config_use_any *use, void *context);

/* A scalar's text into *ret_text; reports and returns false where it is none, is empty, or holds a
 * NUL. `key` is the full one. */
bool config_text(struct config_reader *reader, const struct data_node *node, const char *key,
		 const char **ret_text);
bool config_number(struct config_reader *reader, const struct data_node *node, const char *key,
		   int64_t minimum, int64_t maximum, int64_t *ret_number);
bool config_bool(struct config_reader *reader, const struct data_node *node, const char *key,
		 bool *ret_value);
/* ${NAME} becomes the variable's value, "$${" becomes "${"; a missing variable is reported by its
 * name, unless the text is going to be sent to no one. NULL then; free() it. */
char *config_expand(struct config_reader *reader, const struct data_node *node, const char *text);

/* {Name: value} as "Name: value" items, values expanded; values are never in a message. */
void config_headers(struct config_reader *reader, const struct data_node *node, const char *key,
		    struct string_list *ret_headers);

void config_thumbs(struct config_reader *reader, const struct data_node *node);
void config_hosts(struct config_reader *reader, const struct data_node *node);
/* `publish` and `manifest` of the whole mapping, once all keys are read: places below `root` where
 * thumbnails and a manifest can be, which the cache's folder is not. */
void config_places(struct config_reader *reader, const struct data_node *mapping, const char *root);

#endif
