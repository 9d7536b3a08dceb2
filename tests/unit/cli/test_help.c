#include "../cmocka_all.h"

#include <stdio.h>

#include "help.h"
#include "utf8.h"

#define COLUMNS 80

/* Longest line, in columns. */
static size_t width(const char *text)
{
	size_t widest = 0;

	while (*text) {
		size_t bytes = strcspn(text, "\n"), columns = utf8_count(text, bytes);

		widest = columns > widest ? columns : widest;
		text += bytes + (text[bytes] == '\n');
	}
	return widest;
}

static void fits_a_terminal(void **state)
{
	struct buf text = BUF_INIT(1 << 20);

	(void)state;
	help_overview(&text, false);
	assert_in_range(width(text.data), 40, COLUMNS);
	assert_null(strchr(text.data, '\x1b'));
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		if (!verb_table[verb].name)
			continue;
		buf_clear(&text);
		help_verb((enum verb)verb, &text, false);
		assert_in_range(width(text.data), 40, COLUMNS);
	}
	buf_clear(&text);
	help_overview(&text, true);
	assert_non_null(strstr(text.data, "\x1b[1m"));
	buf_release(&text);
}

static void names_each_verb_and_each_flag_that_fits(void **state)
{
	struct buf text = BUF_INIT(1 << 20);
	char line[80];

	(void)state;
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		if (!verb_table[verb].name)
			continue;
		buf_clear(&text);
		help_overview(&text, false);
		snprintf(line, sizeof line, "\n  %s ", verb_table[verb].name);
		assert_non_null(strstr(text.data, line));
		buf_clear(&text);
		help_verb((enum verb)verb, &text, false);
		assert_true(strstr(text.data, "\nExamples\n") < strstr(text.data, "\nUsage\n"));
		for (size_t i = 0; i < option_count; i++) {
			char term[80] = "--";

			if (!option_table[i].flag)
				continue;
			strcat(term, option_table[i].flag);
			/* A longer flag may begin with the same letters: look for what ends it. */
			bool found = false;
			for (char *at = text.data; (at = strstr(at, term)); at++)
				found |= strchr(" \n[", at[strlen(term)]) && at[-1] == ' ' &&
					 (at[-2] == ' ' || at[-2] == ',');
			assert_int_equal(found, !!(option_table[i].verbs & VERB_BIT(verb)));
		}
	}
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_a_terminal),
		cmocka_unit_test(names_each_verb_and_each_flag_that_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
