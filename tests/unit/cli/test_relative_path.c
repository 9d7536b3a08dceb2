#include "../cmocka_all.h"

#include "relative_path.h"

static void is_seen_from_the_folder(void **state)
{
	static const struct {
		const char *folder, *root, *path, *shown;
	} cases[] = {
		{"/site", "/site", "_news/x.md", "_news/x.md"},
		{"/site/_news", "/site", "_news/x.md", "x.md"},
		{"/site/_news/2020", "/site", "_news/x.md", "../x.md"},
		{"/site/assets", "/site", "_news/x.md", "../_news/x.md"},
		{"/", "/site", "x.md", "site/x.md"},
		{"/home/me", "/home/me/site", "x.md", "site/x.md"},
		{"/home/me", "/srv/site", "x.md", "../../srv/site/x.md"},
		{"/home/me/site2", "/home/me/site", "x.md", "../site/x.md"},
		{"/site", "/site", "", "."},
		{"/site/_news", "/site", "", ".."},
		{"/", "/", "x.md", "x.md"},
		{"/tmp", "/", "x.md", "../x.md"},
		{"/", "/", "", "."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf text = BUF_INIT(1000);

		relative_path(&text, cases[i].folder, cases[i].root, cases[i].path);
		assert_string_equal(buf_string(&text), cases[i].shown);
		buf_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_seen_from_the_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
