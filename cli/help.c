#include "help.h"

#include <string.h>

#include "cleanup.h"
#include "human.h"
#include "units.h"

#define WIDTH 80
#define FLAG_COLUMN 28 /* where the flags' help texts begin */

static void heading(struct buf *text, const char *title, bool has_color)
{
	buf_printf(text, has_color ? "\n\x1b[1m%s\x1b[0m\n" : "\n%s\n", title);
}

/* Words from `column` on, `used` columns of the line being written already. */
static void wrap(struct buf *text, const char *words, size_t used, size_t column)
{
	human_folded(text, words, used, column, WIDTH);
	buf_append_char(text, '\n');
}

/* A term, and its text in a column of its own. */
static void entry(struct buf *text, const char *term, const char *words, size_t column)
{
	size_t used = strlen(term);

	buf_append_string(text, term);
	if (used + 2 > column) {
		buf_append_char(text, '\n');
		used = 0;
	}
	buf_printf(text, "%*s", (int)(column - used), "");
	wrap(text, words, column, column);
}

static void append_verbs(struct buf *text, const enum verb *verbs, size_t n_verbs)
{
	for (size_t i = 0; i < n_verbs; i++) {
		const struct verb_info *info = &verb_table[verbs[i]];
		CLEANUP(buf_release) struct buf term = BUF_INIT(200);

		buf_printf(&term, "  %s%s%s", info->name, info->argument ? " " : "",
			   info->argument ? info->argument : "");
		entry(text, buf_string(&term), info->purpose, 20);
	}
}

static bool is_job(enum verb verb)
{
	return verb == VERB_BUILD || verb == VERB_WARM || verb == VERB_CHECK;
}

void help_overview(struct buf *ret_text, bool has_color)
{
	enum verb jobs[VERB_COUNT], others[VERB_COUNT];
	size_t n_jobs = 0, n_others = 0;

	for (int i = 0; i < VERB_COUNT; i++) {
		if (!verb_table[i].name)
			continue;
		if (is_job((enum verb)i))
			jobs[n_jobs++] = (enum verb)i;
		else
			others[n_others++] = (enum verb)i;
	}
	buf_append_string(
		ret_text,
		"picdesk finds the images that a site's articles name, fetches them politely,\n"
		"keeps each once, makes thumbnails, and reports what is broken and where.\n");
	heading(ret_text, "The first steps, in the site's folder", has_color);
	entry(ret_text, "  picdesk scan", "see what images it finds; no network", 20);
	entry(ret_text, "  picdesk check", "see which of them are broken", 20);
	entry(ret_text, "  picdesk init", "write a picdesk.yml to adapt", 20);
	entry(ret_text, "  picdesk build", "make thumbnails and a manifest for templates", 20);
	heading(ret_text, "The three jobs", has_color);
	append_verbs(ret_text, jobs, n_jobs);
	heading(ret_text, "More", has_color);
	append_verbs(ret_text, others, n_others);
	buf_append_char(ret_text, '\n');
	wrap(ret_text,
	     "'picdesk help VERB' shows examples and flags of one verb. Settings come from flags, "
	     "PICDESK_... variables and picdesk.yml, in this order of strength; 'picdesk config' "
	     "shows them.",
	     0, 0);
	heading(ret_text, "Exit status", has_color);
	entry(ret_text, "  0", "all well", 17);
	entry(ret_text, "  1", "wrong usage, or picdesk could not do its work", 17);
	entry(ret_text, "  2", "findings as grave as --fail-on says (check: broken)", 17);
	entry(ret_text, "  3", "picdesk.yml is wrong", 17);
	entry(ret_text, "  129, 130, 143", "interrupted; all finished work is kept", 17);
}

/* "--timeout D", "-j, --jobs N", "--allow-private[=CIDR,...]". */
static void append_term(struct buf *text, const struct option *option)
{
	if (option->letter)
		buf_printf(text, "  -%c, --%s", option->letter, option->flag);
	else
		buf_printf(text, "      --%s", option->flag);
	if (option->value)
		buf_printf(text, option_takes_value(option) ? " %s" : "[=%s]", option->value);
}

/* ": text, json or jsonl", those that the verb has. */
static void append_choices(struct buf *words, const struct option *option, enum verb verb)
{
	const char *shown[16];
	size_t n = 0;

	for (size_t i = 0; option->choices[i]; i++)
		if (option->kind != OPTION_FORMAT || verb_table[verb].formats & FORMAT_BIT(i))
			shown[n++] = option->choices[i];
	for (size_t i = 0; i < n; i++)
		buf_printf(words, "%s%s", i == 0 ? ": " : i + 1 == n ? " or " : ", ", shown[i]);
}

static void append_flag(struct buf *text, const struct option *option, enum verb verb)
{
	CLEANUP(buf_release) struct buf term = BUF_INIT(200), words = BUF_INIT(1000);
	char value[UNITS_TEXT_BYTES];
	const char *initial = option_default(option, value);

	append_term(&term, option);
	/* Without --output there is one. */
	if (option->kind == OPTION_FORMAT &&
	    !(option_of_setting(SETTING_OUTPUT)->verbs & VERB_BIT(verb)))
		buf_append_string(&words, "form of the report");
	else
		buf_append_string(&words, option->help);
	if (option->choices)
		append_choices(&words, option, verb);
	if (*initial)
		buf_printf(&words, " (default: %s)", initial);
	entry(text, buf_string(&term), buf_string(&words), FLAG_COLUMN);
}

static void append_examples(struct buf *text, const struct verb_info *info, bool has_color)
{
	heading(text, "Examples", has_color);
	for (size_t i = 0; i < VERB_MAX_EXAMPLES && info->examples[i].command; i++) {
		buf_printf(text, "  %s\n", info->examples[i].command);
		buf_append_string(text, "      ");
		wrap(text, info->examples[i].does, 6, 6);
	}
}

/* What D and SIZE stand for, where the verb has them. */
static void append_units(enum verb verb, struct buf *ret_text)
{
	if (!(option_of_setting(SETTING_TIMEOUT)->verbs & VERB_BIT(verb)))
		return;
	buf_append_char(ret_text, '\n');
	wrap(ret_text,
	     "D is a duration: 500ms, 30s, 2m, 24h, 7d, 2w, or * for ever. SIZE is in bytes: 500k, "
	     "20MiB, 5GiB. Flags that take a value, and those that are true or false, can be set "
	     "as "
	     "variables too: PICDESK_TIMEOUT=10s, PICDESK_OFFLINE=true.",
	     0, 0);
}

void help_verb(enum verb verb, struct buf *ret_text, bool has_color)
{
	const struct verb_info *info = &verb_table[verb];

	buf_printf(ret_text, "picdesk %s: ", info->name);
	wrap(ret_text, info->purpose, strlen(info->name) + 10, 0);
	append_examples(ret_text, info, has_color);
	heading(ret_text, "Usage", has_color);
	buf_printf(ret_text, "  picdesk %s%s%s [FLAGS]\n", info->name, info->argument ? " " : "",
		   info->argument ? info->argument : "");
	if (info->details) {
		buf_append_char(ret_text, '\n');
		wrap(ret_text, info->details, 0, 0);
	}
	for (int group = 0; group < GROUP_COUNT; group++) {
		bool has_title = false;

		for (size_t i = 0; i < option_count; i++) {
			const struct option *option = &option_table[i];

			if ((int)option->group != group || !option->flag ||
			    !(option->verbs & VERB_BIT(verb)))
				continue;
			if (!has_title)
				heading(ret_text, option_group_titles[group], has_color);
			has_title = true;
			append_flag(ret_text, option, verb);
		}
	}
	append_units(verb, ret_text);
}
