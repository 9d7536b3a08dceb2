/* What sites of real generators and their themes write, as the pages that these build show it. */
#include "../cmocka_all.h"

#include "alloc.h"
#include "scan_site.h"

#define X "https://x.org/"

static void finds_what_themes_call_images(void **state)
{
	static const struct scan_case cases[] = {
		{"an image for each colour scheme, and colours",
		 {{"index.md",
		   "---\nhero:\n  image:\n    light: " X "1.png\n    dark: " X
		   "2.png\n    alt: A\nfeatures:\n- icon: {dark: " X "3.svg, light: '#fff'}\n"
		   "- icon: {dark: black, light: /colors/light}\n---\n"}},
		 "index.md:4:12 front-matter remote " X "1.png at hero.image.light 'A'\n"
		 "index.md:5:11 front-matter remote " X "2.png at hero.image.dark 'A'\n"
		 "index.md:8:16 front-matter remote " X "3.svg at features[0].icon.dark\n"},
		{"elements of the page's head, as VitePress and as Starlight have them",
		 {{"a.md", "---\nhead:\n  - - meta\n    - property: og:image\n      content: " X
			   "1.png\n  - - link\n    - rel: icon\n      href: " X
			   "2\n  - - meta\n    - {property: 'og:image:alt', content: " X
			   "no.png}\n  - - link\n    - {rel: canonical, href: " X "no.png}\n---\n"},
		  {"b.md", "---\nhead:\n  - tag: meta\n    attrs: {name: twitter:image, content: " X
			   "3}\n---\n"}},
		 "a.md:5:16 front-matter remote " X "1.png at head[0][1].content\n"
		 "a.md:8:13 front-matter remote " X "2 at head[1][1].href\n"
		 "b.md:4:43 front-matter remote " X "3 at head[0].attrs.content\n"},
		{"Hugo's resources: a bundle's images, not its other files and patterns",
		 {{"hugo.toml", ""},
		  {"content/p/a.png", "x"},
		  {"content/p/index.md",
		   "---\nresources:\n- {src: a.png, name: cover, title: T}\n- src: docs/b.pdf\n"
		   "- src: 'images/*.png'\n- src: 'i/{b,c}.png'\n- src: 'i/[bc].png'\n---\n"}},
		 "content/p/index.md:3:9 front-matter local /content/p/a.png at "
		 "resources[0].src\n"},
		{"Beautiful Jekyll's, Clean Blog's, Butterfly's, Fluid's and VuePress' keys",
		 {{"a.md", "---\nthumbnail-img: " X "1.png\nbackground: '" X "2.png'\ntop_img: " X
			   "3.png\nindex_img: " X "4.png\nbanner_img: " X "5.png\nheroImageDark: " X
			   "6.png\nfeature-img: " X "7.png\n---\n"},
		  {"b.md", "---\nbackground: url(/no.png)\ntop_img: false\nx:\n- background: "
			   "linear-gradient(90deg, a / b)\n- background: 'rgb(0 0 0 / 5)'\n- "
			   "background: bg-black/50\n---\n"}},
		 "a.md:2:16 front-matter remote " X "1.png at thumbnail-img\n"
		 "a.md:3:14 front-matter remote " X "2.png at background\n"
		 "a.md:4:10 front-matter remote " X "3.png at top_img\n"
		 "a.md:5:12 front-matter remote " X "4.png at index_img\n"
		 "a.md:6:13 front-matter remote " X "5.png at banner_img\n"
		 "a.md:7:16 front-matter remote " X "6.png at heroImageDark\n"
		 "a.md:8:14 front-matter remote " X "7.png at feature-img\n"},
		{"Volantis', Keep's, AnZhiYu's, Fluid's, and Clean Blog's of Pelican",
		 {{"a.md", "---\nheadimg: " X "1.png\nhome_cover: " X "2.png\npost_cover: " X
			   "3.png\nog_img: " X "4.png\nheader_cover: " X "5.png\n---\n"},
		  {"_data/links.yml", "- siteshot: " X "6.png\n"}},
		 "_data/links.yml:1:13 data remote " X "6.png at [0].siteshot\n"
		 "a.md:2:10 front-matter remote " X "1.png at headimg\n"
		 "a.md:3:13 front-matter remote " X "2.png at home_cover\n"
		 "a.md:4:13 front-matter remote " X "3.png at post_cover\n"
		 "a.md:5:9 front-matter remote " X "4.png at og_img\n"
		 "a.md:6:15 front-matter remote " X "5.png at header_cover\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_what_docusaurus_wraps(void **state)
{
	static const struct scan_case cases[] = {
		{"in three backticks or four",
		 {{"docusaurus.config.js", ""},
		  {"docs/p.png", "x"},
		  {"docs/a.md",
		   "```mdx-code-block\nimport p from './p.png';\n\n<img src={p}/>\n```\n\n"
		   "````mdx-code-block\n<Tabs>\n\n```md\n![](no.png)\n```\n\n![a](" X
		   "1.png)\n\n</Tabs>\n````\n"},
		  {"docs/b.md", "- x\n\n  ```mdx-code-block\r\n  ![b](" X "2.png)\r\n  ```\r\n"}},
		 "docs/a.md:4:10 defined 2:16 html local /docs/p.png\n"
		 "docs/a.md:14:6 markdown remote " X "1.png 'a'\n"
		 "docs/b.md:4:8 markdown remote " X "2.png 'b'\n"},
		{"what is never closed, five backticks, tildes and other words are code",
		 {{"a.md", "`````mdx-code-block\n![](no.png)\n`````\n~~~mdx-code-block\n"
			   "![](no.png)\n~~~\n```mdx-code-block x\n![](no.png)\n```\n"
			   "![a](" X "1.png)\n\n````mdx-code-block\n![](no.png)\n"}},
		 "a.md:10:6 markdown remote " X "1.png 'a'\n"},
		{"to other generators it is code",
		 {{"hugo.toml", ""}, {"content/a.md", "```mdx-code-block\n![](no.png)\n```\n"}},
		 ""},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_templates_that_scripts_show(void **state)
{
	static const struct scan_case cases[] = {
		{"Vue's and Alpine's",
		 {{"a.md", "<Card>\n<template #icon><img src=" X "1.png></template>\n"
			   "<template v-slot:b><img src=" X "2.png></template>\n"
			   "<template v-if=\"x\">\n\n![c](" X "3.png)\n\n</template>\n</Card>\n"},
		  {"b.html", "<template x-if=open><img src=" X "4.png></template>\n"
			     "<template id=v-x><img src=no.png></template>\n"
			     "<template x-data><img src=no.png></template>\n"}},
		 "a.md:2:26 html remote " X "1.png\n"
		 "a.md:3:29 html remote " X "2.png\n"
		 "a.md:6:6 markdown remote " X "3.png 'c'\n"
		 "b.html:1:30 html remote " X "4.png\n"},
		{"what `:src` is short for",
		 {{"a.md", "<img v-bind:src=\"'" X "1.png'\"> <img v-bind:src=\"x\">\n"}},
		 "a.md:1:19 html remote " X "1.png\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void knows_all_names_of_markdown(void **state)
{
	static const struct scan_case cases[] = {
		{"Jekyll's and Hexo's",
		 {{"a.mkdown", "![a](" X "1.png)"},
		  {"b.mdwn", "![b](" X "2.png)"},
		  {"c.mdtxt", "![c](" X "3.png)"},
		  {"d.mdtext", "![d](" X "4.png)"}},
		 "a.mkdown:1:6 markdown remote " X "1.png 'a'\n"
		 "b.mdwn:1:6 markdown remote " X "2.png 'b'\n"
		 "c.mdtxt:1:6 markdown remote " X "3.png 'c'\n"
		 "d.mdtext:1:6 markdown remote " X "4.png 'd'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_tags_of_templates(void **state)
{
	static const struct scan_case cases[] = {
		{"Hugo's comments, also one that is never closed",
		 {{"hugo.toml", ""},
		  {"content/a.md",
		   "{{< comment >}}\n![](no.png)\n{{< /comment >}}\n{{% comment %}}\n"
		   "{{< figure src=no.png >}}\n{{% /comment %}}\n![a](" X
		   "1.png)\n{{< comment >}}\n![b](" X "2.png)\n"},
		  {"content/b.md", "{{< highlight go >}}\n![c](" X "3.png)\n{{< comment >}}\n"
				   "![](no.png)\n{{< /comment >}}\n"}},
		 "content/a.md:7:6 markdown remote " X "1.png 'a'\n"
		 "content/a.md:9:6 markdown remote " X "2.png 'b'\n"
		 "content/b.md:2:6 markdown remote " X "3.png 'c'\n"},
		{"Hexo's and GitBook's code",
		 {{"a.md",
		   "{% code title=\"a\" %}\n![](no.png)\n{% endcode %}\n![a](" X "1.png)\n"}},
		 "a.md:4:6 markdown remote " X "1.png 'a'\n"},
		{"Hexo's comments, which are Nunjucks', and a heading's name that is none",
		 {{"_config.yml", "source_dir: source\n"},
		  {"source/a.md", "{# ![](no.png)\n![](no.png) #}\n## A {#a}\n![b](" X "1.png)\n"}},
		 "source/a.md:4:6 markdown remote " X "1.png 'b'\n"},
		{"images of Hexo's theme Butterfly in text and in its gallery",
		 {{"_config.yml", "source_dir: source\n"},
		  {"source/a.md",
		   "{% inlineImg " X "1.png 30px %}\n{% galleryGroup 'A' 'b' '/Gallery/a' " X
		   "2.png %}\n"}},
		 "source/a.md:1:14 shortcode remote " X "1.png\n"
		 "source/a.md:2:38 shortcode remote " X "2.png\n"},
		{"the poster of a film",
		 {{"_config.yml", ""},
		  {"a.md", "{% include embed/video.html src='x.mp4' poster='/a/b.png' %}\n"},
		  {"a/b.png", "x"}},
		 "a.md:1:49 shortcode local /a/b.png\n"},
		{"the path of al-folio's figures and of jekyll-responsive-image",
		 {{"_config.yml", ""},
		  {"assets/a.png", "x"},
		  {"_posts/a.md", "{% include figure.liquid path=\"assets/a.png\" %}\n"
				  "{% responsive_image path: assets/a.png alt: 'B' %}\n"
				  "{% include video.liquid path=\"assets/no.mp4\" %}\n"}},
		 "_posts/a.md:1:32 shortcode local /assets/a.png\n"
		 "_posts/a.md:2:27 shortcode local /assets/a.png 'B'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_python_markdown_in_containers(void **state)
{
	static const struct scan_case cases[] = {
		{"admonitions and tabs behind the marks of quotations and items",
		 {{"mkdocs.yml", ""},
		  {"docs/a.md",
		   "> !!! note\n>\n>     ![a](" X "1.png)\n>\n>         ![](no.png)\n\n"
		   "-   ??? tip \"x\"\n\n        ![b](" X "2.png)\n\n"
		   "1.  > === \"T\"\n    >\n    >     <img src=" X "3.png>\n\n"
		   "text > !!! note\n\n    ![](no.png)\n"}},
		 "docs/a.md:3:12 markdown remote " X "1.png 'a'\n"
		 "docs/a.md:9:14 markdown remote " X "2.png 'b'\n"
		 "docs/a.md:13:20 html remote " X "3.png\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void knows_the_path_of_the_site(void **state)
{
	static const struct scan_case cases[] = {
		{"VitePress', also where parts of its side bar have one",
		 {{"docs/.vitepress/config.mts",
		   "export default defineConfig({ base: '/v/' })\nconst bar = [{base: '/no/'}]\n"},
		  {"docs/public/a.png", "x"},
		  {"docs/a.md", "<img :src=\"'/v/a.png'\"> ![b](/a.png) ![c](/no/a.png)\n"}},
		 "docs/a.md:1:13 html local /docs/public/a.png\n"
		 "docs/a.md:1:30 markdown local /docs/public/a.png 'b'\n"
		 "docs/a.md:1:43 markdown local missing /no/a.png 'c'\n"},
		{"VitePress' of a site without one, whose side bar has one",
		 {{".vitepress/config.ts",
		   "const bar = {base: '/no/'}\nexport default defineConfig({title: 'x'})\n"},
		  {"public/a.png", "x"},
		  {"a.md", "![a](/a.png) ![c](/no/a.png)\n"}},
		 "a.md:1:6 markdown local /public/a.png 'a'\n"
		 "a.md:1:19 markdown local missing /no/a.png 'c'\n"},
		{"VuePress'",
		 {{".vuepress/config.js", "module.exports = { base: '/v/' }\n"},
		  {".vuepress/public/a.png", "x"},
		  {"a.md", "![a](/v/a.png)\n"}},
		 "a.md:1:6 markdown local /.vuepress/public/a.png 'a'\n"},
		{"Nuxt's",
		 {{"nuxt.config.ts", "export default defineNuxtConfig({app: {baseURL: '/n/'}})\n"},
		  {"public/a.png", "x"},
		  {"content/a.md", "![a](/n/a.png)\n"}},
		 "content/a.md:1:6 markdown local /public/a.png 'a'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void finds_what_the_address_of_a_page_leads_to(void **state)
{
	static const struct scan_case cases[] = {
		{"Hugo's, whose article is a folder of the built site",
		 {{"hugo.toml", ""},
		  {"static/images/a.png", "x"},
		  {"content/posts/x.md", "![a](../../images/a.png) ![b](../../images/b.png)\n"}},
		 "content/posts/x.md:1:6 markdown local /static/images/a.png 'a'\n"
		 "content/posts/x.md:1:31 markdown local missing /images/b.png 'b'\n"},
		{"Jekyll's, with a date in its address",
		 {{"_config.yml", ""},
		  {"a.png", "x"},
		  {"_posts/b.png", "x"},
		  {"_posts/2024-01-01-x.md",
		   "![a](../../../a.png) ![b](.././_posts/b.png) ![c](../../../c.png)\n"}},
		 "_posts/2024-01-01-x.md:1:6 markdown local /a.png 'a'\n"
		 "_posts/2024-01-01-x.md:1:27 markdown local /_posts/b.png 'b'\n"
		 "_posts/2024-01-01-x.md:1:51 markdown local outside-root /../../../c.png 'c'\n"},
		{"MkDocs', whose raw HTML keeps its addresses",
		 {{"mkdocs.yml", ""},
		  {"docs/img/a.png", "x"},
		  {"docs/x.md", "<img src=../img/a.png>\n"}},
		 "docs/x.md:1:10 html local /docs/img/a.png\n"},
		{"Docusaurus', whose articles are beside the site",
		 {{"website/docusaurus.config.js", ""},
		  {"website/static/img/a.png", "x"},
		  {"docs/guide/x.md", "![a](/img/a.png)\n"}},
		 "docs/guide/x.md:1:6 markdown local /website/static/img/a.png 'a'\n"},
		{"elsewhere a file is where it is",
		 {{"a.png", "x"}, {"d/x.md", "![a](../../../a.png)\n"}},
		 "d/x.md:1:6 markdown local outside-root /../../../a.png 'a'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void knows_the_names_of_folders(void **state)
{
	static const struct scan_case cases[] = {
		{"Astro's, of settings with comments",
		 {{"astro.config.mjs", ""},
		  {"tsconfig.json",
		   "{ // own\n\"extends\": \"x\", \"compilerOptions\": {\"baseUrl\": \".\",\n"
		   "\"paths\": {\"@images/*\": [\"./src/assets/i/*\", \"no/*\"], /* */\n"
		   "\"@x\": [\"src/x\"], \"*\": [\"no\"], }}}\n"},
		  {"src/assets/i/a.png", "x"},
		  {"src/content/a.md", "---\ncover: '@images/a.png'\n---\n![a](@images/a.png) "
				       "![b](@images/b.png)\n"},
		  {"src/content/b.mdx",
		   "import a from '@images/a.png';\nimport b from '@other/a.png';\n\n"
		   "<Image src={a}/> <img src={b}/>\n"}},
		 "src/content/a.md:2:9 front-matter local /src/assets/i/a.png at cover\n"
		 "src/content/a.md:4:6 markdown local /src/assets/i/a.png 'a'\n"
		 "src/content/a.md:4:26 markdown local missing /src/assets/i/b.png 'b'\n"
		 "src/content/b.mdx:4:12 defined 1:16 html local /src/assets/i/a.png\n"
		 "src/content/b.mdx:4:27 html template {b}\n"},
		{"of a folder below which all of them are",
		 {{"jsconfig.json", "{\"compilerOptions\": {\"baseUrl\": \"src\",\n"
				    "\"paths\": {\"@assets/*\": [\"assets/*\"]}}}"},
		  {"src/assets/a.png", "x"},
		  {"a.md", "![a](@assets/a.png)\n"}},
		 "a.md:1:6 markdown local /src/assets/a.png 'a'\n"},
		{"what could be a folder is one where there is such a file, and where there is "
		 "none",
		 {{"tsconfig.json",
		   "{\"compilerOptions\": {\"paths\": {\"assets/*\": [\"./src/x/*\"]}}}"},
		  {"src/x/a.png", "x"},
		  {"src/x/b.png", "x"},
		  {"docs/assets/a.png", "x"},
		  {"docs/a.md", "![a](assets/a.png) ![b](assets/b.png) ![c](assets/c.png)\n"}},
		 "docs/a.md:1:6 markdown local /docs/assets/a.png 'a'\n"
		 "docs/a.md:1:25 markdown local /src/x/b.png 'b'\n"
		 "docs/a.md:1:44 markdown local missing /docs/assets/c.png 'c'\n"},
		{"of two names the longer one counts, wherever it stands",
		 {{"tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./src/*\"],\n"
				    "\"@/i/*\": [\"./static/i/*\"], \"@/i/x/*\": [\"./x/*\"]}}}"},
		  {"src/a.png", "x"},
		  {"static/i/a.png", "x"},
		  {"src/i/a.png", "x"},
		  {"a.md", "![a](@/a.png) ![b](@/i/a.png) ![c](@/i/x/c.png)\n"}},
		 "a.md:1:6 markdown local /src/a.png 'a'\n"
		 "a.md:1:20 markdown local /static/i/a.png 'b'\n"
		 "a.md:1:36 markdown local missing /x/c.png 'c'\n"},
		{"a path is no name",
		 {{"tsconfig.json",
		   "{\"compilerOptions\": {\"paths\": {\"./*\": [\"./x/*\"], \"/*\": [\"x/*\"]}}}"},
		  {"docs/a.png", "x"},
		  {"docs/a.md", "![a](./a.png) ![b](/docs/a.png) ![c](./b.png)\n"}},
		 "docs/a.md:1:6 markdown local /docs/a.png 'a'\n"
		 "docs/a.md:1:20 markdown local /docs/a.png 'b'\n"
		 "docs/a.md:1:38 markdown local missing /docs/b.png 'c'\n"},
		{"what is broken names nothing",
		 {{"tsconfig.json", "{\"compilerOptions\": {\"paths\": [{"},
		  {"a.md", "![a](@a/a.png)\n"}},
		 "a.md:1:6 markdown local missing /@a/a.png 'a'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_components_of_markdown(void **state)
{
	static const struct scan_case cases[] = {
		{"Nuxt's",
		 {{"nuxt.config.ts", ""},
		  {"content/a.md",
		   ":nuxt-img{src=\"" X "1.png\" width=\"20\" alt='A'}\n\ntext :img{src='" X
		   "2'} ::card{.x src='" X "3.png'}\n\n`:img{src=\"no.png\"}`\n\n"
		   "| a |\n|---|\n| :img{src=\"" X "4.png\"} |\n\n<NuxtImg src=\"" X
		   "5.png\"/>\n\n```\n:img{src=\"no.png\"}\n```\n"},
		  {"content/b.md",
		   ":img{src=\"" X "no.png\"\n:img {src=\"no.png\"}\n"
		   "a:{src=\"no.png\"} :card{image=\"no.png\"} <Video src=no.mp4 />\n"}},
		 "content/a.md:1:16 shortcode remote " X "1.png 20x0 'A'\n"
		 "content/a.md:3:16 shortcode remote " X "2\n"
		 "content/a.md:3:49 shortcode remote " X "3.png\n"
		 "content/a.md:9:13 shortcode remote " X "4.png\n"
		 "content/a.md:11:15 html remote " X "5.png\n"},
		{"Astro's, of Markdoc and of MDX",
		 {{"astro.config.mjs", ""},
		  {"src/a.png", "x"},
		  {"src/x.mdoc", "{% aside %}\n![a](./a.png)\n{% /aside %}\n"},
		  {"src/y.mdx", "<Image src={import('./a.png')} />\n"}},
		 "src/x.mdoc:2:6 markdown local /src/a.png 'a'\n"
		 "src/y.mdx:1:21 html local /src/a.png\n"},
		{"to other generators they are text",
		 {{"hugo.toml", ""},
		  {"content/a.md", ":img{src=\"no.png\"} <NuxtImg src=\"no.png\"/>\n"}},
		 ""},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

static void reads_front_matter_of_one_generator(void **state)
{
	static const struct scan_case cases[] = {
		{"Hexo's without a mark before it, and JSON's members",
		 {{"_config.yml", "source_dir: source\n"},
		  {"source/_posts/a.md", "title: A\ncover: " X "1.png\n---\n![b](" X "2.png)\n"},
		  {"source/_posts/b.md",
		   "\"title\": \"B\",\n\"photos\": [\"" X "3.png\"]\n;;;\n![c](" X "4.png)\n"},
		  {"source/_posts/c.md", ";;;\n\"cover\": \"" X "5.png\"\n;;;\n![d](" X "6.png)\n"},
		  {"source/_posts/d.md", "picdesk: no\n---\n![](no.png)\n"}},
		 "source/_posts/a.md:2:8 front-matter remote " X "1.png at cover\n"
		 "source/_posts/a.md:4:6 markdown remote " X "2.png 'b'\n"
		 "source/_posts/b.md:2:13 front-matter remote " X "3.png at photos[0]\n"
		 "source/_posts/b.md:4:6 markdown remote " X "4.png 'c'\n"
		 "source/_posts/c.md:2:11 front-matter remote " X "5.png at cover\n"
		 "source/_posts/c.md:4:6 markdown remote " X "6.png 'd'\n"},
		{"what only looks so in Hexo's is text",
		 {{"_config.yml", "source_dir: source\n"},
		  {"source/a.md", "Text ![a](" X "1.png)\n---\n"},
		  {"source/b.md", "note: ![b](" X "2.png)\n\n\"x\n\n---\n"},
		  {"source/c.md", "cover: " X "no.png\n\n![c](" X "3.png)\n"},
		  {"source/d.md", "\"a\": 1}\n;;;\n![d](" X "4.png)\n"}},
		 "source/a.md:1:11 markdown remote " X "1.png 'a'\n"
		 "source/b.md:1:12 markdown remote " X "2.png 'b'\n"
		 "source/c.md:3:6 markdown remote " X "3.png 'c'\n"
		 "source/d.md:3:6 markdown remote " X "4.png 'd'\n"},
		{"Eleventy's of JavaScript, which is no text",
		 {{"eleventy.config.js", ""},
		  {"a.md",
		   "---js\n{\n  image: \"" X "1.png\", // ![](no.png)\n}\n---\n![a](" X "2.png)\n"},
		  {"b.njk",
		   "---javascript\nconst x = `<img src=no.png>`;\n---\n<img src=" X "3.png>\n"},
		  {"c.md", "---js\n![c](" X "4.png)\n"}},
		 "a.md:3:11 front-matter remote " X "1.png at image\n"
		 "a.md:6:6 markdown remote " X "2.png 'a'\n"
		 "b.njk:4:10 html remote " X "3.png\n"
		 "c.md:2:6 markdown remote " X "4.png 'c'\n"},
		{"Pelican's, of Markdown and of reStructuredText",
		 {{"pelicanconf.py", ""},
		  {"content/images/a.png", "x"},
		  {"content/a.md", "Title: A\nCover: images/a.png\nGallery: " X "1.png\n    " X
				   "2.png\nImage: \n\n![b](" X "3.png)\nCover: " X "no.png\n"},
		  {"content/b.md", "Text\nCover: " X "no.png\n"},
		  {"content/c.rst", "T\n=\n\n:date: 2024-01-04\n:cover: " X
				    "4.png\n:x:\n\n:cover: " X "no.png\n\n.. image:: " X "5.png\n"},
		  {"content/d.md", "---\nCover: " X "6.png\n---\n"},
		  {"content/e.rst", "T\n=\n\nText\n\nText\n\n:cover: " X "no.png\n"}},
		 "content/a.md:2:8 front-matter local /content/images/a.png at Cover\n"
		 "content/a.md:3:10 front-matter remote " X "1.png at Gallery[0]\n"
		 "content/a.md:4:5 front-matter remote " X "2.png at Gallery[1]\n"
		 "content/a.md:7:6 markdown remote " X "3.png 'b'\n"
		 "content/c.rst:5:9 front-matter remote " X "4.png at cover\n"
		 "content/c.rst:10:12 rst remote " X "5.png\n"
		 "content/d.md:2:8 front-matter remote " X "6.png at Cover\n"},
		{"to other generators it is text",
		 {{"_config.yml", ""}, {"a.md", "cover: " X "no.png\n---\n![a](" X "1.png)\n"}},
		 "a.md:3:6 markdown remote " X "1.png 'a'\n"},
	};

	(void)state;
	scan_site_check_all(cases, ARRAY_LENGTH(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_themes_call_images),
		cmocka_unit_test(reads_what_docusaurus_wraps),
		cmocka_unit_test(reads_templates_that_scripts_show),
		cmocka_unit_test(knows_all_names_of_markdown),
		cmocka_unit_test(reads_tags_of_templates),
		cmocka_unit_test(reads_python_markdown_in_containers),
		cmocka_unit_test(knows_the_path_of_the_site),
		cmocka_unit_test(finds_what_the_address_of_a_page_leads_to),
		cmocka_unit_test(knows_the_names_of_folders),
		cmocka_unit_test(reads_components_of_markdown),
		cmocka_unit_test(reads_front_matter_of_one_generator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
