/*
 * option_table.h: the one table of verbs and settings. The parser of flags, the environment,
 * picdesk.yml, `picdesk help`, `picdesk config`, the completions and the man page all come from it:
 * a new flag is one entry here and one field in struct settings, a new verb one entry and its
 * cmd_<verb>.c.
 */
#ifndef OPTION_TABLE_H
#define OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings.h"

enum verb {
	VERB_NONE, /* only `picdesk`: nothing was asked for */
	VERB_BUILD,
	VERB_WARM,
	VERB_CHECK,
	VERB_SCAN,
	VERB_REPORT,
	VERB_DIFF,
	VERB_SHOW,
	VERB_STATS,
	VERB_GC,
	VERB_FSCK,
	VERB_EXPORT,
	VERB_IMPORT,
	VERB_LOCALIZE,
	VERB_FIX,
	VERB_CONFIG,
	VERB_INIT,
	VERB_HELP,
	VERB_VERSION, /* the flag --version */
	VERB_COUNT,
};

#define VERB_BIT(verb) (1u << (verb))
#define FORMAT_BIT(format) (1u << (format))

#define VERB_MAX_EXAMPLES 4

struct verb_example {
	const char *command, *does;
};

struct verb_info {
	const char *name;     /* NULL: cannot be typed */
	const char *purpose;  /* one line, no full stop */
	const char *details;  /* some sentences for `picdesk help VERB`; NULL: none */
	const char *argument; /* "[PATH...]"; NULL: takes none */
	unsigned min_arguments, max_arguments;
	unsigned formats; /* FORMAT_BIT()s of -f; 0: has no -f */
	struct verb_example examples[VERB_MAX_EXAMPLES];
};
extern const struct verb_info verb_table[VERB_COUNT];
/* VERB_NONE when there is none of that name. */
enum verb verb_parse(const char *name);

enum option_kind {
	OPTION_BOOL,     /* bool; no value */
	OPTION_COUNTED,  /* int; no value, given again it counts up */
	OPTION_NUMBER,   /* int64_t */
	OPTION_MULTIPLE, /* int64_t with k, M, G */
	OPTION_DURATION, /* int64_t, ms */
	OPTION_SIZE,     /* int64_t, bytes */
	OPTION_CHOICE,   /* int or enum: index into `choices` */
	OPTION_STRING,   /* char * */
	OPTION_FILE,     /* char * */
	OPTION_FOLDER,   /* char * */
	OPTION_STATUSES, /* char * */
	OPTION_PROXY,    /* char *, may hold a password */
	OPTION_INSIDE,   /* char *: a path inside the site */
	OPTION_PATTERN,  /* char *: a POSIX extended regular expression */
	OPTION_SHARD,    /* char *: "2/5" */
	OPTION_PATTERNS, /* struct string_list of POSIX extended regular expressions */
	OPTION_HEADERS,  /* struct string_list of "Name: value" */
	OPTION_LIST,     /* struct string_list */
	OPTION_HOSTNAME, /* struct string_list of canonical hosts */
	OPTION_PATHS,    /* struct string_list of paths, relative to picdesk.yml */
	OPTION_PRIVATE,  /* allow_private and allow_cidrs */
	OPTION_FORMAT,   /* outputs */
	OPTION_OUTPUT,   /* outputs */
	OPTION_SPECS,    /* specs; only in picdesk.yml */
	OPTION_HOSTS,    /* hosts; only in picdesk.yml */
	OPTION_SEVERITY, /* severities; only in picdesk.yml */
	OPTION_HELP,     /* no setting */
	OPTION_VERSION,  /* no setting */
};

enum option_group {
	GROUP_SITE,
	GROUP_FETCH,
	GROUP_CACHE,
	GROUP_THUMBS,
	GROUP_EDITS,
	GROUP_VERDICT,
	GROUP_OUTPUT,
	GROUP_COUNT,
};
extern const char *const option_group_titles[GROUP_COUNT];

struct option {
	enum setting setting;
	enum option_kind kind;
	enum option_group group;
	const char *flag;  /* "max-concurrency"; NULL: not a flag */
	char letter;       /* 0: none */
	const char *key;   /* in picdesk.yml, "fetch.max_concurrency"; NULL: not there */
	const char *value; /* what stands for the value in help, "N"; NULL: takes none */
	size_t offset;     /* of its field in struct settings */
	int64_t minimum, maximum, initial; /* for the int64_t kinds */
	const char *const *choices;        /* OPTION_CHOICE: NULL-terminated */
	const char *otherwise; /* the default in words, where it is no value: "the cores" */
	unsigned verbs;        /* VERB_BIT()s that the flag fits */
	unsigned moot;    /* those that may have it, and it changes nothing: not in their help */
	const char *help; /* one sentence, lower case, no full stop; for flags and keys */
};
extern const struct option option_table[];
extern const size_t option_count;
#define OPTION_MAX 128 /* option_count is below it: room in arrays by option */

bool option_is_int64(const struct option *option);
bool option_is_string(const struct option *option);
bool option_is_list(const struct option *option);
bool option_takes_value(const struct option *option); /* with --allow-private[=CIDR]: false */
void *option_field(const struct option *option, struct settings *settings);
const struct option *option_of_setting(enum setting setting); /* never NULL */

/* "PICDESK_MAX_CONCURRENCY"; false when there is no such variable. */
#define OPTION_VARIABLE_BYTES 64
bool option_variable(const struct option *option, char *ret_name);
/* The default as text: "50ms", "the cores", ""; ret_text holds UNITS_TEXT_BYTES. */
const char *option_default(const struct option *option, char *ret_text);
/* A value of the int64_t kinds as text that parses to it again; ret_text holds UNITS_TEXT_BYTES. */
const char *option_format_int64(const struct option *option, int64_t value, char *ret_text);

#endif
