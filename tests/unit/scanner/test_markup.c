/* reStructuredText and AsciiDoc. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "scan_site.h"

struct text_case {
	const char *name, *text, *expected;
};

static void check(const struct text_case *cases, size_t count, const char *file)
{
	for (size_t i = 0; i < count; i++) {
		const struct site_file files[] = {{file, cases[i].text, 0}, {0}};
		char *found = scan_site(files, NULL, NULL);

		if (strcmp(found, cases[i].expected) != 0)
			print_error("case: %s\n", cases[i].name);
		assert_string_equal(found, cases[i].expected);
		free(found);
	}
}

#define X "https://x.org/"

static void reads_rst(void **state)
{
	static const struct text_case cases[] = {
		{"directives, their options, their case",
		 ".. image:: " X "1.png\n   :alt: é\n   :width: 300px\n   :height: 20\n\n"
		 ".. Figure:: " X "2.png\n   :width: 50%\n\n   .. image:: " X
		 "3.png\n      :width: 4em\n",
		 "a.rst:1:12 rst remote " X "1.png 300x20 'é'\n"
		 "a.rst:6:13 rst remote " X "2.png\n"
		 "a.rst:9:15 rst remote " X "3.png\n"},
		{"substitutions, items, cells, URLs on their own line and with blanks",
		 ".. |a b| image:: " X "1.png\n\n* - .. image:: " X "2.png\n#. .. image:: " X
		 "3.png\n\n"
		 "+---+---+\n| a | .. image:: " X "4.png |\n+---+---+\n\n.. image::\n   " X
		 "5 6.png\n"
		 "   :alt: b\n",
		 "a.rst:1:18 rst remote " X "1.png\n"
		 "a.rst:3:16 rst remote " X "2.png\n"
		 "a.rst:4:15 rst remote " X "3.png\n"
		 "a.rst:7:18 rst remote " X "4.png\n"
		 "a.rst:11:4 rst remote " X "56.png 'b'\n"},
		{"a table that begins behind an item's mark",
		 "* +---+---+\n  | a | .. image:: " X "1.png |\n  +---+---+\n",
		 "a.rst:2:20 rst remote " X "1.png\n"},
		{"what hides",
		 "text::\n\n  .. image:: no.png\n\n  .. image:: no.png\n\n"
		 ".. comment\n   .. image:: no.png\n\n..\n  .. image:: no.png\n\n"
		 ".. code-block:: rst\n   :linenos:\n\n   .. image:: no.png\n\n"
		 "- item::\n\n      .. image:: no.png\n\n  .. image:: " X "1.png\n\n"
		 ".. image:: no.*\n.. image::no.png\n",
		 "a.rst:22:14 rst remote " X "1.png\n"},
		{"what does not",
		 "text::\n  .. image:: " X "1.png\n\n..\n\n  .. image:: " X "2.png\n\n"
		 ".. note::\n   .. image:: " X "3.png\n\n.. _target:\n   .. image:: " X "4.png\n",
		 "a.rst:2:14 rst remote " X "1.png\n"
		 "a.rst:6:14 rst remote " X "2.png\n"
		 "a.rst:9:15 rst remote " X "3.png\n"
		 "a.rst:12:15 rst remote " X "4.png\n"},
		{"a paragraph goes on with what stands right behind it, a title and a field do not",
		 "text\n.. image:: no.png\n\nTitle\n=====\n.. image:: " X "1.png\n.. image:: " X
		 "2.png\n\n"
		 "- text\n  .. image:: no.png\n\n- text\n\n.. image:: " X "3.png\n\n"
		 "| .. image:: no.png\n\n:a: b\n.. image:: https://x.\n   org/4.png\n   :width: "
		 "3\n",
		 "a.rst:6:12 rst remote " X "1.png\n"
		 "a.rst:7:12 rst remote " X "2.png\n"
		 "a.rst:14:12 rst remote " X "3.png\n"
		 "a.rst:19:12 rst remote " X "4.png 3x0\n"},
		{"raw HTML, and only HTML",
		 ".. raw:: html\n\n   <img src='" X "1.png'\n        width=3>\n\n.. raw:: latex\n\n"
		 "   <img src=no.png>\n\n<img src=no.png>\n",
		 "a.rst:3:14 html remote " X "1.png 3x0\n"},
		{"a title between rules, front matter, a template",
		 "---\nABC\n---\n\n.. image:: {{ a }}.png\n",
		 "a.rst:5:12 rst template {{ a }}.png\n"},
		{"front matter", "---\nimage: " X "1.png\n---\n\n.. image:: " X "2.png\n",
		 "a.rst:2:8 front-matter remote " X "1.png at image\n"
		 "a.rst:5:12 rst remote " X "2.png\n"},
	};

	(void)state;
	check(cases, ARRAY_LENGTH(cases), "a.rst");
}

static void reads_asciidoc(void **state)
{
	static const struct text_case cases[] = {
		{"block and inline macros, their attributes",
		 "image::" X "1.png[\"A, b\",300,200]\n\nsee image:" X
		 "2.png[alt=C,width=50%] and\n"
		 "image:" X "a b.png[x\\]y,width=\"3px\"]\n\n.Title image:" X "4.png[]\n",
		 "a.adoc:1:8 asciidoc remote " X "1.png 300x200 'A, b'\n"
		 "a.adoc:3:11 asciidoc remote " X "2.png 'C'\n"
		 "a.adoc:4:7 asciidoc remote " X "a b.png 3x0 'x\\]y'\n"
		 "a.adoc:6:14 asciidoc remote " X "4.png\n"},
		{"inline passthroughs, attributes over two lines",
		 "`image:" X
		 "1.png[]` +image:no.png[]+, $$image:no.png[]$$ stem:[image:no.png[]]\n\n"
		 "pass:q,c[image:no.png[\\]] (+image:no.png[]+)\n\n+image:" X "2.png[] +\n\n"
		 "a+image:" X "3.png[]+\n\nimage:" X
		 "4.png[a,\n640,480] b\n\nimage:no.png[a\n\nb]\n",
		 "a.adoc:1:8 asciidoc remote " X "1.png\n"
		 "a.adoc:5:8 asciidoc remote " X "2.png\n"
		 "a.adoc:7:9 asciidoc remote " X "3.png\n"
		 "a.adoc:9:7 asciidoc remote " X "4.png 640x480 'a'\n"},
		{"attributes",
		 "= Title\nA. Uthor <a@x.org>\n:imagesdir: https://x.org/i\n:b: y\n:c: {b}/z\n\n"
		 "image::a.png[]\n\nimage::{c}.png[]\n\nimage::/d.png[]\n\nimage::{e}.png[]\n\n"
		 "image::module:f.png[]\n\n:imagesdir: {x}\n\nimage::g.png[]\n",
		 "a.adoc:7:8 asciidoc remote " X "i/a.png\n"
		 "a.adoc:9:8 asciidoc remote " X "i/y/z.png\n"
		 "a.adoc:11:8 asciidoc local missing /d.png\n"
		 "a.adoc:13:8 asciidoc template {e}.png\n"
		 "a.adoc:15:8 asciidoc template module:f.png\n"
		 "a.adoc:19:8 asciidoc template g.png\n"},
		{"conditions are no text, and all that they hold counts",
		 "= Title\nifndef::imagesdir[:imagesdir: "
		 "https://x.org/i]\nifndef::imagesdir[:imagesdir: no]\n"
		 "\nifndef::backend-pdf[]\nimage::a.png[]\nendif::[]\nifdef::b[image::b.png[]]\n\n"
		 "ifeval::[\"{x}\" == \"[image:no.png[]]\"]\nimage::c.png[]\nendif::x[]\n\n"
		 "----\nifdef::x[]\nimage::no.png[]\nendif::x[]\n----\n",
		 "a.adoc:6:8 asciidoc remote " X "i/a.png\n"
		 "a.adoc:8:17 asciidoc remote " X "i/b.png\n"
		 "a.adoc:11:8 asciidoc remote " X "i/c.png\n"},
		{"what hides",
		 "----\nimage::no[]\n....\n----\n\n....\nimage:no[]\n....\n\n////\nimage::no[]\n///"
		 "/\n"
		 "// "
		 "image:no[]\n\n```js\nimage::no[]\n```\n\n[source,adoc]\nimage::no[]\nimage:no[]"
		 "\n\n"
		 " image::no[]\n\n[listing]\n--\nimage::no[]\n\nimage:no[]\n--\n\ntext\nimage::no[]"
		 "\n\n"
		 "\\image::no[] +++image:no[]+++ `+image:no[]+` pass:[image:no[\\]]\n\nimage::" X
		 "1.png[]\n",
		 "a.adoc:37:8 asciidoc remote " X "1.png\n"},
		{"what does not",
		 "Title\n-----\nimage::" X "1.png[]\n\n* item\n+\nimage::" X
		 "2.png[]\n\n====\nimage::" X "3.png[]\n====\n\n|===\n|a |image:" X
		 "4.png[]\na|image::" X "5.png[] |b\n|===\n\n"
		 "  * image:" X "6.png[]\n\n[source]\n----\na\n----\nimage::" X "7.png[]\n",
		 "a.adoc:3:8 asciidoc remote " X "1.png\n"
		 "a.adoc:7:8 asciidoc remote " X "2.png\n"
		 "a.adoc:10:8 asciidoc remote " X "3.png\n"
		 "a.adoc:14:11 asciidoc remote " X "4.png\n"
		 "a.adoc:15:10 asciidoc remote " X "5.png\n"
		 "a.adoc:18:11 asciidoc remote " X "6.png\n"
		 "a.adoc:24:8 asciidoc remote " X "7.png\n"},
		{"passthrough blocks are HTML",
		 "---\nimage: " X "1.png\n---\n++++\n<img src=" X "2.png>\n++++\n<img src=no>\n",
		 "a.adoc:2:8 front-matter remote " X "1.png at image\n"
		 "a.adoc:5:10 html remote " X "2.png\n"},
	};

	(void)state;
	check(cases, ARRAY_LENGTH(cases), "a.adoc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rst),
		cmocka_unit_test(reads_asciidoc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
