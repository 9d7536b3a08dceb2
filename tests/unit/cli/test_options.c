#include "../cmocka_all.h"

#include <stdlib.h>

#include "alloc.h"
#include "options.h"
#include "units.h"

#define MAX_ARGUMENTS 12

struct row {
	const char *arguments[MAX_ARGUMENTS];
	const char *error; /* begins the message; NULL: it parses */
	enum verb verb;
};

static int parse(const char *const *arguments, struct settings *settings, enum verb *ret_verb,
		 struct fault *fault)
{
	char *argv[MAX_ARGUMENTS + 2] = {(char *)"picdesk"};
	int argc = 1;

	for (; arguments[argc - 1]; argc++)
		argv[argc] = (char *)arguments[argc - 1];
	settings_init(settings);
	fault_clear(fault);
	return options_parse(argc, argv, settings, ret_verb, fault);
}

static void check_rows(const struct row *rows, size_t n_rows)
{
	for (size_t i = 0; i < n_rows; i++) {
		const struct row *row = &rows[i];
		enum verb verb = VERB_COUNT;
		struct settings settings;
		struct fault fault;
		int error = parse(row->arguments, &settings, &verb, &fault);

		if (!error != !row->error ||
		    (row->error && strncmp(fault.text, row->error, strlen(row->error))))
			fail_msg("row %zu (%s): '%s'", i, row->arguments[0], fault.text);
		assert_int_equal(verb, error ? VERB_COUNT : row->verb);
		assert_null(error ? strchr(fault.text, '\n') : NULL);
		settings_release(&settings);
	}
}

static void finds_the_verb(void **state)
{
	static const struct row rows[] = {
		{{NULL}, NULL, VERB_NONE},
		{{"build"}, NULL, VERB_BUILD},
		{{"-v", "build", "a", "b"}, NULL, VERB_BUILD},
		{{"--", "check", "-x"}, NULL, VERB_CHECK},
		{{"scan", "--", "--timeout"}, NULL, VERB_SCAN},
		{{"scan", "-"}, NULL, VERB_SCAN},
		/* What is so anyway may be said: one set of flags for all steps of a script. */
		{{"scan", "--offline", "-n", "--cache-dir", "/tmp"}, NULL, VERB_SCAN},
		{{"report", "--offline", "--no-progress"}, NULL, VERB_REPORT},
		{{"stats", "-nq", "--offline"}, NULL, VERB_STATS},
		{{"config", "-nq"}, NULL, VERB_CONFIG},
		{{"diff", "a", "b", "-n", "--cache-dir", "/tmp"}, NULL, VERB_DIFF},
		{{"show", "https://example.org/a.png"}, NULL, VERB_SHOW},
		{{"help"}, NULL, VERB_HELP},
		{{"help", "check"}, NULL, VERB_HELP},
		{{"--help"}, NULL, VERB_HELP},
		{{"check", "--help"}, NULL, VERB_HELP},
		{{"-h", "check", "--offline", "--publish"}, "unknown flag --publish", 0},
		{{"--version"}, NULL, VERB_VERSION},
		{{"check", "--version"}, NULL, VERB_VERSION},
		{{"chekc"}, "unknown verb 'chekc'; did you mean check?", 0},
		{{"."}, "unknown verb '.'; 'picdesk help' lists them", 0},
		{{"help", "biuld"}, "unknown verb 'biuld'; did you mean build?", 0},
		{{"help", "biuld", "--help"}, "unknown verb 'biuld'; did you mean build?", 0},
		{{"--help", "help", "x"}, "unknown verb 'x'; 'picdesk help' lists them", 0},
		{{"help", "check", "--help"}, NULL, VERB_HELP},
		{{"-v"}, "a verb is missing", 0},
		{{"version"}, "unknown verb 'version'", 0},
		{{"gc", "--gone", "--max-size=2GiB"}, NULL, VERB_GC},
		{{"check", "--timeout", "99h", "--connect-timeout", "2w"}, NULL, VERB_CHECK},
		{{"check", "--timeout", "*", "--connect-timeout", "*"}, NULL, VERB_CHECK},
		{{"fsck", "--full"}, NULL, VERB_FSCK},
		{{"show"}, "show needs an argument: picdesk show URL|HASH", 0},
		{{"show", "a", "b"}, "show takes one argument, but 'b' was given too", 0},
		{{"stats", "a"}, "stats takes no argument, but 'a' was given", 0},
		{{"init", "a", "b"}, "init takes one argument, but 'b'", 0},
	};

	(void)state;
	check_rows(rows, ARRAY_LENGTH(rows));
}

static void refuses_wrong_flags(void **state)
{
	static const struct row rows[] = {
		{{"check", "--timout", "3s"}, "unknown flag --timout; did you mean --timeout?", 0},
		{{"check", "--timout=3s"}, "unknown flag --timout; did you mean --timeout?", 0},
		{{"check", "--\x1b[2J"}, "unknown flag --\\x1b[2J;", 0},
		{{"check", "--max-cache-age", "2d"},
		 "unknown flag --max-cache-age; use --max-age",
		 0},
		{{"check", "--Cache"}, "unknown flag --Cache; the cache is always in use;", 0},
		{{"warm", "--thread_count=64"},
		 "unknown flag --thread_count; use --max-concurrency",
		 0},
		{{"check", "-z"}, "unknown flag -z;", 0},
		{{"check", "-nz"}, "unknown flag -z;", 0},
		{{"check", "--timeout"}, "--timeout needs a value: --timeout D", 0},
		{{"check", "-j"}, "-j needs a value: -j N", 0},
		{{"check", "--cache-dir", "--offline"},
		 "--cache-dir needs a value, but a flag follows",
		 0},
		{{"check", "--cache-dir="}, "--cache-dir: a value is missing", 0},
		{{"check", "--offline=yes"}, "--offline takes no value", 0},
		{{"scan", "--timeout", "3s"},
		 "--timeout does not fit scan; it fits build, warm, check, localize, fix and "
		 "config",
		 0},
		{{"scan", "--baseline", "x"},
		 "--baseline does not fit scan; it fits build, warm",
		 0},
		{{"stats", "--no-ignore"}, "--no-ignore does not fit stats", 0},
		{{"stats", "-f", "jsonl"},
		 "--format jsonl does not fit stats; it has text and json",
		 0},
		{{"init", "-f", "json"}, "--format does not fit init", 0},
		{{"check", "--allow-privat"},
		 "unknown flag --allow-privat; did you mean --allow-private?",
		 0},
		{{"check", "--repair"}, "--repair does not fit check; it fits fsck", 0},
	};

	(void)state;
	check_rows(rows, ARRAY_LENGTH(rows));
}

static void refuses_wrong_values(void **state)
{
	static const struct row rows[] = {
		{{"check", "--timeout", "30"}, "--timeout: '30' has no unit; write 30s or 30ms", 0},
		{{"check", "--timeout", "soon"},
		 "--timeout: 'soon' is no duration; write it like 500ms",
		 0},
		{{"check", "--timeout", "9ms"},
		 "--timeout: '9ms' is too small; the least is 10ms",
		 0},
		{{"check", "--host-interval", "2h"},
		 "--host-interval: '2h' is out of range; it takes 0s to 1h",
		 0},
		{{"check", "--host-interval", "1.5s"},
		 "--host-interval: '1.5s' is no whole number, without '.' and ','; write it like "
		 "500ms",
		 0},
		{{"check", "--timeout", "1.5"}, "--timeout: '1.5' is no whole number, without", 0},
		{{"check", "--max-bytes", "1,000k"},
		 "--max-bytes: '1,000k' is no whole number, without '.' and ','; write it like "
		 "500k",
		 0},
		{{"check", "--host-interval", "*"}, "--host-interval: '*' is out of range", 0},
		{{"check", "--max-time", "1ms"},
		 "--max-time: '1ms' is too small; the least is 100ms",
		 0},
		{{"check", "--max-concurrency", "0"},
		 "--max-concurrency: '0' is out of range; it takes 1 to 1024",
		 0},
		{{"check", "--max-concurrency=1025"},
		 "--max-concurrency: '1025' is out of range",
		 0},
		{{"check", "--max-concurrency", "-1"},
		 "--max-concurrency: '-1' is no whole number",
		 0},
		{{"check", "--max-concurrency", "0x10"},
		 "--max-concurrency: '0x10' is no whole number",
		 0},
		{{"check", "-j257"}, "-j: '257' is out of range; it takes 1 to 256", 0},
		{{"check", "--max-bytes", "3GiB"},
		 "--max-bytes: '3GiB' is out of range; it takes 1 to 2GiB",
		 0},
		{{"check", "--max-bytes", "3mb"},
		 "--max-bytes: '3mb': unknown unit; write it like 500k",
		 0},
		{{"check", "--max-pixels", "3G"},
		 "--max-pixels: '3G' is out of range; it takes 1 to 2G",
		 0},
		{{"check", "--fail-on", "brokn"},
		 "--fail-on: 'brokn' is none of never, broken, warning or new; did you mean "
		 "broken?",
		 0},
		{{"check", "--color", "maybe"},
		 "--color: 'maybe' is none of auto, always or never",
		 0},
		{{"check", "--format", "pdf"},
		 "--format: 'pdf' is none of text, json, jsonl, junit, sarif, github, markdown or "
		 "html",
		 0},
		{{"check", "--exclude", "a("}, "--exclude: 'a(' is no regular expression:", 0},
		{{"check", "--include", ""}, "--include: a value is missing", 0},
		{{"check", "--include", "((a{1,200}){1,200}){1,200}"},
		 "--include: the pattern '((a{1,200}){1,200}){1,200}' repeats more than",
		 0},
		{{"check", "--include", "a{99999}"}, "--include: the pattern", 0},
		{{"check", "--include", "(.*)\\\\\\1"},
		 "--include: the pattern '(.*)\\\\\\1' refers back",
		 0},
		{{"check", "--include", "[^]\\1[:alpha:]](a)\\1"}, "--include: the pattern", 0},
		{{"check", "--accept", "ok"}, "--accept: 'ok' is no list of HTTP statuses", 0},
		{{"check", "--allow-private="},
		 "--allow-private: a range of addresses is missing",
		 0},
		{{"check", "--allow-private=10.0.0.0/33"},
		 "--allow-private: '10.0.0.0/33' is no range",
		 0},
		{{"check", "--allow-private", "10.0.0.0/8,::1"},
		 "--allow-private takes its ranges after '=': --allow-private=10.0.0.0/8,::1",
		 0},
		{{"localize", "--host", "https://a.example/"},
		 "--host: 'https://a.example/' is no host; write it like i.ytimg.com, "
		 "*.example.org or example.org:8080",
		 0},
		{{"fix", "--host", "a:"}, "--host: 'a:' is no host", 0},
		{{"fix", "--host", "*"}, "--host: '*' is no host", 0},
		{{"check", "-H", "Accept"}, "-H: a header is written 'Name: value'", 0},
		{{"check", "-H", "A b: c"}, "-H: a header is written", 0},
		{{"check", "-H", "Cookie:  "}, "-H: the header Cookie has no value", 0},
		{{"check", "-H", "X: a\r\nY: b"}, "-H: the header X has a control character", 0},
		{{"check", "-H", "host: a"}, "-H: picdesk sets the header host itself", 0},
		{{"check", "-A", "a\nb"}, "-A: has a control character in it", 0},
	};

	(void)state;
	check_rows(rows, ARRAY_LENGTH(rows));
}

static void a_backslash_is_no_reference_everywhere(void **state)
{
	static const char *const patterns[] = {"[\\1]",           "\\\\1",      "[]\\3]", "[^]\\3]",
					       "[[:digit:]\\2]x", "[[.].]\\2]", "\\."};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(patterns); i++) {
		struct fault fault = {0};

		if (option_check_pattern(patterns[i], &fault))
			fail_msg("%s: %s", patterns[i], fault.text);
	}
}

static void knows_a_proxy(void **state)
{
	static const char *const good[] = {
		"proxy.example",
		"proxy.example:3128",
		"http://proxy.example:65535/",
		"http://[::1]:1",
		"[fd00::1]",
		"socks5h://127.0.0.1:9050",
		"http://u:p@h:8080",
		"http://u:p/:@w@h.example",
		"HTTPS://proxy.example",
	};
	static const char *const bad[] = {
		"::",          "http://",        "http://:3128", "http://h:",
		"http://h:0",  "http://h:99999", "http://h:x",   "h:1:2",
		"http://[::1", "http://[::1]x",  "ftp://h",      "a b",
		"/h",          "http://u:p@",
	};
	struct settings settings;
	struct fault fault;
	enum verb verb;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
		const char *arguments[] = {"check", "--proxy", good[i], NULL};

		if (parse(arguments, &settings, &verb, &fault))
			fail_msg("%s: %s", good[i], fault.text);
		settings_release(&settings);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		const char *arguments[] = {"check", "--proxy", bad[i], NULL};

		if (!parse(arguments, &settings, &verb, &fault))
			fail_msg("%s is taken", bad[i]);
		assert_non_null(strstr(fault.text, "it takes a proxy such as"));
		settings_release(&settings);
	}
}

static void pairs_formats_and_outputs(void **state)
{
	static const struct {
		const char *arguments[MAX_ARGUMENTS];
		size_t n_outputs;
		struct {
			enum report_format format;
			const char *path;
		} outputs[3];
	} rows[] = {
		{{"check"}, 1, {{FORMAT_TEXT, NULL}}},
		{{"check", "-f", "json"}, 1, {{FORMAT_JSON, NULL}}},
		{{"check", "-o", "r.txt"}, 1, {{FORMAT_TEXT, "r.txt"}}},
		{{"check", "-o", "-"}, 1, {{FORMAT_TEXT, NULL}}},
		{{"check", "-fjson", "-or.json", "-f", "jsonl", "-o", "r.jsonl"},
		 2,
		 {{FORMAT_JSON, "r.json"}, {FORMAT_JSONL, "r.jsonl"}}},
		{{"check", "-o", "a", "-f", "json", "-o", "b", "-f", "jsonl"},
		 2,
		 {{FORMAT_JSON, "a"}, {FORMAT_JSONL, "b"}}},
		{{"check", "-f", "json", "-f", "junit", "-o", "a", "-o", "b"},
		 2,
		 {{FORMAT_JSON, "a"}, {FORMAT_JUNIT, "b"}}},
		{{"check", "-o", "a", "-o", "-", "-f", "json", "-f", "text"},
		 2,
		 {{FORMAT_JSON, "a"}, {FORMAT_TEXT, NULL}}},
		{{"check", "-f", "text", "-f", "json", "-o", "r.json"},
		 2,
		 {{FORMAT_TEXT, NULL}, {FORMAT_JSON, "r.json"}}},
	};
	static const struct row wrong[] = {
		{{"check", "-f", "text", "-f", "json"}, "two reports go to standard output", 0},
		{{"check", "-f", "text", "-o", "a", "-f", "json", "-o", "a"},
		 "two reports go to 'a'",
		 0},
		{{"check", "-o", "a", "-o", "b"}, "--output 'a' has no --format", 0},
		{{"check", "-f", "text", "-f", "json", "-f", "junit", "-o", "a", "-o", "b"},
		 "two reports go to standard output",
		 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct settings settings;
		struct fault fault;
		enum verb verb;

		assert_int_equal(parse(rows[i].arguments, &settings, &verb, &fault), 0);
		assert_int_equal(settings.n_outputs, rows[i].n_outputs);
		for (size_t k = 0; k < settings.n_outputs; k++) {
			assert_int_equal(settings.outputs[k].format, rows[i].outputs[k].format);
			if (rows[i].outputs[k].path)
				assert_string_equal(settings.outputs[k].path,
						    rows[i].outputs[k].path);
			else
				assert_null(settings.outputs[k].path);
		}
		settings_release(&settings);
	}
	check_rows(wrong, ARRAY_LENGTH(wrong));
}

static void stores_what_is_given(void **state)
{
	static const char *const arguments[] = {
		"check",
		"-nqvv",
		"--timeout=2s",
		"--max-bytes",
		"5MiB",
		"-H",
		"A: b",
		"-Hc: d",
		"post.md",
		"-j=4",
		"--allow-private=10.0.0.0/8,127.0.0.1",
		NULL,
	};
	struct settings settings;
	struct fault fault;
	enum verb verb;

	(void)state;
	assert_int_equal(parse(arguments, &settings, &verb, &fault), 0);
	assert_true(settings.no_progress && settings.quiet);
	assert_int_equal(settings.verbose, 2);
	assert_int_equal(settings.timeout_ms, 2000);
	assert_int_equal(settings.max_bytes, 5 << 20);
	assert_int_equal(settings.headers.count, 2);
	assert_string_equal(settings.headers.items[1], "c: d");
	assert_null(settings.headers.items[2]);
	assert_int_equal(settings.paths.count, 1);
	assert_string_equal(settings.paths.items[0], "post.md");
	assert_int_equal(settings.jobs, 4);
	assert_false(settings.allow_private);
	assert_int_equal(settings.n_allow_cidrs, 2);
	assert_int_equal(settings.origins[SETTING_TIMEOUT].source, SOURCE_FLAG);
	assert_int_equal(settings.origins[SETTING_MAX_RETRIES].source, SOURCE_DEFAULT);
	settings_release(&settings);
}

static void help_names_its_verb(void **state)
{
	static const char *const arguments[] = {"check", "post.md", "--help", NULL};
	struct settings settings;
	struct fault fault;
	enum verb verb;

	(void)state;
	assert_int_equal(parse(arguments, &settings, &verb, &fault), 0);
	assert_int_equal(verb, VERB_HELP);
	assert_int_equal(settings.paths.count, 1);
	assert_string_equal(settings.paths.items[0], "check");
	settings_release(&settings);
}

static void weaker_sources_yield(void **state)
{
	const struct option *timeout = option_of_setting(SETTING_TIMEOUT);
	const struct option *include = option_of_setting(SETTING_INCLUDE);
	struct settings settings;
	struct fault fault;

	(void)state;
	settings_init(&settings);
	assert_int_equal(option_set(timeout, "3s", SOURCE_ENVIRONMENT, 0, &settings, &fault), 0);
	assert_int_equal(option_set(timeout, "4s", SOURCE_FILE, 7, &settings, &fault), 0);
	assert_int_equal(settings.timeout_ms, 3000);
	assert_int_equal(settings.origins[SETTING_TIMEOUT].source, SOURCE_ENVIRONMENT);
	assert_int_equal(option_set(timeout, "4", SOURCE_FILE, 7, &settings, &fault), -22);
	assert_int_equal(option_set(timeout, "5s", SOURCE_FLAG, 0, &settings, &fault), 0);
	assert_int_equal(settings.timeout_ms, 5000);
	assert_int_equal(option_set(include, "a", SOURCE_FILE, 1, &settings, &fault), 0);
	assert_int_equal(option_set(include, "b", SOURCE_FILE, 1, &settings, &fault), 0);
	assert_int_equal(settings.include.count, 2);
	assert_int_equal(option_set(include, "c", SOURCE_FLAG, 0, &settings, &fault), 0);
	assert_int_equal(settings.include.count, 1);
	assert_string_equal(settings.include.items[0], "c");
	assert_int_equal(option_set(include, "d", SOURCE_FILE, 2, &settings, &fault), 0);
	assert_int_equal(settings.include.count, 1);
	settings_release(&settings);
}

static void of_two_ages_the_weaker_yields(void **state)
{
	static const struct {
		enum setting_source min, max;
		const char *age; /* both in the end */
		const char *error;
	} rows[] = {
		{SOURCE_FILE, SOURCE_FLAG, "1h", NULL},
		{SOURCE_FLAG, SOURCE_FILE, "7d", NULL},
		{SOURCE_ENVIRONMENT, SOURCE_FLAG, "1h", NULL},
		{SOURCE_FLAG, SOURCE_FLAG, NULL, "--min-age is larger than --max-age"},
		{SOURCE_ENVIRONMENT, SOURCE_ENVIRONMENT, NULL,
		 "PICDESK_MIN_AGE is larger than PICDESK_MAX_AGE"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		const struct option *min = option_of_setting(SETTING_MIN_AGE);
		const struct option *max = option_of_setting(SETTING_MAX_AGE);
		enum setting_source source = rows[i].min > rows[i].max ? rows[i].min : rows[i].max;
		struct settings settings;
		struct fault fault;

		settings_init(&settings);
		assert_int_equal(option_set(min, "7d", rows[i].min, 0, &settings, &fault), 0);
		assert_int_equal(option_set(max, "1h", rows[i].max, 0, &settings, &fault), 0);
		assert_int_equal(!options_check(&settings, VERB_BUILD, &fault), !rows[i].error);
		if (rows[i].error) {
			assert_string_equal(fault.text, rows[i].error);
		} else {
			int64_t age_ms = settings.min_age_ms;

			assert_int_equal(age_ms, settings.max_age_ms);
			assert_int_equal(age_ms, rows[i].age[0] == '1' ? 3600000 : 604800000);
			assert_int_equal(settings.origins[SETTING_MIN_AGE].source, source);
			assert_int_equal(settings.origins[SETTING_MAX_AGE].source, source);
		}
		settings_release(&settings);
	}
}

static void contradictions_are_named(void **state)
{
	static const struct {
		const char *arguments[MAX_ARGUMENTS];
		const char *error;
	} rows[] = {
		{{"check", "--fail-on", "new"}, "--fail-on new needs --baseline"},
		{{"check", "--fail-on", "new", "--baseline", "a.json"}, NULL},
		{{"build", "--fail-on", "new"}, "--fail-on new needs --baseline"},
		{{"check", "--offline", "--refresh"}, "--offline and --refresh exclude"},
		{{"check", "--min-age", "2d", "--max-age", "1d"}, "--min-age is larger"},
		{{"check", "--min-age", "1d", "--max-age", "*"}, NULL},
		{{"check", "--min-age", "1d"}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct settings settings;
		struct fault fault;
		enum verb verb;

		assert_int_equal(parse(rows[i].arguments, &settings, &verb, &fault), 0);
		assert_int_equal(!options_check(&settings, verb, &fault), !rows[i].error);
		if (rows[i].error)
			assert_memory_equal(fault.text, rows[i].error, strlen(rows[i].error));
		settings_release(&settings);
	}
}

/* Flags, letters and keys are names: each stands once. Defaults lie in their ranges. */
static void the_table_is_sound(void **state)
{
	struct settings settings;

	(void)state;
	settings_init(&settings);
	for (int i = 0; i < SETTING_COUNT; i++)
		assert_int_equal(option_of_setting((enum setting)i)->setting, i);
	for (size_t i = 0; i < option_count; i++) {
		const struct option *a = &option_table[i];

		assert_non_null(a->help);
		assert_true(a->flag || a->key);
		assert_true(!a->flag || a->verbs);
		if (option_is_int64(a) && !a->otherwise) {
			assert_true(a->initial >= a->minimum && a->initial <= a->maximum);
			assert_true(*(int64_t *)option_field(a, &settings) == a->initial);
		}
		for (size_t k = 0; k < i; k++) {
			const struct option *b = &option_table[k];

			assert_false(a->flag && b->flag && !strcmp(a->flag, b->flag));
			assert_false(a->key && b->key && !strcmp(a->key, b->key));
			assert_false(a->letter && a->letter == b->letter);
			assert_false(a->setting != SETTING_COUNT && a->setting == b->setting);
		}
	}
	for (int verb = 0; verb < VERB_COUNT; verb++)
		if (verb_table[verb].name)
			assert_int_equal(verb_parse(verb_table[verb].name), verb);
	settings_release(&settings);
}

static void paths_stay_inside(void **state)
{
	static const struct {
		const char *text, *path;
	} rows[] = {
		{"assets/thumbs", "assets/thumbs"},
		{"./a//b/", "a/b"},
		{"a/./b", "a/b"},
		{"/a", NULL},
		{"..", NULL},
		{"a/../b", NULL},
		{".", NULL},
		{"", NULL},
		{"./", NULL},
		{".git/x", NULL},
		{"a\nb", NULL},
		{"...", "..."},
		{"a/.gitignore", "a/.gitignore"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct fault fault;
		char *path = NULL;

		assert_int_equal(!option_check_inside(rows[i].text, &path, &fault), !!rows[i].path);
		if (rows[i].path)
			assert_string_equal(path, rows[i].path);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_verb),
		cmocka_unit_test(refuses_wrong_flags),
		cmocka_unit_test(refuses_wrong_values),
		cmocka_unit_test(a_backslash_is_no_reference_everywhere),
		cmocka_unit_test(knows_a_proxy),
		cmocka_unit_test(pairs_formats_and_outputs),
		cmocka_unit_test(stores_what_is_given),
		cmocka_unit_test(help_names_its_verb),
		cmocka_unit_test(weaker_sources_yield),
		cmocka_unit_test(of_two_ages_the_weaker_yields),
		cmocka_unit_test(contradictions_are_named),
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(paths_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
