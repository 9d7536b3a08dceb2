#include "site_framework.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "cleanup.h"
#include "site_config.h"
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
	{"Nuxt",
	 "public/",
	 NULL,
	 "app.baseURL",
	 {"nuxt.config.ts", "nuxt.config.js", "nuxt.config.mjs"}},
	{"SvelteKit", "static/", "build", NULL, {"svelte.config.js", "svelte.config.ts"}},
	{"Pelican", "content/", "output", NULL, {"pelicanconf.py"}},
	{"mdBook", "src/", "book", NULL, {"book.toml"}},
	{"Sphinx", "", "_build", NULL, {"conf.py"}, "myst_", true},
	{"Sphinx", "", "docs/_build", NULL, {"docs/conf.py"}, "myst_", true},
	{"Sphinx", "", "docs/build", NULL, {"docs/source/conf.py"}, "myst_", true},
	{"MyST", "", "_build", NULL, {"myst.yml"}, NULL, true},
	{"MyST", "", "docs/_build", NULL, {"docs/myst.yml"}, NULL, true},
};

/* Sphinx is for reStructuredText, unless `myst_parser` or `myst_nb` is among its extensions. */
static bool is_marked(const struct site_framework *framework, const char *root, const char *marker)
{
	CLEANUP(cleanup_free) char *path = site_config_path(root, marker);
	CLEANUP(cleanup_free) char *text = NULL;
	struct stat status;
	size_t length;

	if (stat(path, &status) < 0)
		return is_system_error(-errno);
	if (!framework->word || site_config_read(root, marker, &text, &length, NULL) < 0)
		return true;
	return text && memmem(text, length, framework->word, strlen(framework->word));
}

bool site_framework_mark_begins_with(const char *name)
{
	for (size_t i = 0; i < ARRAY_LENGTH(frameworks); i++)
		for (const char *const *marker = frameworks[i].markers; *marker; marker++)
			if (site_config_begins_with(*marker, name))
				return true;
	return false;
}

const struct site_framework *site_framework_of(const char *root, const char **ret_marker)
{
	for (size_t i = 0; i < ARRAY_LENGTH(frameworks); i++)
		for (const char *const *marker = frameworks[i].markers; *marker; marker++)
			if (is_marked(&frameworks[i], root, *marker)) {
				*ret_marker = *marker;
				return &frameworks[i];
			}
	return NULL;
}
