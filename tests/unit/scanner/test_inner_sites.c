/*
 * Sites in folders of the scanned one: their articles are read, and their paths looked for, by the
 * rules of their own.
 */
#include "../cmocka_all.h"

#include "alloc.h"
#include "scan_site.h"

#define X "https://example.org/"

static void finds_files_of_the_inner_site(void **state)
{
	static const struct scan_case cases[] = {
		{"a Jekyll in docs/, below a repository",
		 {{"docs/_config.yml", "baseurl: /p\nurl: https://me.example\nlogo: /p/a/a.png\n"},
		  {"docs/a/a.png", "x"},
		  {"docs/_posts/a.md",
		   "![a](/p/a/a.png) ![b](/a/a.png) ![c]({{ site.baseurl }}/a/a.png)\n"
		   "![d]({{ site.url }}/p/a/a.png) ![e](/no.png) ![f](../../b.png)\n"},
		  {"b.png", "x"},
		  {"README.md", "![a](docs/a/a.png) ![b](/p/a/a.png) ![c](/b.png)\n"}},
		 "README.md:1:6 markdown local /docs/a/a.png 'a'\n"
		 "README.md:1:25 markdown local missing /p/a/a.png 'b'\n"
		 "README.md:1:42 markdown local /b.png 'c'\n"
		 "docs/_config.yml:3:7 data local /docs/a/a.png at logo\n"
		 "docs/_posts/a.md:1:6 markdown local /docs/a/a.png 'a'\n"
		 "docs/_posts/a.md:1:23 markdown local /docs/a/a.png 'b'\n"
		 "docs/_posts/a.md:1:38 markdown local /docs/a/a.png 'c'\n"
		 "docs/_posts/a.md:2:6 markdown local /docs/a/a.png 'd'\n"
		 "docs/_posts/a.md:2:37 markdown local missing /docs/no.png 'e'\n"
		 "docs/_posts/a.md:2:51 markdown local /b.png 'f'\n"},
		{"a Docusaurus in website/, whose path stands in JSX",
		 {{"website/docusaurus.config.js", "module.exports = {baseUrl: '/p/'};\n"},
		  {"website/static/img/a.png", "x"},
		  {"website/docs/a.mdx", "<img src=\"/p/img/a.png\" />\n\n![b](/img/a.png)\n"}},
		 "website/docs/a.mdx:1:11 html local /website/static/img/a.png\n"
		 "website/docs/a.mdx:3:6 markdown local /website/static/img/a.png 'b'\n"},
		{"names for folders, of the package that has them",
		 {{"apps/a/astro.config.mjs", "export default {};\n"},
		  {"apps/a/tsconfig.json",
		   "{\"compilerOptions\": {\"paths\": {\"@img/*\": [\"./src/img/*\"]}}}"},
		  {"apps/a/src/img/a.png", "x"},
		  {"apps/a/src/content/a.md", "![a](@img/a.png)\n"},
		  {"apps/b/a.md", "![a](@img/a.png)\n"}},
		 "apps/a/src/content/a.md:1:6 markdown local /apps/a/src/img/a.png 'a'\n"
		 "apps/b/a.md:1:6 markdown local missing /apps/b/@img/a.png 'a'\n"},
		{"the innermost of several, as a scan of p alone has them",
		 {{"p/_config.yml", "baseurl: /out\n"},
		  {"p/docs/_config.yml", "baseurl: /in\n"},
		  {"p/docs/a.png", "x"},
		  {"p/b.png", "x"},
		  {"p/docs/a.md", "![a](/in/a.png) ![b](/out/b.png)\n"},
		  {"p/a.md", "![a](/in/a.png) ![b](/out/b.png)\n"}},
		 "p/a.md:1:6 markdown local missing /p/in/a.png 'a'\n"
		 "p/a.md:1:22 markdown local /p/b.png 'b'\n"
		 "p/docs/a.md:1:6 markdown local /p/docs/a.png 'a'\n"
		 "p/docs/a.md:1:22 markdown local /p/b.png 'b'\n"},
		{"an example in a site that has one file of both names",
		 {{"_config.yml", ""},
		  {"a.png", "x"},
		  {"example/docusaurus.config.js", ""},
		  {"example/static/a.png", "x"},
		  {"example/static/b.png", "x"},
		  {"example/docs/a.md", "![a](/a.png) ![b](/b.png) ![c](/c.png)\n"}},
		 "example/docs/a.md:1:6 markdown local /a.png 'a'\n"
		 "example/docs/a.md:1:19 markdown local /example/static/b.png 'b'\n"
		 "example/docs/a.md:1:32 markdown local missing /example/c.png 'c'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_by_the_rules_of_the_inner_site(void **state)
{
	static const struct scan_case cases[] = {
		{"what stands deep, of Eleventy is no code",
		 {{"a/eleventy.config.js", "export default function (c) {}\n"},
		  {"a/a.md", "    ![a](" X "a.png)\n"},
		  {"b/a.md", "    ![a](" X "a.png)\n"}},
		 "a/a.md:1:10 markdown remote " X "a.png 'a'\n"},
		{"what Hugo builds and makes new articles from, and picdesk's own manifest",
		 {{"site/hugo.toml", "baseURL = \"https://me.example/p/\"\n"},
		  {"site/static/a.png", "x"},
		  {"site/content/a.md", "{{< figure src=\"/p/a.png\" >}}\n"},
		  {"site/public/a.md", "![a](" X "a.png)\n"},
		  {"site/archetypes/a.md", "![a](" X "a.png)\n"},
		  {"site/data/picdesk.json", "{\"images\": [{\"url\": \"" X "a.png\"}]}\n"},
		  {"archetypes/a.md", "![a](" X "a.png)\n"}},
		 "archetypes/a.md:1:6 markdown remote " X "a.png 'a'\n"
		 "site/content/a.md:1:17 shortcode local /site/static/a.png\n"},
		{"settings that are none: the folder is a part of the site around it",
		 {{"a/conf.py", "extensions = []\n"},
		  {"b/picdesk.yml", ""},
		  {"c/config.toml", "baseURL = \"/p/\"\n"},
		  {"c/a.md", "![a](/p/a.png)\n"},
		  {"c/a.png", "x"}},
		 "c/a.md:1:6 markdown local missing /p/a.png 'a'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_files_of_the_inner_site),
		cmocka_unit_test(reads_by_the_rules_of_the_inner_site),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
