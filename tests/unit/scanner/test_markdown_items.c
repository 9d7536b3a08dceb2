/* Images in lists and quotations, wherever in the file those stand. */
#include "../cmocka_all.h"

#include <string.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "markdown.h"

/* md4c keeps places as 32-bit numbers, and takes their last byte for the kind of a block. */
#define PLACES 256

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text += strlen(what);
	}
	return count;
}

/* As many images as there are "(a.png)", each where it stands. */
static void check_images(const struct buf *text, enum markdown_dialect dialect)
{
	CLEANUP(cleanup_free) char *html = alloc_string_n(text->data, text->length_bytes);
	CLEANUP(markdown_images_release) struct markdown_images images = {0};

	markdown_find(text->data, text->length_bytes, dialect, 100, html, &images);
	if (images.count != count_of(text->data, "(a.png)"))
		fail_msg("%zu images in:\n%s", images.count, text->data);
	for (size_t i = 0; i < images.count; i++)
		if (strncmp(text->data + images.items[i].offset, "a.png)", 6) != 0)
			fail_msg("an image at %zu in:\n%s", images.items[i].offset, text->data);
}

static void finds_images_at_any_place(void **state)
{
	static const char *const texts[] = {
		/* empty lines */
		"-   x\n\n\n    ![](a.png)\n\n    ![](a.png)\n",
		"1.  x\r\n\r\n\r\n\r\n\r\n    y\r\n\r\n    ![](a.png)\r\n",
		"-   x\n \t\n\t\n    y\n\n    ![](a.png)\n",
		"> -   x\n>\n>\n>     y\n>\n>     ![](a.png)\n",
		"-   > -   x\n    >\n    >\n    >     y\n    >\n    >     ![](a.png)\n",
		"-   - x\n\n\n      y\n\n      ![](a.png)\n\n    ![](a.png)\n",
		/* a block that ends with its line */
		"-   # x\n\n    y\n\n    ![](a.png)\n",
		"-   x\n    ===\n\n    y\n\n    ![](a.png)\n",
		"-   x\n    ---\t\r\n\r\n    y\r\n\r\n    ![](a.png)\r\n",
		"-   ***\n\n    y\n\n    ![](a.png)\n",
		"-   ```\n    x\n    ```\n\n    y\n\n    ![](a.png)\n",
		"-   | x |\n    |---|\n\n    y\n\n    ![](a.png)\n",
		"-   <pre>\n        x\n\n    y</pre>\n\n    y\n\n    ![](a.png)\n",
		"1.  x\n    -\n\n    y\n\n    ![](a.png)\n",
		/* what goes on behind empty lines */
		"-   x\n\n        code\n\n\n        ![](no.png)\n\n    ![](a.png)\n",
		"-   ```\n    x\n\n\n    ![](no.png)\n    ```\n\n    ![](a.png)\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		for (size_t before = 0; before < PLACES; before++) {
			CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

			for (size_t j = 0; j < before; j++)
				buf_append_char(&text, 'p');
			buf_append_string(&text, "\n\n");
			buf_append_string(&text, texts[i]);
			check_images(&text, MARKDOWN_COMMONMARK);
		}
}

static void finds_images_in_what_holds_them(void **state)
{
	static const char *const texts[] = {
		/* an indented item on the first line of a quotation */
		">   +\n>       ![](a.png)\n",
		">   - x\n>\n>       ![](a.png)\n",
		">    1) x\n>\n>          ![](a.png)\n>    2) ![](a.png)\n",
		">   - - x\n>\n>         ![](a.png)\n>\n>   - ![](a.png)\n",
		"-   >   1234567. x\n    >\n    >              ![](a.png)\n",
		">   - >   - x\n>     >\n>     >       ![](a.png)\n",
		">   -\n>\n>   ![](a.png)\n",
		">   - - -\n>   ![](a.png)\n",
		">\t- x\n>\n>\t    ![](a.png)\n",
		">\t1.\n>\t     ![](a.png)\n",
		" > >\t- <x>\n > >\t   ![](no.png)\n > >\n > >\t    ![](a.png)\n",
		/* empty quotations and items */
		"1.\n   >\n    ![](a.png)\n",
		">-\n>\t>\n>\t  ![](a.png)\n",
		"> -\n>\n> x\n>\n> ![](a.png)\n",
		/* what ends a table and begins at once */
		"a | b\n--|--\nx\n2) `\n\n    ![](a.png)`\n",
		"> a | b\n> --|--\n> [x\ny](![](a.png)\n",
		/* text that would begin another block, were it in none */
		"> x `\n===\n![](no.png)`\n",
		"> x `\n--\n![](no.png)`\n",
		"x `\n\t> ![](no.png)`\n",
		"> x <!--\n-->![](a.png)\n",
		/* blanks behind the end of code */
		"```\nx\n```\t\n![](a.png)\n",
		"~~~\r\nx\r\n~~~ \t \r\n![](a.png)\r\n",
		"-   ```\n    x\n    ```\t\n\n    ![](a.png)\n",
		"```\n``` \tx\n![](no.png)\n```\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

		buf_append_string(&text, texts[i]);
		check_images(&text, MARKDOWN_COMMONMARK);
	}
}

/* Where nothing is indented code, marks that are indented as far begin no item or quotation. */
static void finds_images_behind_indented_marks(void **state)
{
	static const char *const texts[] = {
		"    - ![](a.png)\n",
		"          - ![](a.png)\n",
		"\t\t- ![](a.png)\n",
		"x\n\n          1. ![](a.png)\n",
		"1.      *![](a.png)\n     ![](a.png)\n",
		"> x\n>\n>\t\t> ![](a.png)\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);

		buf_append_string(&text, texts[i]);
		check_images(&text, MARKDOWN_ELEVENTY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_images_at_any_place),
		cmocka_unit_test(finds_images_in_what_holds_them),
		cmocka_unit_test(finds_images_behind_indented_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
