#include "option_docs.h"

#include <stdbool.h>
#include <string.h>

#include "cleanup.h"
#include "option_table.h"
#include "units.h"

/* At a space between a full stop and a capital. */
static bool begins_sentence(const char *space)
{
	return space[-1] == '.' && space[1] >= 'A' && space[1] <= 'Z';
}

/* roff: backslashes, quotes and hyphens as they stand; no line begins with a control character;
 * each sentence has a line of its own. */
static void append_text(struct buf *text, const char *words)
{
	words += strspn(words, " ");
	if (*words == '.' || *words == '\'')
		buf_append_string(text, "\\&");
	for (; *words; words++) {
		switch (*words) {
		case '\\':
			buf_append_string(text, "\\e");
			break;
		case '\'':
			buf_append_string(text, "\\(aq");
			break;
		case '"':
			buf_append_string(text, "\\(dq");
			break;
		case '-':
			buf_append_string(text, "\\-");
			break;
		case ' ':
			buf_append_char(text, begins_sentence(words) ? '\n' : ' ');
			break;
		default:
			buf_append_char(text, *words);
		}
	}
}

static void append_sentence(struct buf *text, const char *words)
{
	CLEANUP(buf_release) struct buf sentence = BUF_INIT(4096);

	buf_append_string(&sentence, words);
	if (sentence.data[0] >= 'a' && sentence.data[0] <= 'z')
		sentence.data[0] = (char)(sentence.data[0] - 'a' + 'A');
	append_text(text, sentence.data);
	buf_append_string(text, ".\n");
}

static void append_term(struct buf *text, const struct option *option)
{
	buf_append_string(text, ".It ");
	if (option->letter)
		buf_printf(text, "Fl %c , ", option->letter);
	buf_printf(text, "Fl Fl %s", option->flag);
	if (option->value) {
		buf_append_string(text,
				  option_takes_value(option) ? " Ar \"" : " Ns Oo Ns = Ns Ar \"");
		append_text(text, option->value);
		buf_append_string(text, option_takes_value(option) ? "\"" : "\" Oc");
	}
	buf_append_char(text, '\n');
}

/* "One of text, json, jsonl." "Default: 30s." "Fits scan." "Key: fetch.timeout." */
static void append_choices(struct buf *text, const struct option *option)
{
	if (!option->choices)
		return;
	buf_append_string(text, "One of\n");
	for (size_t i = 0; option->choices[i]; i++)
		buf_printf(text, ".Cm %s%s\n", option->choices[i],
			   option->choices[i + 1] ? " ," : " .");
}

static void append_range(struct buf *text, const struct option *option)
{
	char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];

	if (!option_is_int64(option))
		return;
	option_format_int64(option, option->minimum, low);
	option_format_int64(option, option->maximum, high);
	if (option->maximum == INT64_MAX)
		buf_printf(text, "At least %s.\n", low);
	else
		buf_printf(text, "From %s to %s.\n", low, high);
}

static void append_default(struct buf *text, const struct option *option)
{
	char value[UNITS_TEXT_BYTES];
	const char *initial = option_default(option, value);

	if (!*initial)
		return;
	buf_append_string(text, "Default: ");
	append_text(text, initial);
	buf_append_string(text, ".\n");
}

static void append_fitting_verbs(struct buf *text, const struct option *option)
{
	const char *separator = "Fits ";

	if (option->verbs == ~0u)
		return;
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		if (!verb_table[verb].name || !(option->verbs & VERB_BIT(verb)))
			continue;
		buf_printf(text, "%s%s", separator, verb_table[verb].name);
		separator = ", ";
	}
	buf_append_string(text, ".\n");
}

static void append_flag(struct buf *text, const struct option *option)
{
	append_term(text, option);
	append_sentence(text, option->help);
	append_choices(text, option);
	append_range(text, option);
	append_default(text, option);
	if (option->key)
		buf_printf(text, "In\n.Pa picdesk.yml :\n.Cm %s .\n", option->key);
	append_fitting_verbs(text, option);
}

void man_flags(struct buf *ret_text)
{
	for (int group = 0; group < GROUP_COUNT; group++) {
		buf_printf(ret_text, ".Ss %s\n.Bl -tag -width Ds\n", option_group_titles[group]);
		for (size_t i = 0; i < option_count; i++)
			if ((int)option_table[i].group == group && option_table[i].flag)
				append_flag(ret_text, &option_table[i]);
		buf_append_string(ret_text, ".El\n");
	}
}

void man_keys(struct buf *ret_text)
{
	buf_append_string(ret_text, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];

		if (!option->key)
			continue;
		buf_printf(ret_text, ".It Cm %s\n", option->key);
		append_sentence(ret_text, option->help);
		if (option->flag) {
			buf_printf(ret_text, "As\n.Fl Fl %s .\n", option->flag);
			continue;
		}
		append_range(ret_text, option);
		append_default(ret_text, option);
	}
	buf_append_string(ret_text, ".El\n");
}

void man_verbs(struct buf *ret_text)
{
	buf_append_string(ret_text, ".Bl -tag -width Ds\n");
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		const struct verb_info *info = &verb_table[verb];

		if (!info->name)
			continue;
		buf_printf(ret_text, ".It Cm %s", info->name);
		if (info->argument) {
			buf_append_string(ret_text, " Ar \"");
			append_text(ret_text, info->argument);
			buf_append_char(ret_text, '"');
		}
		buf_append_char(ret_text, '\n');
		append_sentence(ret_text, info->purpose);
		if (info->details) {
			append_text(ret_text, info->details);
			buf_append_char(ret_text, '\n');
		}
	}
	buf_append_string(ret_text, ".El\n");
}
