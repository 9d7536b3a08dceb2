/* Where generators take files from, as sites that they built show it. */
#include "../cmocka_all.h"

#include "alloc.h"
#include "scan_site.h"

#define X "https://x.org/"

static void reads_all_files_of_hugos_settings(void **state)
{
	static const struct scan_case cases[] = {
		{"mounts in a file of their own",
		 {{"config/_default/hugo.yml", "baseURL: https://e.org/b/\n"},
		  {"config/_default/module.toml", "[[mounts]]\nsource = 's'\ntarget = 'static'\n"
						  "[[mounts]]\nsource = 'p'\n"
						  "target = 'static/pics'\n"},
		  {"s/a.png", "x"},
		  {"p/b.png", "x"},
		  {"content/x.md", "![a](/b/a.png) ![b](/pics/b.png) ![c](/c.png)\n"}},
		 "content/x.md:1:6 markdown local /s/a.png 'a'\n"
		 "content/x.md:1:21 markdown local /p/b.png 'b'\n"
		 "content/x.md:1:39 markdown local missing /c.png 'c'\n"},
		{"mounts beside settings in the root",
		 {{"hugo.toml", "title = 'x'\n"},
		  {"config/_default/module.yaml", "mounts:\n- {source: s, target: static}\n"},
		  {"s/a.png", "x"},
		  {"content/x.md", "![a](/a.png)\n"}},
		 "content/x.md:1:6 markdown local /s/a.png 'a'\n"},
		{"a part that is broken is none",
		 {{"config/_default/config.json", "{\"staticDir\": \"s\"}"},
		  {"config/_default/module.toml", "[[mounts\n"},
		  {"s/a.png", "x"},
		  {"content/x.md", "![a](/a.png)\n"}},
		 "content/x.md:1:6 markdown local /s/a.png 'a'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void shares_images_of_hugos_bundles_between_languages(void **state)
{
	static const struct scan_case cases[] = {
		{"a content folder for each language",
		 {{"hugo.toml",
		   "[languages.en]\ncontentDir = 'c/en'\n"
		   "[languages.de]\ncontentDir = 'c/de'\n[languages.fr]\nweight = 3\n"},
		  {"c/en/p/one/a.png", "x"},
		  {"c/en/p/one/b.png", "x"},
		  {"c/de/p/one/b.png", "x"},
		  {"c/en/a.png", "x"},
		  {"c/de/p/one/index.md", "![a](a.png) ![b](b.png) ![c](c.png) ![d](/p/one/a.png)"},
		  {"c/en/p/one/index.md", "![a](./a.png) ![b](b.png)"}},
		 "c/de/p/one/index.md:1:6 markdown local /c/en/p/one/a.png 'a'\n"
		 "c/de/p/one/index.md:1:18 markdown local /c/de/p/one/b.png 'b'\n"
		 "c/de/p/one/index.md:1:30 markdown local missing /c/de/p/one/c.png 'c'\n"
		 "c/de/p/one/index.md:1:42 markdown local /c/en/p/one/a.png 'd'\n"
		 "c/en/p/one/index.md:1:6 markdown local /c/en/p/one/a.png 'a'\n"
		 "c/en/p/one/index.md:1:20 markdown local /c/en/p/one/b.png 'b'\n"},
		{"in a file of their own",
		 {{"config/_default/config.toml", ""},
		  {"config/_default/languages.yaml", "en: {contentDir: content/en}\n"
						     "de: {contentdir: content/de}\n"},
		  {"content/en/p/a.png", "x"},
		  {"content/de/p/index.md", "![a](a.png)"}},
		 "content/de/p/index.md:1:6 markdown local /content/en/p/a.png 'a'\n"},
		{"mounted",
		 {{"hugo.toml",
		   "[[module.mounts]]\nsource = 'en'\ntarget = 'content'\nlang = 'en'\n"
		   "[[module.mounts]]\nsource = 'de'\ntarget = 'content'\nlang = 'de'\n"},
		  {"en/p/a.png", "x"},
		  {"de/p/index.md", "---\nimage: a.png\n---\n"}},
		 "de/p/index.md:2:8 front-matter local /en/p/a.png at image\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void finds_what_style_sheets_show(void **state)
{
	static const struct scan_case cases[] = {
		{"Hugo's, relative to where they are published",
		 {{"hugo.toml", "theme = 't'\n"},
		  {"static/i/a.png", "x"},
		  {"themes/t/static/i/b.png", "x"},
		  {"assets/css/x.css",
		   "a{background:url(../i/a.png)} b{background:url(../i/c.png)}\n"},
		  {"static/css/y.css", "a{background:url(../i/b.png)}\n"},
		  {"themes/t/assets/z.css", "a{background:url(i/a.png)}\n"},
		  {"layouts/no.css", "a{background:url(no.png)}\n"}},
		 "assets/css/x.css:1:18 css local /static/i/a.png\n"
		 "assets/css/x.css:1:48 css local missing /assets/i/c.png\n"
		 "static/css/y.css:1:18 css local /themes/t/static/i/b.png\n"
		 "themes/t/assets/z.css:1:18 css local /static/i/a.png\n"},
		{"Eleventy's, beside other folders",
		 {{".eleventy.js", "c => { c.addPassthroughCopy({'public': '/', 'pic': 'img',\n"
				   "'src/styles': 'css'}) }\n"},
		  {"pic/a.png", "x"},
		  {"public/css/x.css", "a{background:url(../img/a.png)}\n"},
		  {"src/styles/y.css", "a{background:url(../img/a.png)}\n"},
		  {"lib/no.css", "a{background:url(no.png)}\n"}},
		 "public/css/x.css:1:18 css local /pic/a.png\n"
		 "src/styles/y.css:1:18 css local /pic/a.png\n"},
		{"Eleventy's, but not what pages include",
		 {{".eleventy.js", "c => ({dir: {input: 'src'}})\n"},
		  {"src/css/x.css", "a{background:url(" X "1.png)}\n"},
		  {"src/_includes/css/no.css", "a{background:url(no.png)}\n"}},
		 "src/css/x.css:1:18 css remote " X "1.png\n"},
		{"MkDocs'",
		 {{"mkdocs.yml", ""},
		  {"docs/img/a.png", "x"},
		  {"docs/css/x.css", "a{background:url(../img/a.png)}\n"},
		  {"theme/no.css", "a{background:url(no.png)}\n"}},
		 "docs/css/x.css:1:18 css local /docs/img/a.png\n"},
		{"Jekyll's, all that it copies",
		 {{"_config.yml", ""},
		  {"css/x.css", "a{background:url(b.png)}\n"},
		  {"css/b.png", "x"},
		  {"_sass/no.css", "a{background:url(no.png)}\n"},
		  {"_includes/no.css", "a{background:url(no.png)}\n"},
		  {"vendor/no.css", "a{background:url(no.png)}\n"}},
		 "css/x.css:1:18 css local /css/b.png\n"},
		{"Docusaurus'",
		 {{"docusaurus.config.js", ""},
		  {"static/x.css", "a{background:url(/a.png)}\n"},
		  {"static/a.png", "x"},
		  {"src/no.css", "a{background:url(no.png)}\n"}},
		 "static/x.css:1:18 css local /static/a.png\n"},
		{"those of no known generator only below assets",
		 {{"css/no.css", "a{background:url(no.png)}\n"},
		  {"assets/x.css", "a{background:url(" X "1.png)}\n"}},
		 "assets/x.css:1:18 css remote " X "1.png\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void puts_chirpys_cdn_before_what_is_not_in_the_site(void **state)
{
	static const struct scan_case cases[] = {
		{"of all kinds of addresses",
		 {{"_config.yml", "baseurl: /b\ncdn: \"https://cdn.x.org/\"\n"},
		  {"i/a.png", "x"},
		  {"_posts/x.md", "---\nimage: /i/c.png\n---\n![a](/i/a.png) ![b](/i/b.png) "
				  "![c](i/c.png)\n![d](" X "1.png)\n"},
		  {"_posts/y.md", "---\nmedia_subpath: /m/\n---\n![a](a.png)\n"}},
		 "_posts/x.md:2:8 front-matter remote https://cdn.x.org/i/c.png at image\n"
		 "_posts/x.md:4:6 markdown local /i/a.png 'a'\n"
		 "_posts/x.md:4:21 markdown remote https://cdn.x.org/i/b.png 'b'\n"
		 "_posts/x.md:4:36 markdown remote https://cdn.x.org/i/c.png 'c'\n"
		 "_posts/x.md:5:6 markdown remote " X "1.png 'd'\n"
		 "_posts/y.md:4:6 markdown remote https://cdn.x.org/m/a.png 'a'\n"},
		{"its older name",
		 {{"_config.yml", "img_cdn: https://cdn.x.org\n"}, {"x.md", "![a](/a.png)\n"}},
		 "x.md:1:6 markdown remote https://cdn.x.org/a.png 'a'\n"},
		{"what is no address",
		 {{"_config.yml", "cdn: true\n"}, {"x.md", "![a](/a.png)\n"}},
		 "x.md:1:6 markdown local missing /a.png 'a'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void puts_chirpys_folder_before_relative_urls(void **state)
{
	static const struct scan_case cases[] = {
		{"of the whole article, with and without its slash",
		 {{"_config.yml", "baseurl: /b\n"},
		  {"a.png", "x"},
		  {"m/p/a.png", "x"},
		  {"m/p/c.png", "x"},
		  {"_posts/x.md",
		   "---\nmedia_subpath: /m/p/\nimage: {path: c.png}\n---\n"
		   "![a](a.png) ![b](./b.png) ![c](/b/a.png)\n<img src=" X "1.png>\n"},
		  {"_posts/y.md", "---\nimage: a.png\nimg_path: '/m/p'\n---\n{{ '/a.png' | "
				  "relative_url }}\n![c](../p/c.png)\n"}},
		 "_posts/x.md:3:15 front-matter local /m/p/c.png at image.path\n"
		 "_posts/x.md:5:6 markdown local /m/p/a.png 'a'\n"
		 "_posts/x.md:5:18 markdown local missing /m/p/b.png 'b'\n"
		 "_posts/x.md:5:32 markdown local /a.png 'c'\n"
		 "_posts/x.md:6:10 html remote " X "1.png\n"
		 "_posts/y.md:2:8 front-matter local /m/p/a.png at image\n"
		 "_posts/y.md:6:6 markdown local /m/p/c.png 'c'\n"},
		{"on a server of its own",
		 {{"_config.yml", ""},
		  {"x.md", "---\nmedia_subpath: https://x.org/m\n---\n![a](a.png)\n"}},
		 "x.md:4:6 markdown remote " X "m/a.png 'a'\n"},
		{"what is no folder",
		 {{"_config.yml", ""},
		  {"a.png", "x"},
		  {"x.md", "---\nimg_path: /i/cover.jpg\n---\n![a](a.png)\n"},
		  {"y.md", "---\nmedia_subpath: /\n---\n![a](a.png)\n"},
		  {"z.md", "---\nmedia_subpath: [/m]\n---\n![a](a.png)\n"}},
		 "x.md:4:6 markdown local /a.png 'a'\n"
		 "y.md:4:6 markdown local /a.png 'a'\n"
		 "z.md:4:6 markdown local /a.png 'a'\n"},
		{"another generator's",
		 {{"hugo.toml", ""},
		  {"content/a.png", "x"},
		  {"content/x.md", "---\nmedia_subpath: /m\n---\n![a](a.png)\n"}},
		 "content/x.md:4:6 markdown local /content/a.png 'a'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_the_settings_of_frameworks(void **state)
{
	static const struct scan_case cases[] = {
		{"Docusaurus' static folders and authors",
		 {{"docusaurus.config.ts",
		   "export default {staticDirectories: ['w/pub', \"more\"], baseUrl: '/b/'}\n"},
		  {"w/pub/a.png", "x"},
		  {"more/b.png", "x"},
		  {"blog/authors.yml", "ann:\n  image_url: /a.png\n  url: " X "no\n"},
		  {"docs/x.md", "![a](/a.png) ![b](/b/b.png)\n"}},
		 "blog/authors.yml:2:14 data local /w/pub/a.png at ann.image_url\n"
		 "docs/x.md:1:6 markdown local /w/pub/a.png 'a'\n"
		 "docs/x.md:1:19 markdown local /more/b.png 'b'\n"},
		{"authors of another's are no data",
		 {{"gatsby-config.js", ""}, {"blog/authors.yml", "a:\n  image_url: /a.png\n"}},
		 ""},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void names_the_first_of_several_spellings(void **state)
{
	static const struct scan_case cases[] = {
		{"whatever the order in which the disk lists them",
		 {{"a/x.PNG", "x"},
		  {"a/X.png", "x"},
		  {"b/X.png", "x"},
		  {"b/x.PNG", "x"},
		  {"a.md", "![a](a/x.png) ![b](b/x.png)\n"}},
		 "a.md:1:6 markdown local case-mismatch /a/x.png 'a' is a/X.png\n"
		 "a.md:1:20 markdown local case-mismatch /b/x.png 'b' is b/X.png\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_what_generators_leave_out(void **state)
{
	static const struct scan_case cases[] = {
		{"Jekyll's exclude names what is read elsewhere, on GitHub",
		 {{"_config.yml", "logo: " X "0.png\nexclude: [README.md, 'docs/', notes]\n"},
		  {"README.md", "![a](" X "1.png)\n"},
		  {"docs/a.md", "![b](" X "2.png)\n"},
		  {"notes/a.md", "![c](" X "3.png)\n"}},
		 "README.md:1:6 markdown remote " X "1.png 'a'\n"
		 "_config.yml:1:7 data remote " X "0.png at logo\n"
		 "docs/a.md:1:6 markdown remote " X "2.png 'b'\n"
		 "notes/a.md:1:6 markdown remote " X "3.png 'c'\n"},
		{"Hugo's settings are no data",
		 {{"hugo.toml", "[params]\nimages = ['" X "no.png']\n"},
		  {"data/a.toml", "image = '" X "1.png'\n"}},
		 "data/a.toml:1:10 data remote " X "1.png at image\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_files_of_hugos_settings),
		cmocka_unit_test(shares_images_of_hugos_bundles_between_languages),
		cmocka_unit_test(finds_what_style_sheets_show),
		cmocka_unit_test(puts_chirpys_cdn_before_what_is_not_in_the_site),
		cmocka_unit_test(puts_chirpys_folder_before_relative_urls),
		cmocka_unit_test(reads_the_settings_of_frameworks),
		cmocka_unit_test(names_the_first_of_several_spellings),
		cmocka_unit_test(reads_what_generators_leave_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
