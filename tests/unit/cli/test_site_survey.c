#include "../cmocka_all.h"
#include "../scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "config.h"
#include "options.h"
#include "site_survey.h"

static char root[SCRATCH_BYTES];

static void write_file(const char *name, const char *text)
{
	char path[SCRATCH_BYTES + 64];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int make_site(void **state)
{
	char path[SCRATCH_BYTES + 64];

	(void)state;
	if (scratch_make(root))
		return -1;
	snprintf(path, sizeof path, "%s/_posts", root);
	if (mkdir(path, 0700))
		return -1;
	write_file("_config.yml", "title: x\n");
	write_file("_posts/2024-01-01-a.md",
		   "---\nimage: https://a.example/1.png\n---\n"
		   "![x](https://b.example/2.png) ![y](/none.png)\n"
		   "![z](https://a.example/1.png) ![t](https://a.example/3.png)\n");
	write_file("index.md", "![d](data:image/png;base64,AAAA)\n");
	return 0;
}

static int remove_site(void **state)
{
	(void)state;
	return scratch_remove(root);
}

static void counts_what_a_scan_finds(void **state)
{
	struct site_survey survey;
	struct site site;
	struct fault fault;

	(void)state;
	assert_int_equal(site_find((const char *const[]){root}, 1, NULL, &site, &fault), 0);
	assert_int_equal(site_survey(&site, false, &survey, &fault), 0);
	assert_int_equal(survey.articles, 2);
	assert_int_equal(survey.references, 6);
	assert_int_equal(survey.remote, 4);
	assert_int_equal(survey.urls.count, 3);
	assert_int_equal(survey.local, 1);
	assert_int_equal(survey.missing, 1);
	assert_int_equal(survey.embedded, 1);
	assert_int_equal(survey.hosts.count, 2);
	assert_string_equal(survey.hosts.items[0]->name, "a.example");
	assert_int_equal(survey.hosts.items[0]->count, 2);
	assert_int_equal(survey.folders.count, 2);
	site_survey_release(&survey);
	site_release(&site);
}

/* With the comments and with every example taken out of its comment. */
static void writes_a_config_that_is_valid(void **state)
{
	struct buf text = BUF_INIT(1 << 20), live = BUF_INIT(1 << 20), errors = BUF_INIT(1 << 20);
	struct site_survey survey;
	struct site site;
	struct fault fault;

	(void)state;
	setenv("TOKEN", "x", 1);
	assert_int_equal(site_find((const char *const[]){root}, 1, NULL, &site, &fault), 0);
	assert_int_equal(site_survey(&site, false, &survey, &fault), 0);
	for (int generator = 0; generator <= GENERATOR_MKDOCS; generator++) {
		struct settings settings;
		char path[SCRATCH_BYTES + 64];

		site.generator = (enum generator)generator;
		buf_clear(&text);
		buf_clear(&live);
		site_survey_config(&site, &survey, &text);
		for (const char *line = text.data; *line;) {
			size_t length = strcspn(line, "\n") + 1;
			const char *from = strncmp(line, "# ", 2) ? line : line + 2;
			/* "key:" or something indented; sentences begin with capitals or go on. */
			bool is_example =
				from != line &&
				(*from == ' ' ||
				 from[strspn(from, "abcdefghijklmnopqrstuvwxyz_")] == ':');

			if (from == line || is_example)
				buf_append(&live, from, length - (size_t)(from - line));
			line += length;
		}
		for (int pass = 0; pass < 2; pass++) {
			write_file("picdesk.yml", pass ? live.data : text.data);
			snprintf(path, sizeof path, "%s/picdesk.yml", root);
			settings_init(&settings);
			if (config_file(&settings, path, "picdesk.yml", root, &errors))
				fail_msg("%s\n%s", buf_string(&errors),
					 pass ? live.data : text.data);
			assert_int_equal(settings.n_specs, 2);
			assert_string_equal(settings.publish,
					    config_publish(&(struct settings){0}, &site));
			assert_int_equal(settings.n_hosts, pass);
			settings_release(&settings);
		}
	}
	unsetenv("TOKEN");
	site_survey_release(&survey);
	site_release(&site);
	buf_release(&text);
	buf_release(&live);
	buf_release(&errors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_a_scan_finds),
		cmocka_unit_test(writes_a_config_that_is_valid),
	};

	return cmocka_run_group_tests(tests, make_site, remove_site);
}
