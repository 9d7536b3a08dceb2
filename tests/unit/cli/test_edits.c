#include "../cmocka_all.h"
#include "../scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "edits.h"
#include "file.h"

struct folder {
	char path[SCRATCH_BYTES];
	int fd;
};

/* The last one, until it is removed: a test that fails does not come to its end. */
static char made[SCRATCH_BYTES];

static int remove_made(void **state)
{
	(void)state;
	return made[0] ? scratch_remove(made) : 0;
}

static void folder_make(struct folder *folder)
{
	assert_int_equal(scratch_make(made), 0);
	strcpy(folder->path, made);
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void folder_release(struct folder *folder)
{
	close(folder->fd);
	assert_int_equal(scratch_remove(folder->path), 0);
	made[0] = '\0';
}

static void put(struct folder *folder, const char *name, const char *text)
{
	int fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void assert_holds(struct folder *folder, const char *name, const char *text)
{
	CLEANUP(buf_release) struct buf now = BUF_INIT(1000);

	assert_int_equal(file_read(folder->fd, name, &now), 0);
	assert_string_equal(buf_string(&now), text);
}

static _Atomic(struct folder *) saved_in;

/* In front of the C library's: an editor saves one file, and removes another, before it returns. */
__attribute__((visibility("default"))) int fdatasync(int fd)
{
	struct folder *folder = atomic_exchange(&saved_in, NULL);

	if (folder) {
		put(folder, "b.md", "old, and saved\n");
		unlinkat(folder->fd, "c.md", 0);
	}
	return fsync(fd);
}

static struct asset_ref reference(const char *file, unsigned line, unsigned column,
				  enum image_ref_kind kind, const char *written)
{
	return (struct asset_ref){
		.file = (char *)file,
		.line = line,
		.column = column,
		.kind = (char *)image_ref_kind_name(kind),
		.written = (char *)written,
	};
}

static void writes_and_restores(void **state)
{
	CLEANUP(folder_release) struct folder folder;
	CLEANUP(edits_release) struct edits edits;
	CLEANUP(journal_release) struct journal journal = {0}, read = {0};
	CLEANUP(buf_release) struct buf notes = BUF_INIT(1000);
	struct asset_ref a = reference("a b%.md", 1, 1, IMAGE_REF_MARKDOWN, "old");
	struct asset_ref b = reference("b.md", 1, 1, IMAGE_REF_MARKDOWN, "old");
	struct asset_ref c = reference("c.md", 1, 1, IMAGE_REF_MARKDOWN, "old");
	struct edits_restored restored;
	struct fault fault = {0};
	const char *why;
	char *name = NULL;

	(void)state;
	folder_make(&folder);
	put(&folder, "a b%.md", "old \xff\n");
	put(&folder, "b.md", "old\n");
	put(&folder, "c.md", "&#111;ld\n");
	edits_init(&edits, folder.fd);
	assert_true(edits_replace(&edits, &a, "new", &why));
	assert_true(edits_replace(&edits, &b, "newer", &why));
	assert_false(edits_replace(&edits, &c, "new", &why));
	assert_string_equal(why, "the URL is not written there in one piece");
	edits_finish(&edits, &notes);
	assert_int_equal(edits_count(&edits), 2);
	assert_true(edits_are_kept(&edits, "b.md"));
	assert_false(edits_are_kept(&edits, "c.md"));
	assert_false(edits_are_kept(&edits, "d.md"));
	assert_int_equal(edits_record(&edits, "fix", &journal, &fault), 0);
	assert_int_equal(journal.n_files, 2);
	/* Somebody saves the file between the reading and the writing. */
	put(&folder, "b.md", "old, and more\n");
	assert_int_equal(edits_write(&edits, &notes, &fault), 0);
	assert_holds(&folder, "a b%.md", "new \xff\n");
	assert_holds(&folder, "b.md", "old, and more\n");
	assert_int_equal(edits.n_written, 1);
	assert_int_equal(edits.n_refused, 1);
	assert_string_equal(buf_string(&notes), "b.md: it has changed meanwhile: left as it is\n");

	assert_int_equal(journal_read_last(folder.fd, "localize", &read, &name, &fault), -ENOENT);
	assert_int_equal(journal_read_last(folder.fd, "fix", &read, &name, &fault), 0);
	assert_string_equal(name, "0001-fix");
	put(&folder, "b.md", "old\n");
	assert_int_equal(edits_restore(folder.fd, &read, NULL, &notes, &restored, &fault), 0);
	assert_holds(&folder, "a b%.md", "old \xff\n");
	assert_int_equal(restored.files, 1); /* the other one was never written */
	assert_int_equal(restored.refused, 0);
	assert_int_equal(journal_remove(folder.fd, name, &fault), 0);
	free(name);
}

/* What an editor saves while the disk is waited for is not replaced by what was there before. */
static void leaves_what_changes_at_the_last_moment(void **state)
{
	CLEANUP(folder_release) struct folder folder;
	CLEANUP(edits_release) struct edits edits;
	CLEANUP(buf_release) struct buf notes = BUF_INIT(1000);
	struct fault fault = {0};
	const char *why;

	(void)state;
	folder_make(&folder);
	edits_init(&edits, folder.fd);
	for (size_t i = 0; i < 4; i++) {
		static const char *const names[] = {"a.md", "b.md", "c.md", "d.md"};
		struct asset_ref ref = reference(names[i], 1, 1, IMAGE_REF_MARKDOWN, "old");

		put(&folder, names[i], "old\n");
		assert_true(edits_replace(&edits, &ref, "new", &why));
	}
	edits_finish(&edits, &notes);
	atomic_store(&saved_in, &folder);
	assert_int_equal(edits_write(&edits, &notes, &fault), 0);
	assert_holds(&folder, "a.md", "new\n");
	assert_holds(&folder, "b.md", "old, and saved\n");
	assert_int_equal(faccessat(folder.fd, "c.md", F_OK, 0), -1);
	assert_holds(&folder, "d.md", "new\n");
	assert_int_equal(edits.n_written, 2);
	assert_int_equal(edits.n_refused, 2);
	assert_string_equal(buf_string(&notes), "b.md: it has changed meanwhile: left as it is\n"
						"c.md: it has changed meanwhile: left as it is\n");
}

/* Whoever goes back gets what can be had back. */
static void restores_beside_what_cannot_be_read(void **state)
{
	CLEANUP(folder_release) struct folder folder;
	CLEANUP(edits_release) struct edits edits;
	CLEANUP(journal_release) struct journal journal = {0};
	CLEANUP(buf_release) struct buf notes = BUF_INIT(1000);
	struct asset_ref a = reference("a.md", 1, 1, IMAGE_REF_MARKDOWN, "old");
	struct asset_ref b = reference("b.md", 1, 1, IMAGE_REF_MARKDOWN, "old");
	struct edits_restored restored;
	struct fault fault = {0};
	const char *why;

	(void)state;
	folder_make(&folder);
	put(&folder, "a.md", "old\n");
	put(&folder, "b.md", "old\n");
	edits_init(&edits, folder.fd);
	assert_true(edits_replace(&edits, &a, "new", &why));
	assert_true(edits_replace(&edits, &b, "new", &why));
	edits_finish(&edits, &notes);
	assert_int_equal(edits_record(&edits, "fix", &journal, &fault), 0);
	assert_int_equal(edits_write(&edits, &notes, &fault), 0);
	assert_int_equal(edits.n_written, 2);
	assert_int_equal(unlinkat(folder.fd, "a.md", 0), 0);
	assert_int_equal(mkdirat(folder.fd, "a.md", 0700), 0);
	assert_int_equal(edits_restore(folder.fd, &journal, NULL, &notes, &restored, &fault), 0);
	assert_holds(&folder, "b.md", "old\n");
	assert_int_equal(restored.files, 1);
	assert_int_equal(restored.refused, 1);
	assert_string_equal(buf_string(&notes), "a.md: it has changed since: left as it is\n");
}

static void leaves_links_alone(void **state)
{
	CLEANUP(folder_release) struct folder folder;
	CLEANUP(edits_release) struct edits edits;
	struct asset_ref a = reference("link.md", 1, 1, IMAGE_REF_MARKDOWN, "old");
	const char *why = NULL;

	(void)state;
	folder_make(&folder);
	put(&folder, "a.md", "old\n");
	assert_int_equal(symlinkat("a.md", folder.fd, "link.md"), 0);
	edits_init(&edits, folder.fd);
	assert_false(edits_replace(&edits, &a, "new", &why));
	assert_string_equal(why, "it cannot be read, or is a symbolic link");
	assert_false(edits_replace(&edits, &a, "new", &why));
}

static void escapes_for_the_place(void **state)
{
	static const struct {
		enum image_ref_kind kind;
		const char *written, *url, *text, *before, *after;
	} rows[] = {
		{IMAGE_REF_FRONT_MATTER, "old", "a'b", "a%27b", "'"},
		{IMAGE_REF_DATA, "old", "a#b\"\\ c", "a#b%22%5C%20c", "\""},
		{IMAGE_REF_FRONT_MATTER, "old", "a'b", "a'b", "\""},
		{IMAGE_REF_SHORTCODE, "old", "a'b&c", "a%27b&c", "{% include x src='"},
		{IMAGE_REF_HTML, "old", "a'b&c", "a'b&c", "<img src={\""},
		{IMAGE_REF_HTML, "old", "a'b&c", "a%27b&c", "<img :src=\"'"},
		{IMAGE_REF_HTML, "old", "a'b&c", "a%27b&c", "<X sources={{light: '"},
		{IMAGE_REF_HTML, "old", "a'b&c", "a&#39;b&amp;c", "<img src='"},
		{IMAGE_REF_HTML, "old", "a,b&c", "a,b&amp;c", "<img srcset=\"x 1x, ", ", y 3x\""},
		{IMAGE_REF_HTML, "old", "a?b&c='d'", "a?b&amp;c=&#39;d&#39;"},
		{IMAGE_REF_MARKDOWN, "old", "a(b)|?c&d&copy;", "a\\(b\\)\\|?c&d&amp;copy;"},
		{IMAGE_REF_CSS, "old", "a(b)'c", "a\\(b\\)\\27 c"},
		{IMAGE_REF_CSS, "old", "a?b&copy;", "a?b\\26 copy;"},
		{IMAGE_REF_CSS, "old", "a?b&c", "a?b&c"},
		{IMAGE_REF_DATA, "old", "a,[b]", "a%2C%5Bb%5D", "[", ", x]"},
		{IMAGE_REF_DATA, "old", "a,[b]", "a%2C%5Bb%5D", "[x, ", " ]"},
		{IMAGE_REF_DATA, "old", "a,[b]", "a%2C%5Bb%5D", "{x: ", "}"},
		{IMAGE_REF_DATA, "old", "a,[b]", "a,[b]", "[\"", "\", x]"},
		{IMAGE_REF_DATA, "old", "a,[b]", "a,[b]", "['", "', x]"},
		{IMAGE_REF_DATA, "old", "a,[b]", "a,[b]", "x: ", "\ny: 1"},
		{IMAGE_REF_DATA, "old", "a,[b]", "a,[b]", "x: ", ""},
		{IMAGE_REF_DATA, "old", "a'b", "a%27b", "x: '  "},
		{IMAGE_REF_SHORTCODE, "old", "a'b", "a'b", "x '  "},
		{IMAGE_REF_FRONT_MATTER, "old", "a?b&c", "a?b&c"},
		{IMAGE_REF_FRONT_MATTER, "old?x&amp;y", "a?b&c", "a?b&amp;c"},
		{IMAGE_REF_DATA, "old?x&#038;y", "a?b&c", "a?b&amp;c"},
		{IMAGE_REF_DATA, "old", "a?b&c&amp;d", "a?b&c&amp;amp;d"},
		{IMAGE_REF_ASCIIDOC, "old", "a[1].png?{b}", "a%5B1%5D.png?%7Bb%7D", "image::"},
		{IMAGE_REF_HTML, "old", "a,b,", "a,b%2C", "<img srcset=\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CLEANUP(folder_release) struct folder folder;
		CLEANUP(edits_release) struct edits edits;
		const char *before = rows[i].before ? rows[i].before : "", *why;
		struct asset_ref a = reference("a.txt", 1, (unsigned)strlen(before) + 1,
					       rows[i].kind, rows[i].written);
		CLEANUP(cleanup_free)
		char *text = alloc_printf("%s%s%s", before, rows[i].written,
					  rows[i].after ? rows[i].after : "");

		folder_make(&folder);
		put(&folder, "a.txt", text);
		edits_init(&edits, folder.fd);
		assert_true(edits_replace(&edits, &a, rows[i].url, &why));
		assert_string_equal(edits.files[0]->edits[0].new, rows[i].text);
	}
}

/* In other letters a name may hold a character reference, or no longer hold one. */
static void respells_what_keeps_its_references(void **state)
{
	static const struct {
		const char *written, *spelling;
		bool is_done;
	} rows[] = {
		{"Old.PNG", "old.png", true},           {"x?a&b=C", "X?a&b=c", true},
		{"&amp;A&copy;", "&amp;a&copy;", true}, {"&Copy.png", "&copy.png", false},
		{"x&copy.png", "x&Copy.png", false},    {"&amp;&Copy.png", "&amp;&copy.png", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		CLEANUP(folder_release) struct folder folder;
		CLEANUP(edits_release) struct edits edits;
		struct asset_ref a = reference("a.txt", 1, 1, IMAGE_REF_MARKDOWN, rows[i].written);
		const char *why = NULL;

		folder_make(&folder);
		put(&folder, "a.txt", rows[i].written);
		edits_init(&edits, folder.fd);
		assert_int_equal(edits_respell(&edits, &a, rows[i].spelling, &why),
				 rows[i].is_done);
		if (rows[i].is_done)
			assert_string_equal(edits.files[0]->edits[0].new, rows[i].spelling);
		else
			assert_string_equal(why, "in other letters it holds a character reference");
	}
}

static void refuses_what_is_no_journal(void **state)
{
	static const char *const texts[] = {"", "x\n", "picdesk-undo 1\nedit 1 a b\n",
					    "picdesk-undo 1\nfile 12 34 a\n", "picdesk-undo 2\n"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CLEANUP(folder_release) struct folder folder;
		struct journal journal = {0};
		struct fault fault = {0};
		char *name = NULL;

		folder_make(&folder);
		assert_int_equal(mkdirat(folder.fd, ".cache", 0755), 0);
		assert_int_equal(mkdirat(folder.fd, ".cache/picdesk-undo", 0755), 0);
		put(&folder, ".cache/picdesk-undo/0007-fix", texts[i]);
		assert_int_equal(journal_read_last(folder.fd, "fix", &journal, &name, &fault),
				 -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(writes_and_restores, remove_made),
		cmocka_unit_test_teardown(leaves_what_changes_at_the_last_moment, remove_made),
		cmocka_unit_test_teardown(restores_beside_what_cannot_be_read, remove_made),
		cmocka_unit_test_teardown(leaves_links_alone, remove_made),
		cmocka_unit_test_teardown(escapes_for_the_place, remove_made),
		cmocka_unit_test_teardown(respells_what_keeps_its_references, remove_made),
		cmocka_unit_test_teardown(refuses_what_is_no_journal, remove_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
