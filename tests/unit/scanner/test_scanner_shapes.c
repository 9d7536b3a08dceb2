/* Shapes of text that real sites have and that scanners read wrong. */
#include "../cmocka_all.h"

#include "alloc.h"
#include "scan_site.h"

#define X "https://x.org/"

static void reads_code_by_its_container(void **state)
{
	static const struct scan_case cases[] = {
		{"indented code whose later lines begin with a tag or a fence",
		 {{"a.md", "text\n\n    foo\n    <img src=no.png>\n    ```\n    ![](no.png)\n\n"
			   "![a](" X "1.png)\n"}},
		 "a.md:8:6 markdown remote " X "1.png 'a'\n"},
		{"a fence indented by 4 behind a paragraph's line opens nothing",
		 {{"a.md", "text\n    ```\n    `no`\n\n![a](" X "1.png)\n"},
		  {"b.md", "- item\n      ```\n  ![b](" X "2.png)\n"}},
		 "a.md:5:6 markdown remote " X "1.png 'a'\n"
		 "b.md:3:8 markdown remote " X "2.png 'b'\n"},
		{"in a list the same indent opens code, or HTML",
		 {{"a.md", "1. item\n    ```\n    ![](no.png)\n    ```\n    ![a](" X "1.png)\n"},
		  {"b.md",
		   "- ![b](" X "2.png)\n    <div>\n    ![](no.png)\n\n  ![c](" X "3.png)\n"}},
		 "a.md:5:10 markdown remote " X "1.png 'a'\n"
		 "b.md:1:8 markdown remote " X "2.png 'b'\n"
		 "b.md:5:8 markdown remote " X "3.png 'c'\n"},
		{"a quotation's HTML ends with the quotation, its lazy text goes on",
		 {{"a.md", "> <div>\n\n![a](" X "1.png)\n\n> text\n    <img src=" X "2.png> ![b](" X
			   "3.png)\n\n> ```\n![c](" X "4.png)\n"}},
		 "a.md:3:6 markdown remote " X "1.png 'a'\n"
		 "a.md:6:14 html remote " X "2.png\n"
		 "a.md:6:40 markdown remote " X "3.png 'b'\n"
		 "a.md:9:6 markdown remote " X "4.png 'c'\n"},
		{"an item that begins with HTML, and what is indented in it",
		 {{"a.md",
		   "1) <center>\n\n   text\n\n    ![a](" X "1.png)\n\n       ![](no.png)\n"}},
		 "a.md:5:10 markdown remote " X "1.png 'a'\n"},
		{"an item that a blank line ended, and a fence's marks in code",
		 {{"a.md", "10.\n\n    ~~~\n![a](" X "1.png)\n"}},
		 "a.md:4:6 markdown remote " X "1.png 'a'\n"},
		{"a fence that its item ends: the marks behind it open another one",
		 {{"a.md",
		   "1. Run:\n   ```sh\n   foo\n```\n![](no.png)\n<img src=no.png>\n```\n![a](" X
		   "1.png)\n"},
		  {"b.md", "- ~~~\n~~~ a`b\n```\n![](no.png)\n~~~~\n> ```\n~~~\n![](no.png)\n"}},
		 "a.md:8:6 markdown remote " X "1.png 'a'\n"},
		{"definitions of kramdown and Goldmark hold what is indented",
		 {{"_config.yml", ""},
		  {"a.md",
		   "Term\n: ![a](" X "1.png)\n\n    ![b](" X "2.png)\n\n        ![](no.png)\n\n"
		   "> T\n>\n> :   c\n>\n>     ![d](" X "3.png)\n\n---\n\n    : ![](no.png)\n"}},
		 "a.md:2:8 markdown remote " X "1.png 'a'\n"
		 "a.md:4:10 markdown remote " X "2.png 'b'\n"
		 "a.md:12:12 markdown remote " X "3.png 'd'\n"},
		{"Eleventy has no indented code",
		 {{"eleventy.config.js", ""},
		  {"a.md", "a\n\n    ![a](" X
			   "1.png)\n\n    ```\n    ![](no.png)\n    ```\n\n- b\n\n\t\t<div>\n"
			   "\t\t![b](" X "2.png\n          \"T\")\n\n```\n    ![](no.png)\n```\n"}},
		 "a.md:3:10 markdown remote " X "1.png 'a'\n"
		 "a.md:12:8 markdown remote " X "2.png 'T'\n"},
		{"elsewhere they are code", {{"a.md", "Term\n: a\n\n    ![](no.png)\n"}}, ""},
		{"footnotes in quotations and items",
		 {{"a.md",
		   "a[^1]\n\n> [^1]: ![a](" X "1.png)\n\n- [^2]:\n\n      ![b](" X "2.png)\n"}},
		 "a.md:3:14 markdown remote " X "1.png 'a'\n"
		 "a.md:7:12 markdown remote " X "2.png 'b'\n"},
		{"a tag over several lines of a quotation, the file's only image",
		 {{"a.md", "> <p>\n> <img\n> src=" X "1.png>\n"}},
		 "a.md:3:7 html remote " X "1.png\n"},
		{"HTML behind a table and between two blocks of code",
		 {{"a.md",
		   "| a |\n|---|\n| b |\n<!--\n\n<img src=no.png>\n-->\n![a](" X "1.png)\n"},
		  {"b.md", "    ![](no.png)\n\n<p><img src=" X "2.png>\n\n    ![](no.png)\n"},
		  {"c.md", "- 1. <p>\n     ![](no.png)\n\n  ![b](" X "3.png)\n"}},
		 "a.md:8:6 markdown remote " X "1.png 'a'\n"
		 "b.md:3:13 html remote " X "2.png\n"
		 "c.md:4:8 markdown remote " X "3.png 'b'\n"},
		{"Python-Markdown's blocks hold what is indented, of MkDocs alone",
		 {{"mkdocs.yml", ""},
		  {"docs/a.md",
		   "!!! note \"T\"\n\n    ![a](" X "1.png)\n\n        ![](no.png)\n\n    ???+ b\n\n"
		   "        ![b](" X "2.png)\n\n=== \"Tab\"\n\n    <img src=" X "3.png>\n\n"
		   "text\n===\n\n    ![](no.png)\n"}},
		 "docs/a.md:3:10 markdown remote " X "1.png 'a'\n"
		 "docs/a.md:9:14 markdown remote " X "2.png 'b'\n"
		 "docs/a.md:13:14 html remote " X "3.png\n"},
		{"elsewhere it is code", {{"a.md", "!!! note\n\n    ![](no.png)\n"}}, ""},
		{"lines that end with a carriage return",
		 {{"a.md", "<div>\r\r![a](" X "1.png)\r\r    ![](no.png)\r\r![b](" X "2.png)"}},
		 "a.md:1:13 markdown remote " X "1.png 'a'\n"
		 "a.md:1:57 markdown remote " X "2.png 'b'\n"},
		{"a quote that HTML leaves open ends in what follows, as does <?",
		 {{"a.md", "<div class=\"foo>\n\n![a](" X "1.png)\n\n<img src=" X "2.png> a\n"},
		  {"b.md", "<p><?--\r\n\r\n![b](" X "3.png)\r\n\r\n<img src=" X "4.png> b\r\n"},
		  {"c.md", "<div>\n<img alt=\"a>\nb\" src=" X "5.png\n\n![c](" X "6.png)\n"},
		  {"d.md", "- <div\n  class=\"x\n\n  ![d](" X "7.png)\n- <img src=" X "8.png>\n"},
		  {"e.md", "> <!-- a --\n\n![](no.png)\n"},
		  {"f.md", "> <div class=\"foo>\n- ![e](" X "9.png) <img src=" X "10.png>\n"},
		  {"g.md", "> <!-- a=\"b --> <?\n<img alt=a src=" X "11.png>\n"},
		  {"h.md", "> <!-- a=\"b --\n<img src=no.png>\n"}},
		 "a.md:3:6 markdown remote " X "1.png 'a'\n"
		 "a.md:5:10 html remote " X "2.png\n"
		 "b.md:3:6 markdown remote " X "3.png 'b'\n"
		 "b.md:5:10 html remote " X "4.png\n"
		 "c.md:3:8 html remote " X "5.png 'a>\nb'\n"
		 "c.md:5:6 markdown remote " X "6.png 'c'\n"
		 "d.md:4:8 markdown remote " X "7.png 'd'\n"
		 "d.md:5:12 html remote " X "8.png\n"
		 "f.md:2:8 markdown remote " X "9.png 'e'\n"
		 "f.md:2:38 html remote " X "10.png\n"
		 "g.md:2:16 html remote " X "11.png 'a'\n"},
		{"line ends in URLs of data stay what they are, in HTML they are line feeds",
		 {{"_data/a.json", "{\"image\": \"" X "1\\r.png?a&amp;b\",\n\"images\": "
				   "[\"ht\\rtps://x.org/4.png\", \"<img src='" X "2\\r.png'>\"]}"},
		  {"_data/b.yml", "image: \"" X "3\\r.png\"\n"}},
		 "_data/a.json:1:12 data remote " X "1\r.png?a&b at image\n"
		 "_data/a.json:2:13 data remote ht\rtps://x.org/4.png at images[0]\n"
		 "_data/a.json:2:48 data remote " X "2\n.png at images[1]\n"
		 "_data/b.yml:1:9 data remote " X "3\r.png at image\n"},
		{"attributes of HTML that go over lines with both line ends",
		 {{"a.md", "<img src=\"https:\r\n//x.org/1.png\" title=\"b\r\nc\">\r\n"}},
		 "a.md:1:11 html remote https:\n//x.org/1.png 'b\nc'\n"},
		{"comments in a paragraph that open at a line's end or have two hyphens in them",
		 {{"a.md", "> - text <!--\n>   ![](no.png)\n>   --> ![a](" X "1.png)\n"},
		  {"b.md", "a <!--- b -- ![](no.png) ---> ![b](" X "2--b.png)\r\n<!--\r\n"
			   "![](no.png)\r\n-->\r\n\r\nc <!-- \t\r\n![](no.png)-->\r\n"},
		  {"c.md", "`<!--` ![c](" X "3--c.png) `-->` <!--\n![d](" X "4.png)\n\n-->\n"},
		  {"d.md", "a <!--> ![e](" X "5--e.png) -->\nb <!--\n===\n![f](" X "6.png) -->\n"},
		  {"e.md", "| a | b |\n|---|---|\n| <!--- <b> | ![g](" X "7--g.png) --> |\n"
			   "| <!-- <b> | ![h](" X "8.png) --> |\n| <!-- ![](no.png) --> | |\n"}},
		 "a.md:3:14 markdown remote " X "1.png 'a'\n"
		 "b.md:1:36 markdown remote " X "2--b.png 'b'\n"
		 "c.md:1:13 markdown remote " X "3--c.png 'c'\n"
		 "c.md:2:6 markdown remote " X "4.png 'd'\n"
		 "d.md:1:14 markdown remote " X "5--e.png 'e'\n"
		 "d.md:4:6 markdown remote " X "6.png 'f'\n"
		 "e.md:3:20 markdown remote " X "7--g.png 'g'\n"
		 "e.md:4:19 markdown remote " X "8.png 'h'\n"},
		{"Markdown's attribute in the middle of HTML",
		 {{"a.md", "<table>\n<td markdown=\"1\" background=" X "1.png>a\n</table>\n"}},
		 "a.md:2:29 html remote " X "1.png\n"},
		{"CDATA, declarations and comments of HTML blocks",
		 {{"a.md", "<![CDATA[\n![](no.png)\n]]>\n\n<!--\n\n![](no.png)\n-->\n"
			   "![a](" X "1.png)\n"}},
		 "a.md:9:6 markdown remote " X "1.png 'a'\n"},
		{"Markdown in a template, in raw text and in a comment that its item ends",
		 {{"a.md", "<template>\n\n![](no.png)\n\n<template>\n\n</template>\n\n"
			   "![](no.png)\n\n</template>\n\n![a](" X "1.png)\n"},
		  {"b.md", "a <textarea>![](no.png)</textarea> ![b](" X "2.png)\n\n<xmp>\n\n"
			   "![](no.png)\n\n</xmp>\n\n<iframe>\n\n![](no.png)\n\n</iframe>\n\n"
			   "<p><template shadowrootmode=\"open\">\n\n![c](" X "3.png)\n\n"
			   "</template>\n\n{{< figure src=\"" X "4.png\" >}}\n<title>"
			   "{{< figure src=\"no.png\" >}}</title>\n"},
		  {"c.md", "![d](" X "5.png)\n- <!--\n\n![](no.png)\n"},
		  {"d.md", "![e](" X "6.png)\n\n<template>\n\n![](no.png)\n"}},
		 "a.md:13:6 markdown remote " X "1.png 'a'\n"
		 "b.md:1:41 markdown remote " X "2.png 'b'\n"
		 "b.md:17:6 markdown remote " X "3.png 'c'\n"
		 "b.md:21:17 shortcode remote " X "4.png\n"
		 "c.md:1:6 markdown remote " X "5.png 'd'\n"
		 "d.md:1:6 markdown remote " X "6.png 'e'\n"},
		{"a table whose header has more cells than its dashes, or fewer, is none",
		 {{"a.md",
		   "| ![a](" X "1.png) | ![b](" X "2.png) |\n|--|\n| x | ![c](" X "3.png) |\n"},
		  {"b.md",
		   "> - ![d](" X "4.png)|\\|\n>   --|:-:|-\n>   x | y | z | ![e](" X "5.png)\n"},
		  {"c.md", "| \\| ![f](" X "6.png) | x\n|---|:-:|\n| a | b | ![](no.png) |\n"}},
		 "a.md:1:8 markdown remote " X "1.png 'a'\n"
		 "a.md:1:36 markdown remote " X "2.png 'b'\n"
		 "a.md:3:12 markdown remote " X "3.png 'c'\n"
		 "b.md:1:10 markdown remote " X "4.png 'd'\n"
		 "b.md:3:22 markdown remote " X "5.png 'e'\n"
		 "c.md:1:11 markdown remote " X "6.png 'f'\n"},
		{"a table's bars part its cells, whatever they stand in, and dashes may be few",
		 {{"a.md", "text\n| key | icon |\n|-|:-|\n| ` | ![a](" X "1.png) |\n"
			   "| b | ![b](" X "2.png) | ![](no.png) <img src=no.png>\n"
			   "| `c` | ![c\\|`d | e`](" X "3.png) |\n| ![x | y](no.png) |\n"
			   "| <i title=\"x | <img src=" X "4.png> |\n| ![ | ![d](" X "5.png) |\n"
			   "| `i|j` | ![h](" X "9.png) |\n"},
		  {"b.md", "a\n:-:\n[x](<y |\n![e](" X "6.png) ![f](" X "7.png\n\"T\")\n"},
		  {"c.md", "> - | a |\n>   | - |\n>   `![g](" X "8.png)\n>   `\n`\n"}},
		 "a.md:4:12 markdown remote " X "1.png 'a'\n"
		 "a.md:5:12 markdown remote " X "2.png 'b'\n"
		 "a.md:8:26 html remote " X "4.png\n"
		 "a.md:9:13 markdown remote " X "5.png 'd'\n"
		 "a.md:10:16 markdown remote " X "9.png 'h'\n"
		 "b.md:4:6 markdown remote " X "6.png 'e'\n"
		 "c.md:3:11 markdown remote " X "8.png 'g'\n"},
		{"a table's rows that begin with tags of a template",
		 {{"_config.yml", ""},
		  {"a.md",
		   "| a | b |\n|---|---|\n{% for x in y %}{%- if x -%} | {{ x | y }} | ![a](" X
		   "1.png) |{% endif %}\n{% endfor %}\n"},
		  {"b.md", "> {% if x %}| a | b |\n> |-|-|\n> {% if x %}| ` | ![b](" X "2.png)\n"}},
		 "a.md:3:51 markdown remote " X "1.png 'a'\n"
		 "b.md:3:24 markdown remote " X "2.png 'b'\n"},
		{"blocks right behind a table",
		 {{"a.md", "| a |\n|---|\n    ![](no.png)\n![a](" X "1.png)\n"},
		  {"b.md", "| a |\n|---|\n| b |\n<i>\n![](no.png)\n\n![b](" X "2.png)\n"},
		  {"c.md", "![c](" X "3.png)\n\n| a |\n|---|\n```![](no.png)\n"},
		  {"d.md", "> | a |\n> |---|\n![d](" X "4.png)\n"},
		  {"e.md", "| a |\n|---|\n# b | ![e](" X "5.png)\n"},
		  {"f.md", "a `\n| b |\n|---|\n[r]: no.png\n| ![r] `![f](" X "6.png) |\n"},
		  {"g.md", "| a | b |\n|---|---|\n| ![ | ![g](" X "7.png) |\n    b](no.png)\n"}},
		 "a.md:4:6 markdown remote " X "1.png 'a'\n"
		 "b.md:7:6 markdown remote " X "2.png 'b'\n"
		 "c.md:1:6 markdown remote " X "3.png 'c'\n"
		 "d.md:3:6 markdown remote " X "4.png 'd'\n"
		 "e.md:3:12 markdown remote " X "5.png 'e'\n"
		 "f.md:5:14 markdown remote " X "6.png 'f'\n"
		 "g.md:3:13 markdown remote " X "7.png 'g'\n"},
		{"a reference-style image right before another image",
		 {{"a.md", "![r]![s]![a](" X "1.png \"T\")\n[r]![s]![no]\n\n[![s]![r]](x)\n\n"
			   "![a ![r]![](no.png) b](" X "2.png)\n\n[r]: " X "3.png\n[s]: " X
			   "4.png\n\n-   a\n\n    *\n\n    b\n\n    [r]![b [c](d)](" X "5.png)\n"}},
		 "a.md:1:1 defined 8:6 markdown remote " X "3.png 'r'\n"
		 "a.md:1:5 defined 9:6 markdown remote " X "4.png 's'\n"
		 "a.md:1:14 markdown remote " X "1.png 'T'\n"
		 "a.md:2:4 defined 9:6 markdown remote " X "4.png 's'\n"
		 "a.md:4:2 defined 9:6 markdown remote " X "4.png 's'\n"
		 "a.md:4:6 defined 8:6 markdown remote " X "3.png 'r'\n"
		 "a.md:6:24 markdown remote " X "2.png 'a r b'\n"
		 "a.md:17:20 markdown remote " X "5.png 'b c'\n"},
		{"a list mark that is alone on its line interrupts no paragraph",
		 {{"a.md", "a\n1. \n       ![a](" X "1.png)\n\n![no]\n*\n[no]: no.png\n"}},
		 "a.md:3:13 markdown remote " X "1.png 'a'\n"},
		{"elements whose names begin as <pre> does, and tags that are none",
		 {{"a.md", "<prefix>a</prefix> ![a](" X "1.png)\n\n![b](" X "2.png)\n"},
		  {"b.md", "</a href=\"x\">\n![c](" X "3.png)"},
		  {"c.md", "![e](\n<pretty.png>) ![f]\n\n[f]:\n<style.png>\n"}},
		 "a.md:1:25 markdown remote " X "1.png 'a'\n"
		 "a.md:3:6 markdown remote " X "2.png 'b'\n"
		 "b.md:2:6 markdown remote " X "3.png 'c'\n"
		 "c.md:2:2 markdown local missing /pretty.png 'e'\n"
		 "c.md:2:15 defined 5:2 markdown local missing /style.png 'f'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_mdx(void **state)
{
	static const struct scan_case cases[] = {
		{"imports, and what they are called",
		 {{"static/i.png", "x"},
		  {"docs/a.png", "x"},
		  {"docs/a.mdx", "import cover from './a.png'\nimport {x} from './no.png'\n"
				 "import far from \"@site/static/i.png?as=webp\";\nimport lib from "
				 "'lib/l.png'\nimport alias from '@/static/i.png'\n\n"
				 "<img src={cover} alt='c' />\n<Image src={ far.src } />\n<Figure "
				 "src={cover} />\n"
				 "<img src={lib} /> <img src={x} /> <Figure src={lib} /> <Figure "
				 "src={a.b} />\n<Picture src={alias} formats={['avif']} />\n"}},
		 "docs/a.mdx:7:10 defined 1:20 html local /docs/a.png 'c'\n"
		 "docs/a.mdx:8:12 defined 3:18 html local /static/i.png\n"
		 "docs/a.mdx:9:13 defined 1:20 html local /docs/a.png\n"
		 "docs/a.mdx:10:10 html template {lib}\n"
		 "docs/a.mdx:10:28 html template {x}\n"
		 "docs/a.mdx:11:14 defined 5:20 html local /static/i.png\n"},
		{"braces in code",
		 {{"a.mdx",
		   "Write `src={` or ``{/* ` ``, then\n\n![a](" X "1.png)\n\n`}` or `*/}`.\n\n"
		   "~~~\n{/*\n```\n~~~\n\n![b](" X "2.png)\n\n"
		   "- ```jsx\n  <a b={\n  ```\n\n![c](" X "3.png)\n\n"
		   "a ` b ![d](" X "4.png)\n\n<img src={`" X
		   "5.png`} /> ` ``` {/* ![e](no.png) */}\n"}},
		 "a.mdx:3:6 markdown remote " X "1.png 'a'\n"
		 "a.mdx:12:6 markdown remote " X "2.png 'b'\n"
		 "a.mdx:18:6 markdown remote " X "3.png 'c'\n"
		 "a.mdx:20:12 markdown remote " X "4.png 'd'\n"
		 "a.mdx:22:12 html remote " X "5.png\n"},
		{"a literal and its brace on lines of their own",
		 {{"a.mdx", "<Image\n  src={\n    \"" X
			    "1.png\"\n  }\n  width={\n    640\n  }\n  alt=\"a\"\n/>\n"}},
		 "a.mdx:3:6 html remote " X "1.png 640x0 'a'\n"},
		{"the file's only image behind an arrow",
		 {{"a.mdx", "<img onLoad={() => f()} src=\"" X "1.png\" />\n"}},
		 "a.mdx:1:30 html remote " X "1.png\n"},
		{"literals, components",
		 {{"a.mdx",
		   "<img src={require('./a.png').default} />\n<img src={useBaseUrl(\"/b.png\")} "
		   "/>\n"
		   "<Zoom src=\"/c.png\" alt=\"C\" /> <Video src=\"/no.mp4\" /> <Zoom src=\"x\"/>\n"
		   "<img src={`/d-${x}.png`} />\n"
		   "<Image width={640} height={ 360 } src=\"" X "e.png\" />\n"
		   "<img alt={} width={1 2} src=\"" X "f.png\" />\n"}},
		 "a.mdx:1:20 html local missing /a.png\n"
		 "a.mdx:2:23 html local missing /b.png\n"
		 "a.mdx:3:12 html local missing /c.png 'C'\n"
		 "a.mdx:4:10 html template {`/d-${x}.png`}\n"
		 "a.mdx:5:40 html remote " X "e.png 640x360\n"
		 "a.mdx:6:30 html remote " X "f.png\n"},
		{"disabled by its own comments",
		 {{"a.mdx",
		   "{/* picdesk-disable */}\n![](no.png)\n{/* picdesk-enable */}\n\n"
		   "{/* picdesk-disable-next-line */}\n<img src='no.png' />\n\n![a](" X "1.png)\n"},
		  {"b.rst",
		   ".. picdesk-disable-next-line\n.. image:: no.png\n.. image:: " X "2.png\n"
		   "..  picdesk-disable\n\n.. image:: no.png\n\n.. picdesk-enable\n"
		   ".. image:: " X "3.png\n"},
		  {"c.adoc", "// picdesk-disable-next-line\nimage::no[]\nimage:" X "4.png[]\n"
			     "// picdesk-disable\nimage:no[]\n\n++++\n<img src=no>\n++++\n"}},
		 "a.mdx:8:6 markdown remote " X "1.png 'a'\n"
		 "b.rst:3:12 rst remote " X "2.png\n"
		 "b.rst:9:12 rst remote " X "3.png\n"
		 "c.adoc:3:7 asciidoc remote " X "4.png\n"},
		{"objects of styles and of themes",
		 {{"a.mdx", "<p style={{background: 'url(" X "1.png)', x: `url(${y})`}}>a</p>\n\n"
			    "<ThemedImage\n  sources={{\n    light: '" X "2.png',\n"
			    "    dark: useBaseUrl(\"/3.png\"), x: 'no'}}\n/>\n\n"
			    "`<a sources={{light: 'no.png'}} />`\n"}},
		 "a.mdx:1:29 css remote " X "1.png\n"
		 "a.mdx:5:13 html remote " X "2.png\n"
		 "a.mdx:6:23 html local missing /3.png\n"},
		{"a style whose URL has a query",
		 {{"a.mdx", "<p style={{background: 'url(/img/a.jpg?w=8)'}}>a</p>\n"}},
		 "a.mdx:1:29 css local missing /img/a.jpg\n"},
		{"Markdown that is MDX",
		 {{"a.md", "<img src={useBaseUrl('/a.png')}width=\"30%\" /> ![b](" X "1.png)\n"},
		  {"b.md", "import x from 'x'\nimport c from './c.png'\n\n<img src={c} />\n"},
		  {"c.md", "```js\n<img src={require('./no.png')} />\n```\n\n"
			   "    <img src={require('./no.png')} />\n\n![d](" X "2.png)\n"}},
		 "a.md:1:23 html local missing /a.png\n"
		 "a.md:1:52 markdown remote " X "1.png 'b'\n"
		 "b.md:4:10 defined 2:16 html local missing /c.png\n"
		 "c.md:7:6 markdown remote " X "2.png 'd'\n"},
		{"statements are blanked, but not in code, and with their empty lines",
		 {{"a.mdx",
		   "```js\nimport a from 'a'\n\nimport b from 'b'\n```\n\n![a](" X "1.png)\n\n"
		   "export const c = {\n\n  d: `![](no.png)`,\n\n}\n\n![b](" X "2.png)\n\n"
		   "export const e = (\n\n![c](" X "3.png)\n"}},
		 "a.mdx:7:6 markdown remote " X "1.png 'a'\n"
		 "a.mdx:15:6 markdown remote " X "2.png 'b'\n"
		 "a.mdx:19:6 markdown remote " X "3.png 'c'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_templates(void **state)
{
	static const struct scan_case cases[] = {
		{"a template's tag behind the mark of an item or a quotation",
		 {{"a.md", "- {% if page.x %}![a](" X "1.png){% endif %}\n\n"
			   "> 1. {% raw %}{{ x }}{% endraw %} ![b](" X "2.png)\n"}},
		 "a.md:1:23 markdown remote " X "1.png 'a'\n"
		 "a.md:3:40 markdown remote " X "2.png 'b'\n"},
		{"tags behind a srcset's descriptors",
		 {{"a.html", "<img srcset='/a.png 1x{% if x %}, /b.png 1.5x{% endif %}, /c.png "
			     "2x,{% if y %}/d.png"
			     " 3x{% endif %}'>\n<img srcset='/e.png 100w{{ with .x }}, /f.png "
			     "200w{{ end }}'>\n"}},
		 "a.html:1:14 html local missing /a.png\n"
		 "a.html:1:35 html local missing /b.png\n"
		 "a.html:1:59 html local missing /c.png\n"
		 "a.html:1:79 html local missing /d.png\n"
		 "a.html:2:14 html local missing /e.png 100x0\n"
		 "a.html:2:40 html local missing /f.png 200x0\n"},
		{"a tag right behind an element's name",
		 {{"a.html", "<img{% if x %} class='a'{% endif %} src=" X "1.png>\n"
			     "<img{{ with .x }} class='a'{{ end }} src=" X "2.png>\n"}},
		 "a.html:1:41 html remote " X "1.png\n"
		 "a.html:2:42 html remote " X "2.png\n"},
		{"Markdown's attribute behind an item's mark",
		 {{"a.md", "- <div markdown=\"1\">\n\n  ![a](" X
			   "1.png)\n\n      ![](no.png)\n  </div>\n"}},
		 "a.md:3:8 markdown remote " X "1.png 'a'\n"},
		{"elements that end in one with Markdown's attribute, and behind it",
		 {{"a.md",
		   "<details open markdown=\"block\">\n  <summary>\n    ![](no.png)\n  </summary>\n"
		   "  {: .text-delta }\n![a](" X "1.png)\n</details>\n![b](" X "2.png)\n"},
		  {"b.md",
		   "<div markdown>\n<summary>s</summary>\n![a](" X
		   "3.png)\n<div>\n<div></div>\n![](no.png)\n</div>\n<img src=" X "4.png>\n![b](" X
		   "5.png)\n<pre>\n![](no.png)\n\n![](no.png)\n</pre>\n</div>\n"},
		  {"c.md", "<p markdown=\"span\">a</p>\n<summary>s</summary>\n![](no.png)\n"}},
		 "a.md:6:6 markdown remote " X "1.png 'a'\n"
		 "a.md:8:6 markdown remote " X "2.png 'b'\n"
		 "b.md:3:6 markdown remote " X "3.png 'a'\n"
		 "b.md:8:10 html remote " X "4.png\n"
		 "b.md:9:6 markdown remote " X "5.png 'b'\n"},
		{"comments that hold tags",
		 {{"hugo.toml", ""},
		  {"content/a.md", "{{/* {{< figure src=\"no.png\" >}} */}}![a](" X "1.png)\n"
				   "{{- /* }} ![](no.png) */ -}}\n"}},
		 "content/a.md:1:43 markdown remote " X "1.png 'a'\n"},
		{"text behind a hidden block is not indented",
		 {{"_config.yml", ""},
		  {"a.md", "{% comment %} ![](no.png) {% endcomment %} ![a](" X "1.png)\n\n"
			   "{% raw %}\n![](no.png)\n{% endraw %} ![b](" X "2.png)\n"}},
		 "a.md:1:49 markdown remote " X "1.png 'a'\n"
		 "a.md:5:19 markdown remote " X "2.png 'b'\n"},
		{"comments in comments of Liquid, balanced or not, and blanks that are left out",
		 {{"_config.yml", ""},
		  {"a.md", "{% comment %} {%- comment x -%} a {% endcomment %}\n![](no.png)\n"
			   "{%comment%}{%endcomment%} {% endcomment %}\n\n![a](" X "1.png)\n"},
		  {"b.md", "{% comment %} {% comment %} ![](no.png) {% endcomment %}\n\n"
			   "![b](" X "2.png)\n\n{%- raw-%}![](no.png){%- endraw-%}\n"}},
		 "a.md:5:6 markdown remote " X "1.png 'a'\n"
		 "b.md:3:6 markdown remote " X "2.png 'b'\n"},
		{"highlight, however it ends",
		 {{"hugo.toml", ""},
		  {"content/a.md",
		   "{{< highlight a >}}![](no.png){{< / highlight >}}\n\n"
		   "{{% highlight a %}}![](no.png){{%/highlight%}}\n\n![a](" X "1.png)\n"}},
		 "content/a.md:5:6 markdown remote " X "1.png 'a'\n"},
		{"kramdown's comments",
		 {{"_config.yml", ""},
		  {"a.md", "{::comment}\n![](no.png)\n{:/comment}\n\n![a](" X "1.png)\n\n"
			   "{::comment}<img src=no.png>{:/}\n\n{::comment}\n\n![b](" X "2.png)\n"}},
		 "a.md:5:6 markdown remote " X "1.png 'a'\n"
		 "a.md:11:6 markdown remote " X "2.png 'b'\n"},
		{"what Hugo makes articles from, and the sites that show its themes",
		 {{"hugo.toml", ""},
		  {"archetypes/post.md", "![a](no.png)\n"},
		  {"themes/t/archetypes/post.md", "![a](no.png)\n"},
		  {"themes/t/exampleSite/content/x.md", "![a](/no.png)\n"},
		  {"themes/t/layouts/x.html", "<img src=/none.png>\n"},
		  {"content/archetypes/x.md", "![a](" X "1.png)\n"}},
		 "content/archetypes/x.md:1:6 markdown remote " X "1.png 'a'\n"
		 "themes/t/layouts/x.html:1:10 html local missing /none.png\n"},
		{"what Hexo makes articles from",
		 {{"_config.yml", "source_dir: source\n"},
		  {"scaffolds/post.md", "![a](no.png)\n"},
		  {"source/_posts/x.md", "![a](" X "1.png)\n"}},
		 "source/_posts/x.md:1:6 markdown remote " X "1.png 'a'\n"},
		{"an article whose front matter is no YAML",
		 {{"hugo.toml", ""}, {"content/a.md", "---\ntitle: \"a \"b\" c\"\n---\n"}},
		 "content/a.md:2:12 problem bad-front-matter did not find expected key (while "
		 "parsing a "
		 "block mapping)\n"},
		{"Hexo's tag, its source folder, and Markdown in a bare attribute",
		 {{"_config.yml", ""},
		  {"source/_posts/a/b.png", "x"},
		  {"source/i/c.png", "x"},
		  {"source/_posts/a.md", "{% asset_img left b.png 100 alt %}\n![c](/i/c.png)\n\n"
					 "<figure markdown>\n![d](" X "1.png)\n</figure>\n"}},
		 "source/_posts/a.md:1:19 shortcode local /source/_posts/a/b.png\n"
		 "source/_posts/a.md:2:6 markdown local /source/i/c.png 'c'\n"
		 "source/_posts/a.md:5:6 markdown remote " X "1.png 'd'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void finds_where_files_are(void **state)
{
	static const struct scan_case cases[] = {
		{"places above the article, where no generator is known",
		 {{"website/static/a.png", "x"},
		  {"docs/.vuepress/public/b.png", "x"},
		  {"docs/public/c.png", "x"},
		  {"website/docs/x.md", "![a](/a.png)\n"},
		  {"docs/guide/x.md", "![b](/b.png) ![c](/c.png) ![d](/a.png)\n"
				      "<img :src=\"$withBase('/b.png')\">\n"}},
		 "docs/guide/x.md:1:6 markdown local /docs/.vuepress/public/b.png 'b'\n"
		 "docs/guide/x.md:1:19 markdown local /docs/public/c.png 'c'\n"
		 "docs/guide/x.md:1:32 markdown local missing /a.png 'd'\n"
		 "docs/guide/x.md:2:23 html local /docs/.vuepress/public/b.png\n"
		 "website/docs/x.md:1:6 markdown local /website/static/a.png 'a'\n"},
		{"Hugo's settings in a folder of their own",
		 {{"config/_default/hugo.toml", "baseURL = 'https://e.org/b/'\n"},
		  {"assets/i/a.png", "x"},
		  {"data/d.toml", "image = '" X "1.png'\n"},
		  {"content/x.md", "![a](/b/i/a.png)\n"}},
		 "content/x.md:1:6 markdown local /assets/i/a.png 'a'\n"
		 "data/d.toml:1:10 data remote " X "1.png at image\n"},
		{"folders that Hugo's settings name",
		 {{"hugo.toml", "staticDir = ['s', 't/']\nassetDir = 'u'\ncontentDIR = 'v'\n"},
		  {"s/a.png", "x"},
		  {"static/a.png", "x"},
		  {"t/b.png", "x"},
		  {"u/c.png", "x"},
		  {"v/d.png", "x"},
		  {"v/p/x.md", "![a](/a.png) ![b](/b.png) ![c](/c.png) ![d](/d.png)\n"}},
		 "v/p/x.md:1:6 markdown local /s/a.png 'a'\n"
		 "v/p/x.md:1:19 markdown local /t/b.png 'b'\n"
		 "v/p/x.md:1:32 markdown local /u/c.png 'c'\n"
		 "v/p/x.md:1:45 markdown local /v/d.png 'd'\n"},
		{"folders that Hugo's settings mount",
		 {{"hugo.toml", "[module]\n[[module.mounts]]\nsource = 'a'\ntarget = 'static'\n"
				"[[module.mounts]]\nsource = 'b'\ntarget = 'assets'\n"
				"[[module.mounts]]\nsource = 'c'\ntarget = 'i18n'\n"
				"[[module.mounts]]\nsource = 'd'\ntarget = 'static/e/f'\n"},
		  {"a/a.png", "x"},
		  {"b/b.png", "x"},
		  {"c/c.png", "x"},
		  {"d/d.png", "x"},
		  {"content/x.md", "![a](/a.png) ![b](/b.png) ![c](/c.png) ![d](/e/f/d.png)\n"}},
		 "content/x.md:1:6 markdown local /a/a.png 'a'\n"
		 "content/x.md:1:19 markdown local /b/b.png 'b'\n"
		 "content/x.md:1:32 markdown local missing /c.png 'c'\n"
		 "content/x.md:1:45 markdown local /d/d.png 'd'\n"},
		{"files of Hugo's themes, behind the site's own",
		 {{"hugo.toml", "theme = ['x', 'y']\n"},
		  {"themes/x/static/a.png", "x"},
		  {"themes/y/static/a.png", "x"},
		  {"themes/y/static/b.png", "x"},
		  {"themes/x/static/c.png", "x"},
		  {"static/c.png", "x"},
		  {"content/x.md", "![a](/a.png) ![b](/b.png) ![c](/c.png)\n"}},
		 "content/x.md:1:6 markdown local /themes/x/static/a.png 'a'\n"
		 "content/x.md:1:19 markdown local /themes/y/static/b.png 'b'\n"
		 "content/x.md:1:32 markdown local /static/c.png 'c'\n"},
		{"Jekyll's source",
		 {{"_config.yml", "source: ./src\nbaseurl: /b\n"},
		  {"src/i/a.png", "x"},
		  {"i/a.png", "x"},
		  {"src/_posts/x.md", "![a](/i/a.png) ![b](/b/i/a.png) ![c](i/a.png)\n"}},
		 "src/_posts/x.md:1:6 markdown local /src/i/a.png 'a'\n"
		 "src/_posts/x.md:1:21 markdown local /src/i/a.png 'b'\n"
		 "src/_posts/x.md:1:38 markdown local /src/i/a.png 'c'\n"},
		{"a source outside the site is none",
		 {{"_config.yml", "source: ../src\n"},
		  {"src/a.png", "x"},
		  {"x.md", "![a](/a.png)\n"}},
		 "x.md:1:6 markdown local missing /a.png 'a'\n"},
		{"MkDocs' docs_dir",
		 {{"mkdocs.yml", "docs_dir: website\n"},
		  {"website/i/a.png", "x"},
		  {"website/x.md", "![a](/i/a.png)\n"}},
		 "website/x.md:1:6 markdown local /website/i/a.png 'a'\n"},
		{"MkDocs builds into site, or site_dir",
		 {{"mkdocs.yml", "site_name: x\n"},
		  {"docs/x.md", "![a](" X "1.png)\n"},
		  {"docs/site/x.md", "![a](" X "2.png)\n"},
		  {"site/x/index.html", "<img src=" X "1.png>\n"}},
		 "docs/site/x.md:1:6 markdown remote " X "2.png 'a'\n"
		 "docs/x.md:1:6 markdown remote " X "1.png 'a'\n"},
		{"its site_dir",
		 {{"mkdocs.yml", "site_dir: ./out/html/\n"},
		  {"site/x.md", "![a](" X "1.png)\n"},
		  {"out/html/index.html", "<img src=" X "1.png>\n"}},
		 "site/x.md:1:6 markdown remote " X "1.png 'a'\n"},
		{"Jekyll's destination",
		 {{"_config.yml", "destination: docs\n"},
		  {"_posts/x.md", "![a](" X "1.png)\n"},
		  {"docs/x.html", "<img src=" X "1.png>\n"}},
		 "_posts/x.md:1:6 markdown remote " X "1.png 'a'\n"},
		{"Hexo builds into public, or public_dir",
		 {{"_config.yml", "source_dir: source\nurl: https://e.org/blog\n"},
		  {"source/i/a.png", "x"},
		  {"source/_posts/x.md", "![a](/blog/i/a.png)\n"},
		  {"public/x.html", "<img src=" X "1.png>\n"}},
		 "source/_posts/x.md:1:6 markdown local /source/i/a.png 'a'\n"},
		{"its public_dir, and a root of its own",
		 {{"_config.yml", "public_dir: out\nurl: https://e.org/blog\nroot: /b/\n"},
		  {"i/a.png", "x"},
		  {"x.md", "![a](/b/i/a.png) ![b](/blog/i/a.png)\n"},
		  {"out/x.html", "<img src=" X "1.png>\n"},
		  {"public/x.html", "<img src=" X "2.png>\n"}},
		 "public/x.html:1:10 html remote " X "2.png\n"
		 "x.md:1:6 markdown local /i/a.png 'a'\n"
		 "x.md:1:23 markdown local missing /blog/i/a.png 'b'\n"},
		{"a destination that is the site or outside of it",
		 {{"_config.yml", "destination: .\n"}, {"x.md", "![a](" X "1.png)\n"}},
		 "x.md:1:6 markdown remote " X "1.png 'a'\n"},
		{"Astro's base, publicDir and outDir",
		 {{"astro.config.mjs",
		   "export default { base: '/b', publicDir: 'p', outDir: 'o' }\n"},
		  {"p/a.png", "x"},
		  {"o/x.html", "<img src=/none.png>\n"},
		  {"src/pages/x.md", "![a](/b/a.png) ![b](/a.png)\n"}},
		 "src/pages/x.md:1:6 markdown local /p/a.png 'a'\n"
		 "src/pages/x.md:1:21 markdown local /p/a.png 'b'\n"},
		{"Eleventy's folders",
		 {{"eleventy.config.js",
		   "export default c => { c.addPassthroughCopy({'w/static': '/'});\n"
		   "return { dir: { input: 'w', output: 'o' } } }\n"},
		  {"w/i/a.png", "x"},
		  {"w/static/b.png", "x"},
		  {"o/x.html", "<img src=/none.png>\n"},
		  {"w/x.md", "![a](/i/a.png) ![b](/b.png)\n"}},
		 "w/x.md:1:6 markdown local /w/i/a.png 'a'\n"
		 "w/x.md:1:21 markdown local /w/static/b.png 'b'\n"},
		{"style sheets that Eleventy copies, and those that become part of others",
		 {{".eleventy.js",
		   "module.exports = c => { c.addPassthroughCopy('css'); "
		   "c.addPassthroughCopy('x.css');\n"
		   "c.addPassthroughCopy({'w/_v/css': 'v'}); return { dir: { input: 'w' } } }\n"},
		  {"css/_a.css", "a { background: url(" X "1.png) }"},
		  {"x.css", "a { background: url(" X "2.png) }"},
		  {"w/_v/css/a.css", "a { background: url(" X "3.png) }"},
		  {"w/assets/a.css", "a { background: url(" X "4.png) }"},
		  {"w/_includes/assets/a.css", "a { background: url(" X "no.png) }"},
		  {"other/a.css", "a { background: url(" X "no.png) }"}},
		 "css/_a.css:1:21 css remote " X "1.png\n"
		 "w/_v/css/a.css:1:21 css remote " X "3.png\n"
		 "w/assets/a.css:1:21 css remote " X "4.png\n"
		 "x.css:1:21 css remote " X "2.png\n"},
		{"what Eleventy copies to other addresses, and its path",
		 {{".eleventy.js",
		   "module.exports = c => { c.addPassthroughCopy({ './w/_a/img/': 'images' });\n"
		   "c.addPassthroughCopy({'m': '/static/m/', 'w/one.png': 'i/uno.png'});\n"
		   "c.addPassthroughCopy({'g/*.png': 'gg', 'h/**/*.png': 'hh', 'k/*.png': '/'});\n"
		   "return { dir: { input: 'w' }, pathPrefix: '/b/' } }\n"},
		  {"w/_a/img/a.png", "x"},
		  {"images/a.png", "x"},
		  {"m/b.png", "x"},
		  {"w/one.png", "x"},
		  {"g/c.png", "x"},
		  {"h/d.png", "x"},
		  {"k/e.png", "x"},
		  {"w/x.md", "![a](/images/a.png) ![b](/b/static/m/b.png) ![c](/i/uno.png)\n"
			     "![d](/gg/c.png) ![e](/hh/d.png) ![f](/imagesa.png) ![g](/e.png)\n"
			     "<img src=\"{{ '/images/a.png' | url }}\">\n"}},
		 "w/x.md:1:6 markdown local /w/_a/img/a.png 'a'\n"
		 "w/x.md:1:26 markdown local /m/b.png 'b'\n"
		 "w/x.md:1:50 markdown local /w/one.png 'c'\n"
		 "w/x.md:2:6 markdown local /g/c.png 'd'\n"
		 "w/x.md:2:22 markdown local missing /hh/d.png 'e'\n"
		 "w/x.md:2:38 markdown local missing /imagesa.png 'f'\n"
		 "w/x.md:2:57 markdown local /k/e.png 'g'\n"
		 "w/x.md:3:11 html local /w/_a/img/a.png\n"},
		{"what Eleventy's calls name",
		 {{".eleventy.js", "module.exports = c => { c.setOutputDirectory('o'); "
				   "c.setInputDirectory('w') }\n"},
		  {"w/i/a.png", "x"},
		  {"o/x.html", "<img src=/none.png>\n"},
		  {"w/x.md", "![a](/i/a.png)\n"}},
		 "w/x.md:1:6 markdown local /w/i/a.png 'a'\n"},
		{"what an earlier build left is no image of the site",
		 {{".eleventy.js", "c => ({dir: {output: 'public'}})\n"},
		  {"public/old.png", "x"},
		  {"x.md", "![a](/old.png)\n"}},
		 "x.md:1:6 markdown local missing /old.png 'a'\n"},
		{"what Gatsby builds, and Docusaurus' paths of the built site",
		 {{"gatsby-config.js", ""},
		  {"public/x.html", "<img src=/none.png>\n"},
		  {"static/a.png", "x"},
		  {"x.md", "![a](pathname:///a.png) ![b](|static|/a.png)\n"}},
		 "x.md:1:6 markdown local /static/a.png 'a'\n"
		 "x.md:1:30 markdown local /static/a.png 'b'\n"},
		{"mdBook's src and build-dir",
		 {{"book.toml", "[book]\nsrc = 'book/src'\n[build]\nbuild-dir = 'book/out'\n"},
		  {"book/src/i/a.png", "x"},
		  {"book/src/x.md", "![a](/i/a.png)\n"},
		  {"book/out/x.html", "<img src=/none.png>\n"}},
		 "book/src/x.md:1:6 markdown local /book/src/i/a.png 'a'\n"},
		{"a folder that articles are taken from, and built into",
		 {{".eleventy.js", "c => ({dir: {input: 'docs/src', output: 'docs'}})\n"},
		  {"docs/src/x.md", "![a](" X "1.png)\n"}},
		 "docs/src/x.md:1:6 markdown remote " X "1.png 'a'\n"},
		{"mdBook's, without a build-dir",
		 {{"book.toml", "[book]\nsrc = 'book/src'\n"},
		  {"book/src/x.md", "![a](" X "1.png)\n"}},
		 "book/src/x.md:1:6 markdown remote " X "1.png 'a'\n"},
		{"a framework's base, in what its authors write whole",
		 {{"docusaurus.config.ts", "const config: Config = {baseUrl: '/b/'}\n"},
		  {"static/a.png", "x"},
		  {"docs/x.mdx", "<img src=\"/b/a.png\" />\n\n![b](/a.png)\n"}},
		 "docs/x.mdx:1:11 html local /static/a.png\n"
		 "docs/x.mdx:3:6 markdown local /static/a.png 'b'\n"},
		{"data where Jekyll's settings say",
		 {{"_config.yml", "source: s\ndata_dir: facts\n"},
		  {"s/facts/d.yml", "image: " X "1.png\n"},
		  {"facts/d.yml", "image: " X "2.png\n"}},
		 "s/facts/d.yml:1:8 data remote " X "1.png at image\n"},
		{"other names of Jekyll's settings",
		 {{"_config.toml", "baseurl = '/b'\nimage = '/i/a.png'\n"},
		  {"i/a.png", "x"},
		  {"x.md", "![a](/b/i/a.png)\n"}},
		 "_config.toml:2:10 data local /i/a.png at image\n"
		 "x.md:1:6 markdown local /i/a.png 'a'\n"},
		{"data where Hugo's settings say",
		 {{"hugo.toml", "dataDir = 'facts'\n"},
		  {"facts/d/d.toml", "image = '" X "1.png'\n"},
		  {"data/d.toml", "image = '" X "2.png'\n"}},
		 "facts/d/d.toml:1:10 data remote " X "1.png at image\n"},
		{"data where Eleventy's settings say",
		 {{"eleventy.config.js", "({dir: {input: 'src', data: '../facts'}})\n"},
		  {"facts/d.json", "{\"image\": \"" X "1.png\"}"},
		  {"src/facts/d.json", "{\"image\": \"" X "2.png\"}"}},
		 "facts/d.json:1:12 data remote " X "1.png at image\n"},
		{"Hugo's publishDir",
		 {{"hugo.toml", "publishdir = 'docs'\n"},
		  {"content/x.md", "![a](" X "1.png)\n"},
		  {"docs/x.html", "<img src=" X "1.png>\n"},
		  {"public/x.html", "<img src=" X "2.png>\n"}},
		 "content/x.md:1:6 markdown remote " X "1.png 'a'\n"
		 "public/x.html:1:10 html remote " X "2.png\n"},
		{"the same in YAML",
		 {{"config.yml", "baseURL: https://e.org/\n"},
		  {"assets/i/a.png", "x"},
		  {"content/x.md", "![a](i/a.png)\n"}},
		 "content/x.md:1:6 markdown local /assets/i/a.png 'a'\n"},
		{"HTML in one line, by what its key says",
		 {{"_config.yml", ""},
		  {"_data/f.json",
		   "{\"content_html\": \"a <img src='" X "1.png'>\", \"x\": \"a <img src=no>\"}"}},
		 "_data/f.json:1:31 data remote " X "1.png at content_html\n"},
		{"names for the root, and Antora's folder",
		 {{"content/images/a.png", "x"},
		  {"content/blog/b.png", "x"},
		  {"src/assets/c.png", "x"},
		  {"docs/modules/m/images/d.png", "x"},
		  {"content/blog/x.md",
		   "![a]({static}/images/a.png) ![b]({attach}b.png) ![c](@/assets/c.png)\n"
		   "![d](~@/assets/c.png) ![e](@/none.png)\n"},
		  {"docs/modules/m/pages/sub/x.adoc", "image::d.png[]\n"}},
		 "content/blog/x.md:1:6 markdown local /content/images/a.png 'a'\n"
		 "content/blog/x.md:1:34 markdown local /content/blog/b.png 'b'\n"
		 "content/blog/x.md:1:54 markdown local /src/assets/c.png 'c'\n"
		 "content/blog/x.md:2:6 markdown local /src/assets/c.png 'd'\n"
		 "content/blog/x.md:2:28 markdown local missing /none.png 'e'\n"
		 "docs/modules/m/pages/sub/x.adoc:1:8 asciidoc local "
		 "/docs/modules/m/images/d.png\n"},
		{"what an e-mail carries itself",
		 {{"a.html", "<img src=\"cid:logo@x\"><img src='MID:a/b'><img src=\"blob:x\">\n"}},
		 "a.html:1:11 html embedded cid:logo@x\n"
		 "a.html:1:33 html embedded MID:a/b\n"
		 "a.html:1:52 html bad blob:x\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_mysts_directives(void **state)
{
	static const struct scan_case cases[] = {
		{"images and figures with their options, where conf.py has myst_parser",
		 {{"conf.py", "extensions = ['myst_parser']\n"},
		  {"a.md",
		   "# T\n```{image} " X "1.png\n:alt: A b\n:width: 200px\n```\n"
		   ":::{figure} " X "2.png?a&amp;b\n---\nheight: \"30\"\nalt: 'C'\n---\nCaption "
		   "![d](" X "3.png)\n:::\n~~~ {figure}  " X "4.png \r\n:width: 50%\r\n~~~\r\n"
		   "```python\n![](no.png)\n```\n![e](" X "5.png)\n"}},
		 "a.md:2:12 markdown remote " X "1.png 200x0 'A b'\n"
		 "a.md:6:13 markdown remote " X "2.png?a&amp;b 0x30 'C'\n"
		 "a.md:11:14 markdown remote " X "3.png 'd'\n"
		 "a.md:13:15 markdown remote " X "4.png\n"
		 "a.md:19:6 markdown remote " X "5.png 'e'\n"},
		{"elsewhere they are code, and colons are text",
		 {{"conf.py", "extensions = []\n"},
		  {"a.md", "```{image} no.png\n```\n\n```{note}\n![](no.png)\n```\n\n"
			   ":::{figure} no.png\n![a](" X "1.png)\n:::\n"}},
		 "a.md:9:6 markdown remote " X "1.png 'a'\n"},
		{"directives hold Markdown and other directives, in items and quotations too",
		 {{"myst.yml", ""},
		  {"a.md",
		   "````{note}\n![a](" X "1.png)\n```{figure} " X "2.png\n```\n<img src=" X
		   "3.png>\n````\n- ```{tip} T\n  ![b](" X "4.png)\n  ```\n> :::{warning}\n"
		   "> ```{image} " X "5.png\n> ```\n> :::\n\n- :::{note}\n\n```\n![](no.png)\n"
		   "```\n![c](" X "6.png)\n"}},
		 "a.md:2:6 markdown remote " X "1.png 'a'\n"
		 "a.md:3:13 markdown remote " X "2.png\n"
		 "a.md:5:10 html remote " X "3.png\n"
		 "a.md:8:8 markdown remote " X "4.png 'b'\n"
		 "a.md:11:14 markdown remote " X "5.png\n"
		 "a.md:20:6 markdown remote " X "6.png 'c'\n"},
		{"what shows its text as it stands is code, comments are none, `x.*` is any format",
		 {{"docs/source/conf.py", "extensions = [\"myst_nb\"]"},
		  {"docs/build/a.md", "![](no.png)\n"},
		  {"docs/source/a.md",
		   ":::{code} a\n:::\n\n~~~\n:::\n![](no.png)\n~~~\n:::{code-block} "
		   "md\n![](no.png)\n```{image} no.png\n```\n::::\n![a](" X "1.png)\n"
		   "```{eval-rst}\n.. image:: no.png\n```\n% ![](no.png)\n<!--\n```{image} no.png\n"
		   "```\n-->\n\n    ```{image} no.png\n    ```\n\n```{raw} html\n<img src=" X
		   "2.png>\n```\n```{math}\n![](no.png)\n```\n```{image} "
		   "no.*\n```\n```{image}\n```\n"
		   "```{code} ![](no.png)\n:::\n![](no.png)\n```\n![b](" X "3.png)\n"}},
		 "docs/source/a.md:13:6 markdown remote " X "1.png 'a'\n"
		 "docs/source/a.md:27:10 html remote " X "2.png\n"
		 "docs/source/a.md:40:6 markdown remote " X "3.png 'b'\n"},
		{"what ends a fence, and what does not",
		 {{"myst.yml", ""},
		  {"a.md", "- ```\n  ![](no.png)\n```{image} " X "1.png\n```\n````{note}\n> ````\n"
			   "> ![](no.png)\n> ````\n![a](" X "2.png)\n````\n:::{code} a\n~~~\n"
			   "![](no.png)\n:::\n![b](" X "3.png)\n"}},
		 "a.md:3:12 markdown remote " X "1.png\n"
		 "a.md:9:6 markdown remote " X "2.png 'a'\n"
		 "a.md:15:6 markdown remote " X "3.png 'b'\n"},
		{"local ones and expressions",
		 {{"docs/conf.py", "extensions = [\n    'myst_parser',\n]\n"},
		  {"docs/img/a b.png", "x"},
		  {"docs/x/a.md",
		   "```{image} /img/a b.png\n```\n```{figure} ../img/a%20b.png\n```\n"
		   "```{image} {{ logo }}\n```\n"}},
		 "docs/x/a.md:1:12 markdown local /docs/img/a b.png\n"
		 "docs/x/a.md:3:13 markdown local /docs/img/a b.png\n"
		 "docs/x/a.md:5:12 markdown template {{ logo }}\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_code_by_its_container),
		cmocka_unit_test(reads_mysts_directives),
		cmocka_unit_test(reads_mdx),
		cmocka_unit_test(reads_templates),
		cmocka_unit_test(finds_where_files_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
