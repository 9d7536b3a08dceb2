#include "site_framework.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "alloc.h"
#include "cleanup.h"

static const struct site_framework frameworks[] = {
	{"Docusaurus",
	 "static/",
	 "build",
	 {"docusaurus.config.js", "docusaurus.config.ts", "docusaurus.config.mjs",
	  "docusaurus.config.cjs"}},
	{"VitePress", "public/", NULL, {".vitepress"}},
	{"VitePress", "docs/public/", NULL, {"docs/.vitepress"}},
	{"VuePress", ".vuepress/public/", NULL, {".vuepress"}},
	{"VuePress", "docs/.vuepress/public/", NULL, {"docs/.vuepress"}},
	{"Gatsby",
	 "static/",
	 "public",
	 {"gatsby-config.js", "gatsby-config.ts", "gatsby-config.mjs"}},
	{"Next.js", "public/", "out", {"next.config.js", "next.config.mjs", "next.config.ts"}},
	{"Nuxt", "public/", NULL, {"nuxt.config.ts", "nuxt.config.js", "nuxt.config.mjs"}},
	{"SvelteKit", "static/", "build", {"svelte.config.js", "svelte.config.ts"}},
	{"Pelican", "content/", "output", {"pelicanconf.py"}},
	{"mdBook", "src/", "book", {"book.toml"}},
};

const struct site_framework *site_framework_of(const char *root)
{
	for (size_t i = 0; i < ARRAY_LENGTH(frameworks); i++)
		for (const char *const *marker = frameworks[i].markers; *marker; marker++) {
			CLEANUP(cleanup_free) char *path = alloc_printf("%s/%s", root, *marker);
			struct stat status;

			if (!stat(path, &status))
				return &frameworks[i];
		}
	return NULL;
}
