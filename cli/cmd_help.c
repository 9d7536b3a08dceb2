#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"
#include "help.h"

static bool wants_color(const struct settings *settings, FILE *out)
{
	const char *no_color = getenv("NO_COLOR");

	if (settings->color != COLOR_AUTO)
		return settings->color == COLOR_ALWAYS;
	return isatty(fileno(out)) && !(no_color && *no_color);
}

int cmd_help(const struct settings *settings, bool is_usage_error)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 20);
	FILE *out = is_usage_error ? stderr : stdout;
	bool has_color = wants_color(settings, out);

	if (settings->paths.count)
		help_verb(verb_parse(settings->paths.items[0]), &text, has_color);
	else
		help_overview(&text, has_color);
	fputs(buf_string(&text), out);
	return is_usage_error ? 1 : 0;
}
