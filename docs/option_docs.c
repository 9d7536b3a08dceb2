#include "option_docs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define MAX_LINE_BYTES 4096

static const struct {
	const char *name;
	void (*print)(struct buf *ret_text);
} parts[] = {
	{"bash", completions_bash}, {"zsh", completions_zsh}, {"fish", completions_fish},
	{"verbs", man_verbs},       {"flags", man_flags},     {"keys", man_keys},
};

static int append_part(const char *name, struct buf *text)
{
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (!strcmp(parts[i].name, name)) {
			parts[i].print(text);
			return 0;
		}
	fprintf(stderr, "option_docs: there is no part '%s'\n", name);
	return -1;
}

/* The page's lines; those from `.\" @flags@` to `.\" @end@` are made anew from that part. */
static int fill_page(const char *path, struct buf *text)
{
	char line[MAX_LINE_BYTES], name[16], end;
	bool is_replaced = false;
	FILE *file = fopen(path, "r");
	int error = 0;

	if (!file) {
		perror(path);
		return -1;
	}
	while (!error && fgets(line, sizeof line, file)) {
		bool is_mark = sscanf(line, ".\\\" @%15[a-z]%c", name, &end) == 2 && end == '@';

		if (is_mark)
			is_replaced = strcmp(name, "end") != 0;
		if (is_mark || !is_replaced)
			error = buf_append_string(text, line);
		if (!error && is_mark && is_replaced)
			error = append_part(name, text);
	}
	fclose(file);
	return error;
}

/* option_docs bash | zsh | fish | man PAGE */
int main(int argc, char **argv)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4 << 20);
	int error;

	if (argc == 3 && !strcmp(argv[1], "man"))
		error = fill_page(argv[2], &text);
	else
		error = argc == 2 ? append_part(argv[1], &text) : -1;
	if (error || text.overflowed)
		return 1;
	fwrite(buf_string(&text), 1, text.length_bytes, stdout);
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
