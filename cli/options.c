#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "nearest.h"
#include "peer_flags.h"
#include "quoted.h"

/* One -f with its -o; either may be missing. */
struct output_pair {
	bool has_format;
	int format;
	const char *path; /* NULL: no -o */
};

struct parser {
	char **arguments;
	int count, next;
	struct settings *settings;
	struct fault *fault;
	enum verb verb;
	bool has_verb, wants_help, wants_version;
	bool seen[OPTION_MAX]; /* by index into option_table */
	struct output_pair pairs[SETTINGS_MAX_OUTPUTS];
	size_t n_pairs;
};

static size_t index_of(const struct option *option)
{
	return (size_t)(option - option_table);
}

static const struct option *find_flag(const char *name, size_t length_bytes)
{
	for (size_t i = 0; i < option_count; i++) {
		const char *flag = option_table[i].flag;

		if (flag && strlen(flag) == length_bytes && !memcmp(flag, name, length_bytes))
			return &option_table[i];
	}
	return NULL;
}

static const struct option *find_letter(char letter)
{
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].letter == letter)
			return &option_table[i];
	return NULL;
}

static bool is_format(const char *name)
{
	for (const char *const *form = option_of_setting(SETTING_FORMAT)->choices; *form; form++)
		if (!strcmp(*form, name))
			return true;
	return false;
}

static int unknown_flag(struct parser *parser, const char *name)
{
	const char *flags[OPTION_MAX], *nearest, *advice = peer_flag_advice(name);
	size_t n = 0;

	if (is_format(name))
		return fault_raise(parser->fault, -EINVAL,
				   "unknown flag --%s; did you mean --format %s?", name, name);
	if (advice)
		return fault_raise(parser->fault, -EINVAL, "unknown flag --%s; %s", name, advice);
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].flag)
			flags[n++] = option_table[i].flag;
	nearest = nearest_word(name, flags, n);
	if (nearest)
		return fault_raise(
			parser->fault, -EINVAL, "unknown flag --%.*s; did you mean --%s?",
			(int)strlen(quoted(name).text) - 2, quoted(name).text + 1, nearest);
	return fault_raise(parser->fault, -EINVAL,
			   "unknown flag --%.*s; 'picdesk help' lists the verbs, "
			   "'picdesk help VERB' its flags",
			   (int)strlen(quoted(name).text) - 2, quoted(name).text + 1);
}

static int unknown_verb(struct parser *parser, const char *name)
{
	const char *verbs[VERB_COUNT], *nearest;
	size_t n = 0;

	for (int i = 0; i < VERB_COUNT; i++)
		if (verb_table[i].name)
			verbs[n++] = verb_table[i].name;
	nearest = nearest_word(name, verbs, n);
	if (nearest)
		return fault_raise(parser->fault, -EINVAL, "unknown verb %s; did you mean %s?",
				   quoted(name).text, nearest);
	if (find_flag(name, strlen(name)))
		return fault_raise(parser->fault, -EINVAL, "unknown verb %s; did you mean --%s?",
				   quoted(name).text, name);
	return fault_raise(
		parser->fault, -EINVAL,
		"unknown verb %s; 'picdesk help' lists them, 'picdesk check PATH' takes paths",
		quoted(name).text);
}

/* -f opens a pair that has one already, and -o likewise: so each belongs to its neighbour. */
static int add_output(struct parser *parser, const struct option *option, const char *text)
{
	bool is_format = option->kind == OPTION_FORMAT;
	struct output_pair *pair = parser->n_pairs ? &parser->pairs[parser->n_pairs - 1] : NULL;

	if (!pair || (is_format ? pair->has_format : pair->path != NULL)) {
		if (parser->n_pairs == SETTINGS_MAX_OUTPUTS)
			return fault_raise(parser->fault, -EINVAL,
					   "more than %d reports were asked for",
					   SETTINGS_MAX_OUTPUTS);
		pair = &parser->pairs[parser->n_pairs++];
	}
	if (!is_format) {
		pair->path = text;
		return 0;
	}
	pair->has_format = true;
	for (pair->format = 0; option->choices[pair->format]; pair->format++)
		if (!strcmp(option->choices[pair->format], text))
			return 0;
	return -ENOENT;
}

/* What the user typed, for messages: "--jobs", "-j". */
static const char *spelling(const struct option *option, bool is_short, char *ret_text)
{
	if (is_short) {
		ret_text[0] = '-';
		ret_text[1] = option->letter;
		ret_text[2] = '\0';
	} else {
		stpcpy(stpcpy(ret_text, "--"), option->flag);
	}
	return ret_text;
}

static int take(struct parser *parser, const struct option *option, bool is_short, const char *text)
{
	char name[OPTION_VARIABLE_BYTES];
	int error;

	parser->seen[index_of(option)] = true;
	spelling(option, is_short, name);
	if (option->kind == OPTION_HELP) {
		parser->wants_help = true;
		return 0;
	}
	if (option->kind == OPTION_VERSION) {
		parser->wants_version = true;
		return 0;
	}
	if (option->kind == OPTION_FORMAT || option->kind == OPTION_OUTPUT) {
		error = add_output(parser, option, text);
		if (error != -ENOENT && error)
			return error;
	}
	error = option_set(option, text, SOURCE_FLAG, 0, parser->settings, parser->fault);
	if (!error)
		return 0;
	/* One line: the flag in front of what is wrong. */
	CLEANUP(cleanup_free) char *why = alloc_string(parser->fault ? parser->fault->text : "");
	return fault_raise(parser->fault, error, "%s: %s", name, why);
}

/* The value in the next argument; one that is itself a flag was forgotten. */
static int next_value(struct parser *parser, const struct option *option, bool is_short,
		      const char **ret_text)
{
	char name[OPTION_VARIABLE_BYTES];
	const char *text = parser->next < parser->count ? parser->arguments[parser->next] : NULL;

	spelling(option, is_short, name);
	if (!text)
		return fault_raise(parser->fault, -EINVAL, "%s needs a value: %s %s", name, name,
				   option->value);
	if (!strncmp(text, "--", 2) && find_flag(text + 2, strcspn(text + 2, "=")))
		return fault_raise(
			parser->fault, -EINVAL,
			"%s needs a value, but a flag follows; if it is meant, write --%s=%s", name,
			option->flag, text);
	parser->next++;
	*ret_text = text;
	return 0;
}

/* `--allow-private 10.0.0.0/8` would be a path. A flag that may stand alone has its value behind
 * '='; a file of that name is "./10.0.0.0". */
static int check_ranges_are_joined(const struct parser *parser, const struct option *option)
{
	const char *word = parser->next < parser->count ? parser->arguments[parser->next] : "";
	CLEANUP(cleanup_free) char *range = alloc_string_n(word, strcspn(word, ","));
	struct fetch_cidr cidr;

	if (option->kind != OPTION_PRIVATE || !fetch_cidr_parse(range, &cidr))
		return 0;
	return fault_raise(parser->fault, -EINVAL, "--%s takes its ranges after '=': --%s=%s",
			   option->flag, option->flag, word);
}

static int parse_long(struct parser *parser, const char *argument)
{
	size_t length = strcspn(argument, "=");
	const char *text = argument[length] ? argument + length + 1 : NULL;
	const struct option *option = find_flag(argument, length);
	int error;

	if (!option) {
		CLEANUP(cleanup_free) char *name = alloc_string_n(argument, length);

		return unknown_flag(parser, name);
	}
	if (text && !option->value)
		return fault_raise(parser->fault, -EINVAL, "--%s takes no value", option->flag);
	if (!text && option_takes_value(option)) {
		error = next_value(parser, option, false, &text);
		if (error)
			return error;
	}
	error = text ? 0 : check_ranges_are_joined(parser, option);
	return error ? error : take(parser, option, false, text);
}

/* "nqj4": flags without a value, then perhaps one with it. */
static int parse_letters(struct parser *parser, const char *letters)
{
	for (; *letters; letters++) {
		const struct option *option = find_letter(*letters);
		const char *text = NULL;
		int error;

		if (!option) {
			char name[] = {*letters, '\0'};

			return fault_raise(
				parser->fault, -EINVAL,
				"unknown flag -%.*s; 'picdesk help VERB' lists a verb's flags",
				(int)strlen(quoted(name).text) - 2, quoted(name).text + 1);
		}
		if (!option_takes_value(option)) {
			error = take(parser, option, true, NULL);
			if (error)
				return error;
			continue;
		}
		if (letters[1])
			text = letters + (letters[1] == '=' ? 2 : 1);
		else if ((error = next_value(parser, option, true, &text)))
			return error;
		return take(parser, option, true, text);
	}
	return 0;
}

static int take_word(struct parser *parser, const char *word)
{
	if (parser->has_verb) {
		string_list_add(&parser->settings->paths, word);
		return 0;
	}
	parser->has_verb = true;
	parser->verb = verb_parse(word);
	return parser->verb == VERB_NONE ? unknown_verb(parser, word) : 0;
}

static int parse_arguments(struct parser *parser)
{
	bool only_words = false;

	while (parser->next < parser->count) {
		const char *argument = parser->arguments[parser->next++];
		int error;

		if (!only_words && !strcmp(argument, "--")) {
			only_words = true;
			continue;
		}
		if (only_words || argument[0] != '-' || !argument[1])
			error = take_word(parser, argument);
		else if (argument[1] == '-')
			error = parse_long(parser, argument + 2);
		else
			error = parse_letters(parser, argument + 1);
		if (error)
			return error;
	}
	return 0;
}

/* "build, warm and check". */
static void list_verbs(unsigned verbs, struct buf *ret_text)
{
	unsigned left = 0, first = 1;

	for (int verb = 0; verb < VERB_COUNT; verb++)
		left += verb_table[verb].name && (verbs & VERB_BIT(verb));
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		if (!verb_table[verb].name || !(verbs & VERB_BIT(verb)))
			continue;
		buf_printf(ret_text, "%s%s",
			   first       ? ""
			   : left == 1 ? " and "
				       : ", ",
			   verb_table[verb].name);
		first = 0;
		left--;
	}
}

static int check_flags_fit(const struct parser *parser)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		CLEANUP(buf_release) struct buf verbs = BUF_INIT(500);

		if (!parser->seen[i] || ((option->verbs | option->moot) & VERB_BIT(parser->verb)))
			continue;
		list_verbs(option->verbs, &verbs);
		return fault_raise(parser->fault, -EINVAL, "--%s does not fit %s; it fits %s",
				   option->flag, verb_table[parser->verb].name, buf_string(&verbs));
	}
	return 0;
}

static int check_words_fit(const struct parser *parser)
{
	const struct verb_info *verb = &verb_table[parser->verb];
	const struct string_list *words = &parser->settings->paths;

	for (size_t i = 0; i < words->count; i++)
		if (!*words->items[i])
			return fault_raise(parser->fault, -EINVAL,
					   "an argument of %s is empty (a variable that is not "
					   "set?)",
					   verb->name);
	if (words->count < verb->min_arguments)
		return fault_raise(parser->fault, -EINVAL, "%s needs %s: picdesk %s %s", verb->name,
				   verb->min_arguments == 1 ? "an argument" : "two arguments",
				   verb->name, verb->argument);
	if (words->count <= verb->max_arguments)
		return 0;
	if (!verb->max_arguments)
		return fault_raise(parser->fault, -EINVAL, "%s takes no argument, but %s was given",
				   verb->name, quoted(words->items[0]).text);
	return fault_raise(parser->fault, -EINVAL, "%s takes %s, but %s was given too", verb->name,
			   verb->max_arguments == 1 ? "one argument" : "two arguments",
			   quoted(words->items[verb->max_arguments]).text);
}

static int check_pair(const struct parser *parser, size_t i)
{
	const struct output_pair *pair = &parser->pairs[i];
	const struct verb_info *verb = &verb_table[parser->verb];
	const char *const *names = option_of_setting(SETTING_FORMAT)->choices;

	if (!(verb->formats & FORMAT_BIT(pair->format)))
		return fault_raise(parser->fault, -EINVAL,
				   "--format %s does not fit %s; it has text%s and json",
				   names[pair->format], verb->name,
				   verb->formats & FORMAT_BIT(FORMAT_MARKDOWN) ? ", markdown" : "");
	if (!pair->has_format && parser->n_pairs > 1)
		return fault_raise(
			parser->fault, -EINVAL,
			"--output %s has no --format; with several reports give them in pairs",
			quoted(pair->path).text);
	for (size_t k = 0; k < i; k++) {
		const char *a = pair->path ? pair->path : "-", *b = parser->pairs[k].path;

		if (!strcmp(a, b ? b : "-"))
			return fault_raise(
				parser->fault, -EINVAL,
				"two reports go to %s; give each --format its own --output",
				strcmp(a, "-") ? quoted(a).text : "standard output");
	}
	return 0;
}

/* As many -f as -o: the first belongs to the first, wherever they stand. */
static void pair_by_number(struct parser *parser)
{
	struct output_pair pairs[SETTINGS_MAX_OUTPUTS] = {0};
	size_t n_formats = 0, n_paths = 0;

	for (size_t i = 0; i < parser->n_pairs; i++) {
		const struct output_pair *pair = &parser->pairs[i];

		if (pair->has_format) {
			pairs[n_formats].has_format = true;
			pairs[n_formats++].format = pair->format;
		}
		if (pair->path)
			pairs[n_paths++].path = pair->path;
	}
	if (n_formats != n_paths)
		return;
	memcpy(parser->pairs, pairs, sizeof pairs);
	parser->n_pairs = n_formats;
}

static int store_outputs(struct parser *parser)
{
	struct settings *settings = parser->settings;
	int error;

	pair_by_number(parser);
	for (size_t i = 0; i < parser->n_pairs; i++) {
		error = check_pair(parser, i);
		if (error)
			return error;
	}
	free(settings->outputs[0].path);
	settings->outputs[0] = (struct report_output){0};
	settings->n_outputs = parser->n_pairs ? parser->n_pairs : 1;
	for (size_t i = 0; i < parser->n_pairs; i++) {
		const struct output_pair *pair = &parser->pairs[i];
		bool is_file = pair->path && strcmp(pair->path, "-");

		settings->outputs[i].format = (enum report_format)pair->format;
		settings->outputs[i].path = is_file ? alloc_string(pair->path) : NULL;
	}
	return 0;
}

/* The verb of `picdesk help VERB` is one. */
static int check_topic(struct parser *parser)
{
	const struct string_list *words = &parser->settings->paths;

	if (parser->verb != VERB_HELP || !words->count || verb_parse(words->items[0]) != VERB_NONE)
		return 0;
	return unknown_verb(parser, words->items[0]);
}

/* --help turns `picdesk check --help` into `picdesk help check`. */
static int parse_help(struct parser *parser, enum verb *ret_verb)
{
	struct string_list *words = &parser->settings->paths;
	int error;

	if (parser->has_verb && parser->verb != VERB_HELP) {
		string_list_clear(words);
		string_list_add(words, verb_table[parser->verb].name);
	}
	error = check_topic(parser);
	if (!error)
		*ret_verb = VERB_HELP;
	return error;
}

int options_parse(int argc, char **argv, struct settings *settings, enum verb *ret_verb,
		  struct fault *fault)
{
	struct fault own_fault = {0};
	struct parser parser = {
		.arguments = argv,
		.count = argc,
		.next = 1,
		.settings = settings,
		.fault = fault ? fault : &own_fault,
	};
	int error = parse_arguments(&parser);

	if (error)
		return error;
	if (parser.wants_help)
		return parse_help(&parser, ret_verb);
	if (parser.wants_version || !parser.has_verb) {
		bool is_bare = argc <= 1;

		if (!parser.wants_version && !is_bare)
			return fault_raise(
				parser.fault, -EINVAL,
				"a verb is missing: picdesk build, check, scan...; 'picdesk "
				"help' lists them");
		*ret_verb = parser.wants_version ? VERB_VERSION : VERB_NONE;
		return 0;
	}
	error = check_flags_fit(&parser);
	if (!error)
		error = check_words_fit(&parser);
	if (!error)
		error = store_outputs(&parser);
	if (!error)
		error = check_topic(&parser);
	if (!error)
		*ret_verb = parser.verb;
	return error;
}

/* A weaker source yields: --max-age 1h beside `min_age: 1w` is what was asked for now. */
static int agree_on_ages(struct settings *settings, struct fault *fault)
{
	const struct setting_origin min = settings->origins[SETTING_MIN_AGE];
	const struct setting_origin max = settings->origins[SETTING_MAX_AGE];

	if (settings->max_age_ms < 0 || settings->min_age_ms <= settings->max_age_ms)
		return 0;
	if (min.source == max.source)
		return fault_raise(fault, -EINVAL, "%s is larger than %s",
				   min.source == SOURCE_FLAG ? "--min-age" : "PICDESK_MIN_AGE",
				   min.source == SOURCE_FLAG ? "--max-age" : "PICDESK_MAX_AGE");
	if (min.source > max.source) {
		settings->max_age_ms = settings->min_age_ms;
		settings->origins[SETTING_MAX_AGE] = min;
	} else {
		settings->min_age_ms = settings->max_age_ms;
		settings->origins[SETTING_MIN_AGE] = max;
	}
	return 0;
}

static bool is_run(enum verb verb)
{
	return verb == VERB_BUILD || verb == VERB_WARM || verb == VERB_CHECK;
}

/* `check.fail_on` of picdesk.yml is about `check`: a dead image stops no build that was not
 * told. */
static void keep_fail_on_to_check(struct settings *settings, enum verb verb)
{
	struct setting_origin *origin = &settings->origins[SETTING_FAIL_ON];

	if (origin->source != SOURCE_FILE || verb == VERB_CHECK || verb == VERB_CONFIG)
		return;
	settings->fail_on = -1;
	*origin = (struct setting_origin){SOURCE_DEFAULT, 0};
}

int options_check(struct settings *settings, enum verb verb, struct fault *fault)
{
	bool is_cacert_flag = settings->origins[SETTING_CACERT].source == SOURCE_FLAG;

	keep_fail_on_to_check(settings, verb);
	if (is_run(verb) && settings->fail_on == FAIL_ON_NEW && !settings->baseline)
		return fault_raise(
			fault, -EINVAL,
			"--fail-on new needs --baseline FILE, the JSON report of an earlier run");
	if (settings->cacert && !settings->asks_no_one && access(settings->cacert, R_OK))
		return fault_raise(fault, -EINVAL, "%s: %s cannot be read: %s",
				   is_cacert_flag ? "--cacert" : "PICDESK_CACERT",
				   quoted(settings->cacert).text, strerror(errno));
	if (settings->offline && settings->refresh)
		return fault_raise(fault, -EINVAL, "--offline and --refresh exclude each other");
	return agree_on_ages(settings, fault);
}
