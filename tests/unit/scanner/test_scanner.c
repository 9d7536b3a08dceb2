#include "../cmocka_all.h"

#include <stdlib.h>

#include "alloc.h"
#include "buf.h"
#include "scan_site.h"

struct path_case {
	const char *name;
	struct site_file files[SCAN_CASE_MAX_FILES];
	const char *path; /* NULL: the whole site */
	const char *expected;
};

static void check_all(const struct path_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		scan_site_check(cases[i].name, cases[i].files, cases[i].path, cases[i].expected);
}

#define X "https://x.org/"

static const struct path_case front_matter_cases[] = {
	{"of two equal keys the last one counts, of a table's columns both",
	 {{"a.md", "---\nimage: " X "no.png\nauthor: {avatar: " X "no.png}\n\"image\": " X
		   "1.png\nauthor: {}\n? [a]\n: {image: " X "2.png}\n? [b]\n: x\n---\n"},
	  {"_data/b.csv", "image,image\n" X "3.png," X "4.png\n"},
	  {"_data/c.json",
	   "{\"image\": \"" X "no.png\", \"a\": 1, \"b\": 1, \"c\": 1, \"d\": 1, \"e\": 1,\n"
	   "\"f\": 1, \"g\": 1, \"h\": 1, \"i\": 1, \"j\": 1, \"k\": 1, \"l\": 1, \"m\": 1,\n"
	   "\"n\": 1, \"o\": 1, \"p\": 1, \"q\": 1, \"r\": 1, \"s\": 1, \"t\": 1, \"u\": 1,\n"
	   "\"v\": 1, \"w\": 1, \"x\": 1, \"y\": 1, \"z\": 1, \"A\": 1, \"B\": 1, \"C\": 1,\n"
	   "\"D\": 1, \"E\": 1, \"F\": 1, \"image\": \"" X "5.png\"}\n"}},
	 NULL,
	 "_data/b.csv:2:1 data remote " X "3.png at [0].image\n"
	 "_data/b.csv:2:21 data remote " X "4.png at [0].image\n"
	 "_data/c.json:5:35 data remote " X "5.png at image\n"
	 "a.md:4:10 front-matter remote " X "1.png at image\n"
	 "a.md:7:11 front-matter remote " X "2.png at image\n"},
	{"keys, lists, mappings, declared sizes",
	 {{"a.md", "---\n"
		   "image: " X "1.png\n"
		   "images:\n"
		   "  - url: \"" X "2.png?a=1&#038;b=2\"\n"
		   "    width: 1200\n"
		   "    height: '600px'\n"
		   "    title: é\n"
		   "  - " X "3.png\n"
		   "provider:\n"
		   "  images: [{src: " X "4.png}]\n"
		   "author: {avatar: //x.org/5.png}\n"
		   "webUrl: " X "page.png\n"
		   "---\n"}},
	 NULL,
	 "a.md:2:8 front-matter remote " X "1.png at image\n"
	 "a.md:4:11 front-matter remote " X "2.png?a=1&b=2 at images[0].url 1200x600 'é'\n"
	 "a.md:8:5 front-matter remote " X "3.png at images[1]\n"
	 "a.md:10:18 front-matter remote " X "4.png at provider.images[0].src\n"
	 "a.md:11:18 front-matter remote " X "5.png at author.avatar\n"},
	{"JSON between marks",
	 {{"a.md", "---json\r\n{\"image\": \"" X "1.png\"}\r\n---\r\n![a](" X "2.png)\r\n"},
	  {"b.md", "---json\n{\"image\": }\n---\n![a](" X "3.png)\n"}},
	 NULL,
	 "a.md:2:12 front-matter remote " X "1.png at image\n"
	 "a.md:4:6 markdown remote " X "2.png 'a'\n"
	 "b.md:4:6 markdown remote " X "3.png 'a'\n"
	 "b.md:2:11 problem bad-front-matter parse error: unallowed token at this point in JSON "
	 "text\n"},
	{"values that are no images",
	 {{"a.md", "---\nimage: true\nlogo: fa-home\nicon: mdi:home\ncover: 😀\nhero: a text\n"
		   "photo: 12\nthumbnail: 2020-01-02\nbanner: 16/9\nimg: ~\nposter: null\n"
		   "picture: {url: true, path: 3}\n---\n"}},
	 NULL,
	 ""},
	{"links beside images, and whose title it is",
	 {{"a.md", "---\ntitle: Page\nimage: " X "0.png\n"
		   "logos:\n  - {url: " X "page, image: " X "1.png, alt: A}\n"
		   "gallery:\n  - {url: /page, image_path: " X "2.png}\n---\n"}},
	 NULL,
	 "a.md:3:8 front-matter remote " X "0.png at image\n"
	 "a.md:5:38 front-matter remote " X "1.png at logos[0].image 'A'\n"
	 "a.md:7:30 front-matter remote " X "2.png at gallery[0].image_path\n"},
	{"nested too deep",
	 {{"a.md",
	   "---\na: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n---\n"}},
	 NULL,
	 "a.md:2:67 problem limit nested more than 64 levels deep: front matter is not looked "
	 "at\n"},
	{"anchor, tag, block scalar, alias",
	 {{"a.md",
	   "---\nimage: &a !!str " X "1.png\nimages:\n  - *a\n  - >-\n    " X "2.png\n---\n"}},
	 NULL,
	 "a.md:2:17 front-matter remote " X "1.png at image\n"
	 "a.md:6:5 front-matter remote " X "2.png at images[1]\n"},
	{"merge key",
	 {{"a.md", "---\nb: &b {image: " X "1.png}\nc:\n  <<: *b\n---\n"}},
	 NULL,
	 "a.md:2:15 front-matter remote " X "1.png at b.image\n"},
	{"byte order mark and CRLF",
	 {{"a.md", "\xef\xbb\xbf---\r\nimage: " X "1.png\r\n---\r\n![a](" X "2.png)\r\n"}},
	 NULL,
	 "a.md:2:8 front-matter remote " X "1.png at image\n"
	 "a.md:4:6 markdown remote " X "2.png 'a'\n"},
	{"broken: the body is still read",
	 {{"a.md", "---\nimage: [a\nb: c\n---\n![a](" X "2.png)\n"}},
	 NULL,
	 "a.md:5:6 markdown remote " X "2.png 'a'\n"
	 "a.md:3:2 problem bad-front-matter did not find expected ',' or ']' (while parsing a flow "
	 "sequence that begins 1 line above)\n"},
	{"never closed",
	 {{"a.md", "---\nimage: x.png\n\n![a](" X "2.png)\n"}},
	 NULL,
	 "a.md:4:6 markdown remote " X "2.png 'a'\n"
	 "a.md:1:1 problem bad-front-matter front matter is never closed: a line --- is missing\n"},
	{"a thematic break is no front matter",
	 {{"a.md", "---\n\n![a](" X "2.png)\n"}},
	 NULL,
	 "a.md:3:6 markdown remote " X "2.png 'a'\n"},
	{"empty",
	 {{"a.md", "---\n---\n![a](" X "2.png)\n"}},
	 NULL,
	 "a.md:3:6 markdown remote " X "2.png 'a'\n"},
	{"below blank lines: Hugo and Astro skip them",
	 {{"hugo.toml", ""},
	  {"content/a.md", "\n \r\n---\nimage: " X "1.png\n---\n![a](" X "2.png)\n"},
	  {"content/b.md", "\xef\xbb\xbf\n+++\nimage = '" X "3.png'\n+++\n"},
	  {"content/c.md", "\n{\"image\": \"" X "4.png\"}\n"},
	  {"content/d.md", "\n---\nimage: " X "5.png\n"},
	  {"content/e.md", "\n    ---\n    image: " X "6.png\n    ---\n"}},
	 NULL,
	 "content/a.md:4:8 front-matter remote " X "1.png at image\n"
	 "content/a.md:6:6 markdown remote " X "2.png 'a'\n"
	 "content/b.md:3:10 front-matter remote " X "3.png at image\n"
	 "content/c.md:2:12 front-matter remote " X "4.png at image\n"
	 "content/d.md:2:1 problem bad-front-matter front matter is never closed: a line --- is "
	 "missing\n"},
	{"below blank lines: Astro",
	 {{"astro.config.mjs", ""}, {"a.md", "\n---\nimage: " X "1.png\n---\n"}},
	 NULL,
	 "a.md:3:8 front-matter remote " X "1.png at image\n"},
	{"below blank lines: elsewhere it is text between rules",
	 {{"_config.yml", ""},
	  {"a.md", "\n---\nNote: ![a](" X "1.png) [\n\n---\n"},
	  {"b.md", "\n---\nNote: ![a](" X "2.png)\n"}},
	 NULL,
	 "a.md:3:12 markdown remote " X "1.png 'a'\n"
	 "b.md:3:12 markdown remote " X "2.png 'a'\n"},
	{"a list",
	 {{"a.md", "---\n- a\n---\n"}},
	 NULL,
	 "a.md:2:1 problem bad-front-matter front matter is a list: it must be `key: value` "
	 "lines\n"},
	{"TOML",
	 {{"a.md",
	   "+++\nimage = \"" X "1.png\"\n[a]\nlogo = {url = '" X "2.png', width = 3}\n+++\n"}},
	 NULL,
	 "a.md:2:10 front-matter remote " X "1.png at image\n"
	 "a.md:4:16 front-matter remote " X "2.png at a.logo.url 3x0\n"},
	{"JSON",
	 {{"a.md", "{\"image\": \"https:\\/\\/x.org\\/1.png\"}\n\n![a](" X "2.png)\n"}},
	 NULL,
	 "a.md:1:12 front-matter remote " X "1.png at image\n"
	 "a.md:3:6 markdown remote " X "2.png 'a'\n"},
	{"behind blanks, lines that are joined, and marks",
	 {{"_data/a.yml", "logo: \"  " X "1.png \"\ncover: ! " X "2.png\nimage: \"\\\n  \\  " X
			  "3.png\"\nicon: '\n\n  " X "4.png'\nhero: |2-\n\n     " X
			  "5.png\nphoto: \"\\x20\\x68ttps://x.org/6.png\"\n"},
	  {"_data/b.json", "[{\"image\": \"\\u0020\\n\\t " X "7.png\"}]"},
	  {"_data/c.toml",
	   "logo = \"\"\"\\\n  " X "8.png\"\"\"\ncover = \"\"\"\n\n  " X "9.png\"\"\"\n"},
	  {"_data/d.csv", "image\n\"  " X "10.png\"\n " X "11.png\n"}},
	 NULL,
	 "_data/a.yml:1:10 data remote " X "1.png at logo\n"
	 "_data/a.yml:2:10 data remote " X "2.png at cover\n"
	 "_data/a.yml:4:6 data remote " X "3.png at image\n"
	 "_data/a.yml:7:3 data remote " X "4.png at icon\n"
	 "_data/a.yml:10:6 data remote " X "5.png at hero\n"
	 "_data/a.yml:11:13 data remote " X "6.png at photo\n"
	 "_data/b.json:1:24 data remote " X "7.png at [0].image\n"
	 "_data/c.toml:2:3 data remote " X "8.png at logo\n"
	 "_data/c.toml:5:3 data remote " X "9.png at cover\n"
	 "_data/d.csv:2:4 data remote " X "10.png at [0].image\n"
	 "_data/d.csv:3:2 data remote " X "11.png at [1].image\n"},
	{"silenced", {{"a.md", "---\npicdesk: false\nimage: x.png\n---\n![a](b.png)\n"}}, NULL, ""},
	{"silenced in the words of YAML 1.1",
	 {{"a.md", "---\npicdesk: no # c\n---\n![a](no.png)\n"},
	  {"b.md", "---\npicdesk: Off\n---\n![a](no.png)\n"},
	  {"c.md", "---\npicdesk: 'False'\n---\n![a](no.png)\n"},
	  {"d.md", "---\npicdesk: 'no'\n---\n![a](" X "1.png)\n"}},
	 NULL,
	 "d.md:4:6 markdown remote " X "1.png 'a'\n"},
};

static const struct path_case data_html_cases[] = {
	{"an e-mail in a block scalar: line and column are of the file",
	 {{"a.md", "---\ntitle: é\nbody: |\n  <html>\n    <img alt=\"é\" src=\"" X
		   "1.png?a=1&amp;b=2\" width=6>\n\n"
		   "  <td background='" X "2.png'>\n---\n"}},
	 NULL,
	 "a.md:5:23 front-matter remote " X "1.png?a=1&b=2 at body 6x0 'é'\n"
	 "a.md:7:19 front-matter remote " X "2.png at body\n"},
	{"folded, in lists, at any depth",
	 {{"a.md", "---\nmails:\n  - html: >-\n      <p>\n      Text <img\n      src=" X
		   "1.png>\n\n      <img src=" X "2.png>\n---\n"}},
	 NULL,
	 "a.md:6:11 front-matter remote " X "1.png at mails[0].html\n"
	 "a.md:8:16 front-matter remote " X "2.png at mails[0].html\n"},
	{"quoted: escapes, doubled quotes, joined lines",
	 {{"a.md", "---\na: \"<img src=\\\"" X "1.png\\\">\\u00e9<img src='" X "2.png'>\\\n"
		   "   <img src='" X "3.png'>\"\n"
		   "b: '<img alt=''é'' src=''" X "4.png''>'\n---\n"}},
	 NULL,
	 "a.md:2:16 front-matter remote " X "1.png at a\n"
	 "a.md:2:54 front-matter remote " X "2.png at a\n"
	 "a.md:3:14 front-matter remote " X "3.png at a\n"
	 "a.md:4:26 front-matter remote " X "4.png at b 'é'\n"},
	{"quoted as PyYAML and Psych fold it: a blank that a line begins with is escaped",
	 {{"a.md", "---\na: \"<p>b <img\\\n  \\ src='" X "1.png'>\\\n\n  \\\n  \\\tc\\\n"
		   "  \\ <img src='" X "2.png'>\"\n---\n"}},
	 NULL,
	 "a.md:3:10 front-matter remote " X "1.png at a\n"
	 "a.md:7:15 front-matter remote " X "2.png at a\n"},
	{"JSON, TOML and CSV",
	 {{"_data/a.json",
	   "{\"b\": \"<p>\\ud83d\\ude00\\n<img src=\\\"https:\\/\\/x.org\\/1.png\\\">\"}"},
	  {"_data/b.toml", "a = \"\"\"\n<p>\\\n  <img src='" X "2.png'>\"\"\""},
	  {"_data/c.csv", "a,b\n1,\"<i>\"\"</i>\n<img src=\"\"" X "3.png\"\">\"\n"}},
	 NULL,
	 "_data/a.json:1:36 data remote " X "1.png at b\n"
	 "_data/b.toml:3:13 data remote " X "2.png at a\n"
	 "_data/c.csv:3:12 data remote " X "3.png at [0].b\n"},
	{"quotes and escapes of each syntax, and only those",
	 {{"_data/a.toml",
	   "a = \"\"\"\n<p class=\\\"b\\\"><img alt=\"\" src=\"" X "1.png\">\"\"\"\n"
	   "b = '<p>\\n</p><img src=\"" X "2.png\">'\n"
	   "c = \'\'\'<p title=\'\'><img src=\"" X "3.png\">\'\'\'\n"},
	  {"_data/b.json", "{\"a\": \"<p>\\ud83d\\u0041<img src='" X "4.png'>\"}"},
	  {"_data/c.yml", "a: '<p>\\u0041''<img src=\"" X "5.png\">'\n"
			  "b: <p>\\n''<img src=\"" X "6.png\">\n"}},
	 NULL,
	 "_data/a.toml:2:33 data remote " X "1.png at a\n"
	 "_data/a.toml:3:25 data remote " X "2.png at b\n"
	 "_data/a.toml:4:30 data remote " X "3.png at c\n"
	 "_data/b.json:1:33 data remote " X "4.png at a\n"
	 "_data/c.yml:1:26 data remote " X "5.png at a\n"
	 "_data/c.yml:2:21 data remote " X "6.png at b\n"},
	{"text about tags is no HTML, and neither is code in Markdown",
	 {{"a.md",
	   "---\na: Use <img src='" X "1.png'> here\nb: |\n  Text:\n  ```\n  <img src=" X
	   "2.png>\n  ```\n  `<img src=" X "3.png>` <img src=" X "4.png>\nc: a < b\n---\n"}},
	 NULL,
	 "a.md:8:44 front-matter remote " X "4.png at b\n"},
	{"comments in it silence what is behind them, up to the value's end",
	 {{"_data/a.json",
	   "{\"a\": \"<!-- picdesk-disable-next-line -->\\n<img src=no.png>\\n<img src=" X
	   "1.png><!-- picdesk-disable --><img src=no.png><!-- picdesk-enable --><img src=" X
	   "2.png>\"}"},
	  {"b.md", "---\na: |\n  <!-- picdesk-disable -->\n  <img src=no.png>\nb: <img src=" X
		   "3.png>\n---\n<img src=" X "4.png>\n"}},
	 NULL,
	 "_data/a.json:1:71 data remote " X "1.png at a\n"
	 "_data/a.json:1:163 data remote " X "2.png at a\n"
	 "b.md:5:13 front-matter remote " X "3.png at b\n"
	 "b.md:7:10 html remote " X "4.png\n"},
};

static void reads_html_in_data(void **state)
{
	(void)state;
	check_all(data_html_cases, ARRAY_LENGTH(data_html_cases));
}

static void reads_front_matter(void **state)
{
	(void)state;
	check_all(front_matter_cases, ARRAY_LENGTH(front_matter_cases));
}

static const struct path_case markdown_cases[] = {
	{"inline, in angle brackets, with parentheses, escapes and references",
	 {{"a.md", "![a](" X "1.png) ![b](<" X "2 b.png> 'T') ![c](" X "(3).png)\n"
		   "![d](" X "4\\_d.png) ![e](" X "5&amp;e.png)\n"}},
	 NULL,
	 "a.md:1:6 markdown remote " X "1.png 'a'\n"
	 "a.md:1:33 markdown remote " X "2 b.png 'T'\n"
	 "a.md:1:66 markdown remote " X "(3).png 'c'\n"
	 "a.md:2:6 markdown remote " X "4_d.png 'd'\n"
	 "a.md:2:35 markdown remote " X "5&e.png 'e'\n"},
	{"reference, collapsed, shortcut: where it is named and where it is defined",
	 {{"a.md", "é ![a][r] ![r][] ![r] ![s]\n\n[r]: " X "1.png 'T'\n[s]: " X "2\\_.png\n"}},
	 NULL,
	 "a.md:1:3 defined 3:6 markdown remote " X "1.png 'T'\n"
	 "a.md:1:11 defined 3:6 markdown remote " X "1.png 'T'\n"
	 "a.md:1:18 defined 3:6 markdown remote " X "1.png 'T'\n"
	 "a.md:1:23 defined 4:6 markdown remote " X "2_.png 's'\n"},
	{"a reference whose URL has an '&' and stands in a later image, too",
	 {{"a.md", "![a][r] ![b [c][r]](" X "1&2.png)\n\n[r]: " X "1&2.png\n\n"
		   "`![` ![d](" X "1&amp;2.png)\n"}},
	 NULL,
	 "a.md:1:1 defined 3:6 markdown remote " X "1&2.png 'a'\n"
	 "a.md:1:21 markdown remote " X "1&2.png 'b c'\n"
	 "a.md:5:11 markdown remote " X "1&2.png 'd'\n"},
	{"definitions of one URL, by their labels",
	 {{"a.md", "![a][r] ![b][S\n t] ![u][] ![v [w]][ r ]\n\n[r]: " X "?1&2\n[s  T]: " X
		   "?1&2\n[u]: " X "?1&2\n"}},
	 NULL,
	 "a.md:1:1 defined 4:6 markdown remote " X "?1&2 'a'\n"
	 "a.md:1:9 defined 5:9 markdown remote " X "?1&2 'b'\n"
	 "a.md:2:5 defined 6:6 markdown remote " X "?1&2 'u'\n"
	 "a.md:2:12 defined 4:6 markdown remote " X "?1&2 'v [w]'\n"},
	{"a bracket that nothing opens, in the URL of a table's image",
	 {{"a.md", "| a |\n|---|\n| ![a](" X "1.png?]1&amp;c) |\n| ![b](" X "2.png?]1) |\n"}},
	 NULL,
	 "a.md:3:8 markdown remote " X "1.png?]1&c 'a'\n"
	 "a.md:4:8 markdown remote " X "2.png?]1 'b'\n"},
	{"links, lists, quotations, tables, footnotes, alt text over lines",
	 {{"a.md", "- [![a\nb](" X "1.png)](" X ")\n  > ![q](" X "2.png)\n\n"
		   "| a | b |\n|---|---|\n| ![c](" X "3.png) | `![no](x.png)` |\n\n"
		   "[^1]: ![f](" X "4.png)\n\n    ![g](" X "5.png)\n"}},
	 NULL,
	 "a.md:2:4 markdown remote " X "1.png 'a b'\n"
	 "a.md:3:10 markdown remote " X "2.png 'q'\n"
	 "a.md:7:8 markdown remote " X "3.png 'c'\n"
	 "a.md:9:12 markdown remote " X "4.png 'f'\n"
	 "a.md:11:10 markdown remote " X "5.png 'g'\n"},
	{"an alt text shows no images",
	 {{"a.md",
	   "![a ![b](" X "1.png) <img src=2.png>](" X "3.png 't') ![c][r]\n\n[r]: " X "4.png\n"}},
	 NULL,
	 "a.md:1:48 markdown remote " X "3.png 't'\n"
	 "a.md:1:73 defined 3:6 markdown remote " X "4.png 'c'\n"},
	{"blanks at the end of a label",
	 {{"a.md", "![a][x ] ![b][y \t] `![][y ]` ![c][ é  ü ]\n\n[x]: " X "1.png\n[y]: " X
		   "2.png\n[é ü]: " X "3.png\n"}},
	 NULL,
	 "a.md:1:1 defined 3:6 markdown remote " X "1.png 'a'\n"
	 "a.md:1:10 defined 4:6 markdown remote " X "2.png 'b'\n"
	 "a.md:1:30 defined 5:8 markdown remote " X "3.png 'c'\n"},
	{"code and comments are none",
	 {{"a.md", "    ![a](1.png)\n\n```\n![a](2.png)\n<img src=3.png>\n```\n\n~~~~~\n~~~\n"
		   "![a](4.png)\n~~~~~\n`<img src=5.png>` <!-- ![a](6.png) -->\n\n"
		   "<!--\n\n![a](7.png)\n\n<img src=8.png>\n-->\n\n"
		   "<div>\n<!--\n\n![a](9.png)\n\n<p>-->\n</div>\n"}},
	 NULL,
	 ""},
	{"kramdown's size, Markdown in HTML",
	 {{"a.md", "![a](" X "1.png){: width=\"640\" height=\"360\"}\n\n<div markdown=\"1\">\n"
		   "![b](" X "2.png)\n</div>\n"}},
	 NULL,
	 "a.md:1:6 markdown remote " X "1.png 640x360 'a'\n"
	 "a.md:4:6 markdown remote " X "2.png 'b'\n"},
	{"HTML in Markdown is one document",
	 {{"a.md",
	   "<picture>\n\n<source srcset=\"" X "1.png 640w\">\n\n<img src=\"" X "2.png\">\n\n"
	   "</picture>\n\na <img width=3\n   src=" X "3.png> b\n"}},
	 NULL,
	 "a.md:3:17 html remote " X "1.png 640x0\n"
	 "a.md:5:11 html remote " X "2.png\n"
	 "a.md:10:8 html remote " X "3.png 3x0\n"},
	{"an indented tag goes on with its paragraph",
	 {{"a.md", "text\n    <img src=\"" X "1.png\"> ![a](" X "2.png)\n"}},
	 NULL,
	 "a.md:2:15 html remote " X "1.png\n"
	 "a.md:2:42 markdown remote " X "2.png 'a'\n"},
	{"disabled",
	 {{"a.md", "<!-- picdesk-disable -->\n![a](1.png)\n<!-- picdesk-enable -->\n\n"
		   "<!-- picdesk-disable-next-line -->\n\n![b](" X "2.png)\n\n"
		   "a <!-- picdesk-disable-next-line -->\n![c](3.png)\n![d](" X "4.png)\n"}},
	 NULL,
	 "a.md:7:6 markdown remote " X "2.png 'b'\n"
	 "a.md:11:6 markdown remote " X "4.png 'd'\n"},
	{"what looks like a comment's begin",
	 {{"a.md", "<script>\nif (s.includes('<!--')) go();\n</script>\n\n![a](" X "1.png)\n\n"
		   "<p title='<!--'><img src=" X "2.png></p>\n\n<!-- ![](no.png) -->\n\n"
		   "<!--><img src=" X "3.png>-->\n"},
	  {"b.html", "<style>\n<!--\nb { background: url(" X "4.png) }\n-->\n</style>\n"
		     "<script>s = '<!-- picdesk-disable -->';</script>\n<img src=" X "5.png>\n"
		     "<!--\n{% include figure.html src='no.png' %}\n-->\n"}},
	 NULL,
	 "a.md:5:6 markdown remote " X "1.png 'a'\n"
	 "a.md:7:26 html remote " X "2.png\n"
	 "a.md:11:15 html remote " X "3.png\n"
	 "b.html:3:21 css remote " X "4.png\n"
	 "b.html:7:10 html remote " X "5.png\n"},
};

static void reads_markdown(void **state)
{
	(void)state;
	check_all(markdown_cases, ARRAY_LENGTH(markdown_cases));
}

#define CONFIG                                                         \
	{                                                              \
		"_config.yml", "url: https://e.org/\nbaseurl: base/\n" \
	}
#define HUGO                                                \
	{                                                   \
		"hugo.toml", "baseURL = 'https://e.org/'\n" \
	}

static const struct path_case template_cases[] = {
	{"what hides",
	 {CONFIG,
	  {"a.md", "{% raw %}![a](1.png){% endraw %}\n\n{%- highlight html -%}\n<img src=2.png>\n"
		   "{% endhighlight %}\n\n{% comment %}![a](3.png){% endcomment %}\n"
		   "![b](" X "4.png)\n{% raw %}\n"}},
	 NULL,
	 "a.md:8:6 markdown remote " X "4.png 'b'\n"},
	{"Liquid's inline comments",
	 {{"a.html", "{% # {% include figure.html src='no.png' %}\n<img src=" X "1.png>\n"
		     "{%- # <img src='no.png'> -%} <img src=" X "2.png>\n"}},
	 NULL,
	 "a.html:2:10 html remote " X "1.png\n"
	 "a.html:3:39 html remote " X "2.png\n"},
	{"the baseurl before a link, as Jekyll 3 needs it, and in place of nothing",
	 {{"_config.yml", "baseurl: /blog\n"},
	  {"i/b.png", ""},
	  {"a.md", "![a]({{ site.baseurl }}{% link i/b.png %}) "
		   "![b]({{ site.url }}{{site.baseurl}}{% link i/b.png %})\n"},
	  {"b.md", "![c]({{ '' | relative_url }}/i/b.png)\n"}},
	 NULL,
	 "a.md:1:6 markdown local /i/b.png 'a'\n"
	 "a.md:1:49 markdown local /i/b.png 'b'\n"
	 "b.md:1:6 markdown local /i/b.png 'c'\n"},
	{"blanks that a tag's dashes strip",
	 {{"_config.yml", "baseurl: /blog\n"},
	  {"i/b.png", ""},
	  {"a.html", "<img src=\"{{ site.baseurl -}} \n /i/b.png\">\n"
		     "<img src=\" {%- link i/b.png -%} ?v=2\">\n"
		     "<img src=\"{{ site.baseurl }} {{- '/i/b.png' -}} \">\n"}},
	 NULL,
	 "a.html:1:11 html local /i/b.png\n"
	 "a.html:3:12 html local /i/b.png\n"
	 "a.html:4:11 html local /i/b.png\n"},
	{"words behind the name of a tag that ends a block",
	 {{"_config.yml", ""},
	  {"a.md", "{% highlight html %}<img src=no.png>{% endhighlight html %}\n\n"
		   "![a](" X "1.png)\n\n"
		   "{% comment %}{% comment %}{% endcomment x %}![](no.png){% endcomment y -%}\n\n"
		   "![b](" X "2.png)\n"}},
	 NULL,
	 "a.md:3:6 markdown remote " X "1.png 'a'\n"
	 "a.md:7:6 markdown remote " X "2.png 'b'\n"},
	{"without a baseurl nothing is no host",
	 {{"_config.yml", ""},
	  {"i/b.png", ""},
	  {"b.md", "![c]({{ '' | relative_url }}/i/b.png)\n"}},
	 NULL,
	 "b.md:1:6 markdown local /i/b.png 'c'\n"},
	{"idioms that are resolved",
	 {CONFIG,
	  {"i/b.png", "x"},
	  {"a.md", "![a]({{ site.baseurl }}/i/b.png) ![b]({{ \"/i/b.png\" | relative_url }})\n"
		   "![c]({{site.url}}{{site.baseurl}}/i/b.png) ![d]({% link i/b.png %})\n"
		   "<img src=\"{{ 'i/b.png' | absolute_url }}\" {% if x %}class=\"y\"{% endif %} "
		   "height=4>\n"
		   "![e]({{ 'b.png' | prepend: '/i/' | prepend: site.baseurl }})\n"}},
	 NULL,
	 "a.md:1:6 markdown local /i/b.png 'a'\n"
	 "a.md:1:39 markdown local /i/b.png 'b'\n"
	 "a.md:2:6 markdown local /i/b.png 'c'\n"
	 "a.md:2:49 markdown local /i/b.png 'd'\n"
	 "a.md:3:11 html local /i/b.png 0x4\n"
	 "a.md:4:6 markdown local /i/b.png 'e'\n"},
	{"others are templates",
	 {CONFIG,
	  {"a.md", "---\nimage: \"{{ page.x }}/a.png\"\n---\n![a]({{ page.x | y: 'z' }}.png)\n"}},
	 NULL,
	 "a.md:2:9 front-matter template {{ page.x }}/a.png at image\n"
	 "a.md:4:6 markdown template {{ page.x | y: 'z' }}.png 'a'\n"},
	{"code in lists whose text is indented by 4 and more",
	 {{"a.md", "10. Write\n    ```html\n    <img src=\"" X "no.png\">\n    ```\n"
		   "    <b>shown</b> ![a](" X "1.png)\n\n"
		   "1. a\n\n   1. ~~~~ html\n      <a href=x> ![b](" X "no.png)\n      ~~~~\n"
		   "      <img src=" X "2.png>\n\n"
		   "- 1. 1. ***\n     <!-- ![c](" X "no.png) -->\n     ![d](" X "3.png)\n\n"

		   "```\n- ```\n    <img src=" X "no.png>\n```\n"
		   "text\n    <img src=" X "6.png>\n"}},
	 NULL,
	 "a.md:5:23 markdown remote " X "1.png 'a'\n"
	 "a.md:12:16 html remote " X "2.png\n"
	 "a.md:16:11 markdown remote " X "3.png 'd'\n"
	 "a.md:23:14 html remote " X "6.png\n"},
	{"Docusaurus' name for the root",
	 {{"static/a.png", "x"}, {"docs/a.md", "![a](@site/static/a.png?x) ![b](@sites/b.png)\n"}},
	 NULL,
	 "docs/a.md:1:6 markdown local /static/a.png 'a'\n"
	 "docs/a.md:1:33 markdown local missing /docs/@sites/b.png 'b'\n"},
	{"includes that are given an image by another name",
	 {CONFIG,
	  {"a.md", "{% include post/image.html image-file=\"b.png\" alt=\"B\" %}\n"
		   "{% include image.html file='c.png' image=\"d.png\" data-src=\"e.png\" %}\n"
		   "{% include image.html SRC=\"f.png\" xurl=\"g.png\" path=\"h.png\" %}\n"}},
	 NULL,
	 ""},
	{"includes, but not in code",
	 {CONFIG,
	  {"i/b.png", "x"},
	  {"a.md", "{% include figure image_path=\"/i/b.png\" alt=\"A\" width=\"3\" %}\n\n"
		   "{% include button.html url=\"/page\" %}\n\n"
		   "```\n{% include figure image_path=\"/no.png\" %}\n```\n\n"
		   "<!-- {% include figure image_path=\"/no.png\" %} -->\n"}},
	 NULL,
	 "a.md:1:31 shortcode local /i/b.png 3x0 'A'\n"},
	{"a query behind an argument's path",
	 {{"a.md", "{% img left /i/b.png?v=2 3 %} {% img /i/c.png#x=y %} {% img k=/d.png?v=2 %}\n"},
	  {"i/b.png", "x"},
	  {"i/c.png", "x"}},
	 NULL,
	 "a.md:1:13 shortcode local /i/b.png\n"
	 "a.md:1:38 shortcode local /i/c.png\n"},
	{"Hugo's shortcodes",
	 {HUGO,
	  {"static/i/b.png", "x"},
	  {"content/p/c.png", "x"},
	  {"content/p/index.md",
	   "{{< figure src=\"/i/b.png\" title=\"T\" >}}\n{{< img \"c.png\" >}}\n"
	   "{{</* figure src=\"no.png\" */>}}\n{{< highlight html >}}\n<img src=no.png>\n"
	   "{{< /highlight >}}\n![m](c.png)\n"}},
	 NULL,
	 "content/p/index.md:1:17 shortcode local /static/i/b.png 'T'\n"
	 "content/p/index.md:2:10 shortcode local /content/p/c.png\n"
	 "content/p/index.md:7:6 markdown local /content/p/c.png 'm'\n"},
	{"MDX",
	 {{"a.mdx",
	   "import y from 'y'\nimport x from './x.png'\n\n<Image src=\"" X "1.png\" width={3} />\n"
	   "<img src={'" X "2.png'} style={{width: 10}} />\n<img src={x} />\n"
	   "<img src={y} />{/* <img src=\"no.png\" /> */}\n<Foo {...props}>\n![a](" X
	   "3.png)\n</Foo>\n"}},
	 NULL,
	 "a.mdx:4:13 html remote " X "1.png 3x0\n"
	 "a.mdx:5:12 html remote " X "2.png\n"
	 "a.mdx:6:10 defined 2:16 html local missing /x.png\n"
	 "a.mdx:7:10 html template {y}\n"
	 "a.mdx:9:6 markdown remote " X "3.png 'a'\n"},
	{"MDX: braces in a query are no expression",
	 {{"a.mdx", "<img src=\"" X "1?a={b}&c={4}\"\n/>\n\n![a](" X "2?a_b={c})\n"}},
	 NULL,
	 "a.mdx:1:11 html remote " X "1?a={b}&c={4}\n"
	 "a.mdx:4:6 markdown remote " X "2?a_b={c} 'a'\n"},
};

static void reads_templates(void **state)
{
	(void)state;
	check_all(template_cases, ARRAY_LENGTH(template_cases));
}

static const struct path_case file_cases[] = {
	{"local paths",
	 {CONFIG,
	  {"img/a b.png", "x"},
	  {"_posts/c.png", "x"},
	  {"img/evil.png", "-> /etc/passwd"},
	  {"_posts/a.md", "![a](/base/img/a%20b.png?x#y) ![b](c.png) ![c](/img/A%20b.png)\n"
			  "![d](../../etc/passwd) ![e](/img/evil.png) ![f](/none.png)\n"}},
	 NULL,
	 "_posts/a.md:1:6 markdown local /img/a b.png 'a'\n"
	 "_posts/a.md:1:36 markdown local /_posts/c.png 'b'\n"
	 "_posts/a.md:1:48 markdown local case-mismatch /img/A b.png 'c' is img/a b.png\n"
	 "_posts/a.md:2:6 markdown local outside-root /../../etc/passwd 'd'\n"
	 "_posts/a.md:2:29 markdown local outside-root /img/evil.png 'e'\n"
	 "_posts/a.md:2:49 markdown local missing /none.png 'f'\n"},
	{"comments and code in a paragraph; tags and comments that HTML blocks leave open",
	 {{"a.md",
	   "a <!-- b | c --\n![](no.png)--->\n\\<!-- ![c][r--s] -->\n\n[r--s]: " X "1.png\n"},
	  {"b.md", "10. <!--\r\n\r\n    -->\r\n\r\n`a` <!-- -- ![](no.png) --> ![b](" X
		   "2.png) ` <!-- -\n-- ![](no.png) -->\n"},
	  {"c.md", "<div class=\"a\"\n\n<img src=" X "3.png> c\n\n> <!X\n![d](" X "4.png)\n"},
	  {"d.md", "a ` b\n| `c` ![e](" X "5.png) `d` |\n|-|\n"},
	  {"e.md", "- <p a\n- <img src=" X "6.png>\n- <!--\n<b>![](no.png)</b>\n"}},
	 NULL,
	 "a.md:3:7 defined 5:9 markdown remote " X "1.png 'c'\n"
	 "b.md:5:34 markdown remote " X "2.png 'b'\n"
	 "c.md:3:10 html remote " X "3.png\n"
	 "c.md:6:6 markdown remote " X "4.png 'd'\n"
	 "d.md:2:12 markdown remote " X "5.png 'e'\n"
	 "e.md:2:12 html remote " X "6.png\n"},
	{"letter case beyond ASCII",
	 {CONFIG,
	  {"img/\u00fcber/\u0436\u00c9.png", "x"},
	  {"_posts/a.md", "![a](/img/\u00dcber/%D0%96\u00e9.png) ![b](/img/\u00fcbel/x.png)\n"}},
	 NULL,
	 "_posts/a.md:1:6 markdown local case-mismatch /img/\u00dcber/\u0416\u00e9.png 'a' is "
	 "img/\u00fcber/\u0436\u00c9.png\n"
	 "_posts/a.md:1:34 markdown local missing /img/\u00fcbel/x.png 'b'\n"},
	{"data files",
	 {CONFIG,
	  {"_data/a.yml", "- image: " X "1.png\n"},
	  {"_data/b.json", "{\"é\": \"\\ud83d\\ude00\", \"logo\": {\"url\": \"" X "2.png\"}}"},
	  {"_data/c.csv", "name,image\n\"a \"\"b\"\"\"," X "3.png\n"},
	  {"_data/d.toml", "[[a]]\nimage = \"" X "4.png\"\n"},
	  {"_data/e.json", "{\"a\": [1,}"},
	  {"other/f.yml", "image: " X "no.png\n"}},
	 NULL,
	 "_data/a.yml:1:10 data remote " X "1.png at [0].image\n"
	 "_data/b.json:1:40 data remote " X "2.png at logo.url\n"
	 "_data/c.csv:2:11 data remote " X "3.png at [0].image\n"
	 "_data/d.toml:2:10 data remote " X "4.png at a[0].image\n"
	 "_data/e.json:1:10 problem bad-data parse error: unallowed token at this point in JSON "
	 "text\n"},
	{"exclusions, as git reads them",
	 {{".gitignore", "drafts/\n*.tmp.md\n!keep.tmp.md\n/top.md\n"},
	  {"sub/.gitignore", "own.md\n"},
	  {"drafts/a.md", "![a](" X "1.png)"},
	  {"b.tmp.md", "![a](" X "2.png)"},
	  {"keep.tmp.md", "![a](" X "3.png)"},
	  {"top.md", "![a](" X "4.png)"},
	  {"sub/top.md", "![a](" X "5.png)"},
	  {"sub/own.md", "![a](" X "6.png)"},
	  {"node_modules/x/a.md", "![a](" X "7.png)"},
	  {"assets/thumbs/a.md", "![a](" X "8.png)"}},
	 NULL,
	 "keep.tmp.md:1:6 markdown remote " X "3.png 'a'\n"
	 "sub/top.md:1:6 markdown remote " X "5.png 'a'\n"},
	{"a named folder beats exclusions",
	 {{".gitignore", "drafts/\ndrafts/**\n"}, {"drafts/a.md", "![a](" X "1.png)"}},
	 "drafts",
	 "drafts/a.md:1:6 markdown remote " X "1.png 'a'\n"},
	{"a named folder of archetypes, whose front matter becomes YAML",
	 {{"hugo.toml", ""},
	  {"archetypes/default.md",
	   "---\ntitle: \"{{ replace .Name \"-\" \" \" }}\"\n---\n![a](" X "1.png)"}},
	 "archetypes",
	 "archetypes/default.md:4:6 markdown remote " X "1.png 'a'\n"},
	{"no text",
	 {{"a.md", "\xff\xfe-\0-\0", 6}, {"b.md", "a\0b", 3}},
	 NULL,
	 "a.md:0:0 problem not-text the file is UTF-16: save it as UTF-8\n"
	 "b.md:0:0 problem not-text the file is binary, not text\n"},
	{"what kinds of URLs there are",
	 {{"a.md", "![a](data:image/png;base64,AA) ![b](ftp://x.org/a.png) ![c](http://[x/a.png) "
		   "![d](//x.org/1.png) ![e](#) ![f]()\n"}},
	 NULL,
	 "a.md:1:6 markdown embedded data:image/png;base64,AA 'a'\n"
	 "a.md:1:37 markdown bad ftp://x.org/a.png 'b'\n"
	 "a.md:1:61 markdown bad http://[x/a.png 'c'\n"
	 "a.md:1:83 markdown remote https://x.org/1.png 'd'\n"},
	{"URLs as browsers read them: breaks dropped, backslashes",
	 {{"a.html", "<img src=\"ht\ntp://x.org/1.png\"><img src=\"\\\\x.org\\2.png\">"
		     "<img src=\"/&#9;/x.org/3.png\"><img src=\"da&#10;ta:,x\">"
		     "<img src=\"i/&#13;b.png\"><img src=\"\\i\\b.png\">"},
	  {"i/b.png", "x"}},
	 NULL,
	 "a.html:1:11 html remote ht\ntp://x.org/1.png\n"
	 "a.html:2:29 html remote https:\\\\x.org\\2.png\n"
	 "a.html:2:54 html remote https:/\t/x.org/3.png\n"
	 "a.html:2:83 html embedded da\nta:,x\n"
	 "a.html:2:107 html local /i/b.png\n"
	 "a.html:2:131 html local /i/b.png\n"},
	{"style sheets under assets, base",
	 {{"assets/a.css", "a { background: url(../i/b.png) }"},
	  {"css/b.css", "a { background: url(no.png) }"},
	  {"i/b.png", "x"},
	  {"c.html", "<base href=\"https://b.org/d/\"><img src=\"x.png\"><img src=\"/y.png\">"}},
	 NULL,
	 "assets/a.css:1:21 css local /i/b.png\n"
	 "c.html:1:41 html remote https://b.org/d/x.png\n"
	 "c.html:1:58 html remote https://b.org/y.png\n"},
	{"Eleventy's templates and data",
	 {{"eleventy.config.js", ""},
	  {"posts/a.11tydata.json", "{\"image\": \"" X "1.png\"}"},
	  {"posts/posts.json", "{\"image\": \"" X "2.png\"}"},
	  {"posts/post.json", "{\"image\": \"no.png\"}"},
	  {"posts/b.webc", "<img src=" X "3.png :src=\"x\">"}},
	 NULL,
	 "posts/a.11tydata.json:1:12 data remote " X "1.png at image\n"
	 "posts/b.webc:1:10 html remote " X "3.png\n"
	 "posts/posts.json:1:12 data remote " X "2.png at image\n"},
	{"a configuration by any of its names, and folders that are called like one",
	 {{"_config.yml/x.txt", ""},
	  {"astro.config.mjs/x.txt", ""},
	  {"eleventy.config.mts", ""},
	  {"posts/posts.json", "{\"image\": \"" X "1.png\"}"},
	  {"posts/post.json", "{\"image\": \"no.png\"}"}},
	 "posts",
	 "posts/posts.json:1:12 data remote " X "1.png at image\n"},
	{"silenced in whatever case",
	 {{"a.md", "---\nPicdesk: False\nimage: /no.png\n---\n"}},
	 NULL,
	 ""},
	{"a name that is not there", {{"a.md", ""}}, "none.md", "fault -2\n"},
};

static void finds_files(void **state)
{
	(void)state;
	check_all(file_cases, ARRAY_LENGTH(file_cases));
}

static void filters_urls(void **state)
{
	static const struct site_file files[] = {
		{"a.md", "![a](" X "1.png) ![b](" X "2.png) ![c](" X "3.png)\n"},
		{".picdeskignore", "\xef\xbb\xbf^https://x\\.org/3  \r\n"},
		{NULL},
	};
	const char *const include[] = {"x.org", NULL}, *const exclude[] = {"2", NULL};
	char *found = scan_site(
		files, NULL,
		&(struct scanner_options){.include_urls = include, .exclude_urls = exclude});

	(void)state;
	assert_string_equal(found, "a.md:1:6 markdown remote " X "1.png 'a'\n");
	free(found);
}

static void reads_paragraphs_of_many_lines(void **state)
{
	enum { LINES = 9000 };
	struct buf text = BUF_INIT(BUF_UNLIMITED), expected = BUF_INIT(BUF_UNLIMITED);
	char *found;

	(void)state;
	for (int i = 0; i < LINES; i++) {
		buf_append_string(&text, "![a](" X "1.png)\n");
		buf_printf(&expected, "a.md:%d:6 markdown remote " X "1.png 'a'\n", i + 1);
	}
	found = scan_site((const struct site_file[]){{"a.md", text.data, 0}, {0}}, NULL, NULL);
	assert_string_equal(found, expected.data);
	free(found);
	buf_release(&text);
	buf_release(&expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_front_matter),
		cmocka_unit_test(reads_html_in_data),
		cmocka_unit_test(reads_markdown),
		cmocka_unit_test(reads_templates),
		cmocka_unit_test(finds_files),
		cmocka_unit_test(filters_urls),
		cmocka_unit_test(reads_paragraphs_of_many_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
