#include "file_kind.h"

#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "buf.h"

enum file_kind file_kind_of(const char *path)
{
	static const struct {
		const char *extension;
		enum file_kind kind;
	} kinds[] = {
		{"md", FILE_MARKDOWN},     {"markdown", FILE_MARKDOWN}, {"mkd", FILE_MARKDOWN},
		{"mdown", FILE_MARKDOWN},  {"mkdn", FILE_MARKDOWN},     {"mdx", FILE_MDX},
		{"mkdown", FILE_MARKDOWN}, {"mdwn", FILE_MARKDOWN},     {"mdtxt", FILE_MARKDOWN},
		{"mdtext", FILE_MARKDOWN}, {"mdoc", FILE_MARKDOWN},     {"html", FILE_HTML},
		{"htm", FILE_HTML},        {"xhtml", FILE_HTML},        {"liquid", FILE_HTML},
		{"webc", FILE_HTML},       {"njk", FILE_NUNJUCKS},      {"css", FILE_CSS},
		{"yml", FILE_YAML},        {"yaml", FILE_YAML},         {"json", FILE_JSON},
		{"toml", FILE_TOML},       {"csv", FILE_CSV},           {"tsv", FILE_TSV},
		{"rst", FILE_RST},         {"adoc", FILE_ASCIIDOC},     {"asciidoc", FILE_ASCIIDOC},
	};
	const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');

	for (size_t i = 0; dot && i < ARRAY_LENGTH(kinds); i++)
		if (!strcasecmp(dot + 1, kinds[i].extension))
			return kinds[i].kind;
	return FILE_NONE;
}

bool file_kind_is_data(enum file_kind kind)
{
	return kind == FILE_YAML || kind == FILE_JSON || kind == FILE_TOML || kind == FILE_CSV ||
	       kind == FILE_TSV;
}

static bool is_under(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return !strncmp(path, folder, n) && path[n] == '/';
}

/* The folder is one of those that the path goes through. */
static bool goes_through(const char *path, const char *folder)
{
	for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
		if (is_under(at, folder))
			return true;
	return false;
}

/* Eleventy's data of a folder or a template: x.11tydata.json, and posts/posts.json. */
static bool is_eleventy_data(const char *path)
{
	static const char suffix[] = ".11tydata.json";
	size_t length = strlen(path), n = sizeof suffix - 1;
	const char *name = strrchr(path, '/'), *folder;

	if (length > n && !strcmp(path + length - n, suffix))
		return true;
	if (!name)
		return false;
	folder = memrchr(path, '/', (size_t)(name - path));
	folder = folder ? folder + 1 : path;
	n = (size_t)(name - folder);
	return !strncmp(name + 1, folder, n) && !strcmp(name + 1 + n, ".json");
}

/* Those that write in Docusaurus' blog: blog/authors.yml. */
static bool is_list_of_authors(const struct site *site, const char *path)
{
	const char *slash = strrchr(path, '/');

	return !strcmp(site->builder, "Docusaurus") && slash && !strcmp(slash, "/authors.yml");
}

static bool is_data_place(const struct site *site, const char *path)
{
	if (goes_through(path, "_data") || !strcmp(path, "_config.yml") ||
	    !strcmp(path, "_config.yaml") || !strcmp(path, "_config.toml") ||
	    (site->data_folder && is_under(path, site->data_folder)) ||
	    is_list_of_authors(site, path))
		return true;
	if (site->generator == GENERATOR_ELEVENTY)
		return is_eleventy_data(path);
	if (site->generator == GENERATOR_ASTRO)
		return is_under(path, "src/data") || is_under(path, "src/content");
	return false;
}

/* _sass, _includes/assets: what stands in there becomes part of other files, wherever these are. */
static bool is_in_hidden_source(const struct site *site, const char *path)
{
	return (site->generator == GENERATOR_JEKYLL || site->generator == GENERATOR_ELEVENTY) &&
	       (*path == '_' || strstr(path, "/_"));
}

/* What Eleventy's configuration copies: a folder's files, or one file. */
static bool is_copied(const struct site *site, const char *path)
{
	for (size_t i = 0; i < SITE_MAX_FOLDERS && site->copies[i].source; i++)
		if (is_under(path, site->copies[i].source) || !strcmp(path, site->copies[i].source))
			return true;
	return false;
}

/* Where generators copy files from as they are. Other style sheets may be a bundler's, or of
 * a library that the site only has with it. */
static bool is_style_place(const struct site *site, const char *path)
{
	const char *public_folder = site->public_folder;

	if (is_copied(site, path))
		return true;
	if (is_in_hidden_source(site, path))
		return false;
	if (goes_through(path, "assets"))
		return true;
	if (site->generator == GENERATOR_JEKYLL || *public_folder)
		if (!strncmp(path, public_folder, strlen(public_folder)))
			return true;
	for (char *const *folder = site->folders; *folder; folder++)
		if (is_under(path, *folder))
			return true;
	return false;
}

bool file_kind_is_content(const struct site *site, const char *path)
{
	enum file_kind kind = file_kind_of(path);

	if (kind == FILE_NONE)
		return false;
	if (file_kind_is_data(kind))
		return is_data_place(site, path);
	return kind != FILE_CSS || is_style_place(site, path);
}
