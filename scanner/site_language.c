#include "site_language.h"

#include <string.h>

#include "site_framework.h"
#include "template.h"

static bool is_of_framework(const struct site *site, const char *name)
{
	return site->framework && !strcmp(site->framework->name, name);
}

/* Its generator is Jekyll's, for it has a _config.yml too. */
static bool is_of_hexo(const struct site *site)
{
	return !strcmp(site->builder, "Hexo");
}

enum front_matter_style site_front_matter(const struct site *site, enum file_kind kind)
{
	if (is_of_hexo(site))
		return FRONT_MATTER_OF_HEXO;
	if (!is_of_framework(site, "Pelican"))
		return FRONT_MATTER_MARKED;
	return kind == FILE_RST ? FRONT_MATTER_OF_PELICAN_RST : FRONT_MATTER_OF_PELICAN;
}

bool site_has_components(const struct site *site)
{
	return is_of_framework(site, "Nuxt") || is_of_framework(site, "VitePress") ||
	       is_of_framework(site, "VuePress");
}

/* Nuxt's own, and those of an extension that many of Astro's sites have, remark-directive. */
static unsigned directives_of(const struct site *site, enum file_kind kind)
{
	bool has_them = is_of_framework(site, "Nuxt") || site->generator == GENERATOR_ASTRO;

	return has_them && kind == FILE_MARKDOWN ? TEMPLATE_DIRECTIVES : 0;
}

unsigned site_templates(const struct site *site, enum file_kind kind)
{
	if (kind == FILE_MDX)
		return TEMPLATE_JSX;
	if (kind == FILE_NUNJUCKS)
		return TEMPLATE_LIQUID | TEMPLATE_NUNJUCKS;
	switch (site->generator) {
	case GENERATOR_HUGO:
		return TEMPLATE_GO;
	case GENERATOR_ELEVENTY:
		return TEMPLATE_LIQUID | TEMPLATE_NUNJUCKS;
	case GENERATOR_NONE:
		return TEMPLATE_LIQUID | TEMPLATE_GO | directives_of(site, kind);
	case GENERATOR_JEKYLL:
		return TEMPLATE_LIQUID | (is_of_hexo(site) ? TEMPLATE_NUNJUCKS : 0);
	default:
		return TEMPLATE_LIQUID | directives_of(site, kind);
	}
}

enum markdown_dialect site_markdown(const struct site *site, enum file_kind kind)
{
	if (kind == FILE_MDX)
		return MARKDOWN_MDX;
	switch (site->generator) {
	case GENERATOR_ELEVENTY:
		return MARKDOWN_ELEVENTY;
	case GENERATOR_MKDOCS:
		return MARKDOWN_PYTHON;
	case GENERATOR_JEKYLL:
	case GENERATOR_HUGO:
		return MARKDOWN_DEFINITIONS;
	default:
		return site->framework && site->framework->is_myst ? MARKDOWN_MYST
								   : MARKDOWN_COMMONMARK;
	}
}

bool site_may_be_docusaurus(const struct site *site, enum file_kind kind)
{
	return (kind == FILE_MARKDOWN || kind == FILE_MDX) && site->generator == GENERATOR_NONE;
}
