/*
 * options.h: the command line, GNU style.
 *
 *	settings_init(&settings);
 *	if (options_parse(argc, argv, &settings, &verb, &fault))
 *		print the fault, exit with 1
 *	config_environment(), config_file()
 *	options_check(&settings, verb, &fault)
 *
 * Long and short flags anywhere, `--flag=value` and `--flag value`, short flags clustered
 * (`-nqj4`), `--` ends the flags. The first argument that is no flag is the verb; the others land
 * in settings.paths. With --help the verb is VERB_HELP and settings.paths holds the verb it was
 * asked for, if any; with --version it is VERB_VERSION; for `picdesk` alone it is VERB_NONE.
 *
 * option_set() is what flags, environment and picdesk.yml have in common: one text for one setting.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "fault.h"
#include "option_table.h"
#include "settings.h"

/* 0, or -EINVAL and one line that says what is wrong and what to do; settings are to be released
 * either way. settings.outputs holds at least one. */
int options_parse(int argc, char **argv, struct settings *settings, enum verb *ret_verb,
		  struct fault *fault);

/* What single settings cannot see: contradictions, and what needs something else. Call it when
 * flags, environment and picdesk.yml are read. Of --min-age and --max-age from two sources the
 * weaker one yields, and `check.fail_on` of picdesk.yml is dropped for other verbs than `check` and
 * `config`. 0, or -EINVAL and one line. */
int options_check(struct settings *settings, enum verb verb, struct fault *fault);

/* Checks `text` and stores it, unless a stronger source has set it (it is checked even then). Lists
 * get one more item; the first one of a source drops those of weaker sources. `text` is NULL for a
 * flag without a value. -EINVAL with what is wrong, without the name of the setting. Not for the
 * kinds of picdesk.yml alone. */
int option_set(const struct option *option, const char *text, enum setting_source source,
	       unsigned line, struct settings *settings, struct fault *fault);

/* A POSIX extended regular expression that compiles and does not blow up. */
int option_check_pattern(const char *text, struct fault *fault);
/* "Name: value" that may be sent (RFC 9110 section 5) and that is not one of those that picdesk
 * sets itself. The value is not in the fault's text: it may be a secret. */
int option_check_header(const char *text, struct fault *fault);
/* A path below the site's root: relative, no "..". ret_path gets it without "." and doubled
 * slashes. */
int option_check_inside(const char *text, char **ret_path, struct fault *fault);

#endif
