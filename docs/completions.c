#include "option_docs.h"

#include <stdbool.h>
#include <string.h>

#include "option_table.h"

static bool is_file(const struct option *option)
{
	return option->kind == OPTION_FILE || option->kind == OPTION_OUTPUT;
}

static bool is_repeatable(const struct option *option)
{
	return option_is_list(option) || option->kind == OPTION_COUNTED ||
	       option->kind == OPTION_FORMAT || option->kind == OPTION_OUTPUT;
}

/* Articles, reports, archives; `show` knows a file of the site by its path. */
static bool takes_files(enum verb verb)
{
	return verb_table[verb].max_arguments && verb != VERB_INIT && verb != VERB_HELP;
}

static void append_words(struct buf *text, const char *const *words, char separator)
{
	for (size_t i = 0; words[i]; i++) {
		if (i)
			buf_append_char(text, separator);
		buf_append_string(text, words[i]);
	}
}

/* The verbs of the set, "build|warm|check". */
static void append_verbs(struct buf *text, unsigned verbs, char separator)
{
	bool is_first = true;

	for (int verb = 0; verb < VERB_COUNT; verb++) {
		if (!verb_table[verb].name || !(verbs & VERB_BIT(verb)))
			continue;
		if (!is_first)
			buf_append_char(text, separator);
		buf_append_string(text, verb_table[verb].name);
		is_first = false;
	}
}

/* In single quotes for any of the shells, `escaped` with a backslash in front. fish knows \' inside
 * them; for bash and zsh the quotes are closed and opened again around it. */
static void append_quoted(struct buf *text, const char *words, const char *escaped, bool is_fish)
{
	for (; *words; words++) {
		if (*words == '\'')
			buf_append_string(text, is_fish ? "\\'" : "'\\''");
		else if (strchr(escaped, *words))
			buf_printf(text, "\\%c", *words);
		else
			buf_append_char(text, *words);
	}
}

/* --- bash ---------------------------------------------------------------------------------------
 */

/* "-j|--jobs" */
static void append_bash_pattern(struct buf *text, const struct option *option)
{
	if (option->letter)
		buf_printf(text, "-%c|", option->letter);
	buf_printf(text, "--%s", option->flag);
}

typedef bool bash_choose(const struct option *option);

static bool is_folder(const struct option *option)
{
	return option->kind == OPTION_FOLDER;
}

static bool is_other_value(const struct option *option)
{
	return option_takes_value(option) && !option->choices && !is_file(option) &&
	       !is_folder(option);
}

static void append_bash_case(struct buf *text, bash_choose *choose, const char *action)
{
	bool is_first = true;

	for (size_t i = 0; i < option_count; i++) {
		if (!option_table[i].flag || !choose(&option_table[i]))
			continue;
		buf_append_string(text, is_first ? "\t" : "|");
		append_bash_pattern(text, &option_table[i]);
		is_first = false;
	}
	buf_printf(text, ")\n%s\t\treturn\n\t\t;;\n", action);
}

static void append_bash_values(struct buf *text)
{
	buf_append_string(text, "\tcase $before in\n");
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];

		if (!option->flag || !option->choices)
			continue;
		buf_append_char(text, '\t');
		append_bash_pattern(text, option);
		buf_append_string(text, ")\n\t\tmapfile -t COMPREPLY < <(compgen -W '");
		append_words(text, option->choices, ' ');
		buf_append_string(text, "' -- \"$word\")\n\t\treturn\n\t\t;;\n");
	}
	append_bash_case(text, is_file,
			 "\t\tcompopt -o filenames\n"
			 "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n");
	append_bash_case(text, is_folder,
			 "\t\tcompopt -o filenames\n"
			 "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$word\")\n");
	append_bash_case(text, is_other_value, "");
	buf_append_string(text, "\tesac\n");
}

static void append_bash_flags(struct buf *text)
{
	buf_append_string(text, "\tcase $verb in\n");
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		if (!verb_table[verb].name)
			continue;
		buf_printf(text, "\t%s) flags='", verb_table[verb].name);
		for (size_t i = 0; i < option_count; i++)
			if (option_table[i].flag && option_table[i].verbs & VERB_BIT(verb))
				buf_printf(text, "--%s ", option_table[i].flag);
		buf_append_string(text, "' ;;\n");
	}
	buf_append_string(text, "\t*) flags='--help --version' ;;\n\tesac\n");
}

static void append_bash_verb_search(struct buf *text)
{
	size_t n = 0;

	buf_append_string(text, "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
				"\t\tcase ${COMP_WORDS[i]} in\n\t\t");
	append_verbs(text, ~0u, '|');
	buf_append_string(text, ")\n\t\t\tverb=${COMP_WORDS[i]}\n\t\t\tbreak\n\t\t\t;;\n");
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];

		if (!option->flag || !option_takes_value(option))
			continue;
		buf_append_string(text, n++ ? "|" : "\t\t");
		append_bash_pattern(text, option);
	}
	buf_append_string(text, ")\n\t\t\t((i++))\n\t\t\t;;\n\t\tesac\n\tdone\n");
}

void completions_bash(struct buf *ret_text)
{
	buf_append_string(
		ret_text,
		"# bash completion of picdesk; generated from its table of options\n"
		"_picdesk()\n{\n"
		"\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
		"\tlocal verb= flags= i\n"
		"\tCOMPREPLY=()\n"
		"\t# --flag=value comes as three words.\n"
		"\tif [[ $word == = ]]; then\n\t\tword=\n"
		"\telif [[ $before == = && COMP_CWORD -ge 2 ]]; then\n"
		"\t\tbefore=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n");
	append_bash_verb_search(ret_text);
	append_bash_values(ret_text);
	append_bash_flags(ret_text);
	buf_append_string(ret_text,
			  "\tif [[ $word == -* ]]; then\n"
			  "\t\tmapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$word\")\n"
			  "\t\treturn\n\tfi\n"
			  "\tcase $verb in\n\t''|help)\n"
			  "\t\tmapfile -t COMPREPLY < <(compgen -W '");
	append_verbs(ret_text, ~0u, ' ');
	buf_printf(ret_text,
		   "' -- \"$word\")\n\t\t;;\n\t%s)\n\t\tcompopt -o filenames\n"
		   "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$word\")\n\t\t;;\n\t",
		   verb_table[VERB_INIT].name);
	for (int verb = 0, n = 0; verb < VERB_COUNT; verb++)
		if (takes_files((enum verb)verb))
			buf_printf(ret_text, "%s%s", n++ ? "|" : "", verb_table[verb].name);
	buf_append_string(ret_text,
			  ")\n\t\tcompopt -o filenames\n"
			  "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n\t\t;;\n"
			  "\tesac\n}\ncomplete -F _picdesk picdesk\n");
}

/* --- zsh ----------------------------------------------------------------------------------------
 */

/* ":FILE:_files", ":WHAT:(never broken)", ":N: ". */
static void append_zsh_value(struct buf *text, const struct option *option)
{
	buf_append_string(text, option_takes_value(option) ? ":" : "::");
	append_quoted(text, option->value, "[]:\\", false);
	buf_append_char(text, ':');
	if (option->choices) {
		buf_append_char(text, '(');
		append_words(text, option->choices, ' ');
		buf_append_char(text, ')');
	} else {
		buf_append_string(text, is_file(option)     ? "_files"
					: is_folder(option) ? "_files -/"
							    : " ");
	}
}

/* '(-j --jobs)'{-j+,--jobs=}'[help]:N: '; a flag that may come again has '*' for what it excludes.
 */
static void append_zsh_flag(struct buf *text, const struct option *option)
{
	const char *joint = !option->value ? "" : option_takes_value(option) ? "=" : "=-";

	if (is_repeatable(option))
		buf_append_string(text, "'*'");
	else if (option->letter)
		buf_printf(text, "'(-%c --%s)'", option->letter, option->flag);
	if (option->letter)
		buf_printf(text, "{-%c%s,--%s%s}", option->letter, option->value ? "+" : "",
			   option->flag, joint);
	else
		buf_printf(text, "--%s%s", option->flag, joint);
	buf_append_string(text, "'[");
	append_quoted(text, option->help, "[]:\\", false);
	buf_append_char(text, ']');
	if (option->value)
		append_zsh_value(text, option);
	buf_append_char(text, '\'');
}

void completions_zsh(struct buf *ret_text)
{
	buf_append_string(
		ret_text,
		"#compdef picdesk\n"
		"# zsh completion of picdesk; generated from its table of options\n"
		"_picdesk() {\n\tlocal -a verbs flags\n\tlocal verb state line\n\tverbs=(\n");
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		if (!verb_table[verb].name)
			continue;
		buf_printf(ret_text, "\t\t'%s:", verb_table[verb].name);
		append_quoted(ret_text, verb_table[verb].purpose, ":\\", false);
		buf_append_string(ret_text, "'\n");
	}
	buf_append_string(ret_text, "\t)\n\tverb=${words[(r)(");
	append_verbs(ret_text, ~0u, '|');
	buf_append_string(ret_text, ")]}\n");
	for (size_t i = 0; i < option_count; i++) {
		if (!option_table[i].flag)
			continue;
		buf_append_string(ret_text, "\tcase $verb in ");
		buf_append_string(ret_text, option_table[i].verbs == ~0u ? "''|" : "");
		append_verbs(ret_text, option_table[i].verbs, '|');
		buf_append_string(ret_text, ") flags+=(");
		append_zsh_flag(ret_text, &option_table[i]);
		buf_append_string(ret_text, ") ;; esac\n");
	}
	buf_append_string(ret_text, "\t_arguments -s -S $flags '1: :->verb' '*: :->argument'\n"
				    "\tcase $state in\n"
				    "\tverb) _describe verb verbs ;;\n"
				    "\targument)\n\t\tcase $verb in\n"
				    "\t\thelp) _describe verb verbs ;;\n"
				    "\t\tinit) _files -/ ;;\n\t\t");
	for (int verb = 0, n = 0; verb < VERB_COUNT; verb++)
		if (takes_files((enum verb)verb))
			buf_printf(ret_text, "%s%s", n++ ? "|" : "", verb_table[verb].name);
	buf_append_string(ret_text, ") _files ;;\n\t\tesac\n\t\t;;\n\tesac\n}\n_picdesk \"$@\"\n");
}

/* --- fish ---------------------------------------------------------------------------------------
 */

static void append_fish_flag(struct buf *text, const struct option *option)
{
	buf_append_string(text, "complete -c picdesk");
	if (option->verbs != ~0u) {
		buf_append_string(text, " -n '__fish_seen_subcommand_from ");
		append_verbs(text, option->verbs, ' ');
		buf_append_char(text, '\'');
	}
	if (option->letter)
		buf_printf(text, " -s %c", option->letter);
	buf_printf(text, " -l %s", option->flag);
	if (option->choices) {
		buf_append_string(text, " -x -a '");
		append_words(text, option->choices, ' ');
		buf_append_char(text, '\'');
	} else if (is_folder(option)) {
		buf_append_string(text, " -x -a '(__fish_complete_directories)'");
	} else if (option_takes_value(option)) {
		buf_append_string(text, is_file(option) ? " -r -F" : " -x");
	}
	buf_append_string(text, " -d '");
	append_quoted(text, option->help, "\\", true);
	buf_append_string(text, "'\n");
}

void completions_fish(struct buf *ret_text)
{
	buf_append_string(ret_text,
			  "# fish completion of picdesk; generated from its table of options\n"
			  "complete -c picdesk -f\n");
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		if (!verb_table[verb].name)
			continue;
		buf_printf(ret_text, "complete -c picdesk -n __fish_use_subcommand -a %s -d '",
			   verb_table[verb].name);
		append_quoted(ret_text, verb_table[verb].purpose, "\\", true);
		buf_append_string(ret_text, "'\n");
		if (takes_files((enum verb)verb))
			buf_printf(ret_text,
				   "complete -c picdesk -n '__fish_seen_subcommand_from %s' -F\n",
				   verb_table[verb].name);
	}
	buf_printf(ret_text,
		   "complete -c picdesk -n '__fish_seen_subcommand_from %s' -a "
		   "'(__fish_complete_directories)'\n"
		   "complete -c picdesk -n '__fish_seen_subcommand_from %s' -a '",
		   verb_table[VERB_INIT].name, verb_table[VERB_HELP].name);
	append_verbs(ret_text, ~0u, ' ');
	buf_append_string(ret_text, "'\n");
	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].flag)
			append_fish_flag(ret_text, &option_table[i]);
}
