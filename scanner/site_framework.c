#include "site_framework.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "alloc.h"
#include "cleanup.h"
#include "system_error.h"

static const struct site_framework frameworks[] = {
	{"Docusaurus",
	 "static/",
	 "build",
	 "baseUrl",
	 {"docusaurus.config.js", "docusaurus.config.ts", "docusaurus.config.mjs",
	  "docusaurus.config.cjs"}},
	{"VitePress", "public/", NULL, NULL, {".vitepress"}},
	{"VitePress", "docs/public/", NULL, NULL, {"docs/.vitepress"}},
	{"VuePress", ".vuepress/public/", NULL, NULL, {".vuepress"}},
	{"VuePress", "docs/.vuepress/public/", NULL, NULL, {"docs/.vuepress"}},
	{"Gatsby",
	 "static/",
	 "public",
	 "pathPrefix",
	 {"gatsby-config.js", "gatsby-config.ts", "gatsby-config.mjs"}},
	{"Next.js",
	 "public/",
	 "out",
	 "basePath",
	 {"next.config.js", "next.config.mjs", "next.config.ts"}},
	{"Nuxt", "public/", NULL, NULL, {"nuxt.config.ts", "nuxt.config.js", "nuxt.config.mjs"}},
	{"SvelteKit", "static/", "build", NULL, {"svelte.config.js", "svelte.config.ts"}},
	{"Pelican", "content/", "output", NULL, {"pelicanconf.py"}},
	{"mdBook", "src/", "book", NULL, {"book.toml"}},
};

const struct site_framework *site_framework_of(const char *root, const char **ret_marker)
{
	for (size_t i = 0; i < ARRAY_LENGTH(frameworks); i++)
		for (const char *const *marker = frameworks[i].markers; *marker; marker++) {
			CLEANUP(cleanup_free) char *path = alloc_printf("%s/%s", root, *marker);
			struct stat status;

			if (!stat(path, &status) || is_system_error(-errno)) {
				*ret_marker = *marker;
				return &frameworks[i];
			}
		}
	return NULL;
}
