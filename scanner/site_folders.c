#include "site_folders.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "cleanup.h"
#include "site_config.h"
#include "site_framework.h"

/* Settings that name folders from which a generator takes files; without them it is the other one,
 * where local_path.c does not know it. */
static const struct folder_key {
	const char *name, *otherwise;
} folder_keys[][4] = {
	/* Hexo, whose sites have a _config.yml too, calls it source_dir. */
	[GENERATOR_JEKYLL] = {{"source", NULL}, {"source_dir", NULL}},
	/* A theme's files come behind these. */
	[GENERATOR_HUGO] = {{"staticDir", "static"},
			    {"assetDir", "assets"},
			    {"contentDir", "content"}},
	[GENERATOR_ELEVENTY] = {{"dir.input", NULL}, {"setInputDirectory()", NULL}},
	[GENERATOR_ASTRO] = {{"publicDir", NULL}},
	[GENERATOR_MKDOCS] = {{"docs_dir", NULL}},
};

const struct data_node *site_config_get(const struct data_node *config, enum generator generator,
					const char *key)
{
	if (generator != GENERATOR_HUGO || !config || config->kind != DATA_MAPPING)
		return data_node_get(config, key);
	for (size_t i = config->count; i > 0; i--)
		if (slice_equals_nocase(config->keys[i - 1]->text, key))
			return config->items[i - 1];
	return NULL;
}

bool site_config_is_of_hexo(const struct data_node *config)
{
	return data_node_get(config, "source_dir") || data_node_get(config, "public_dir");
}

/* "a/b" of "./a//b/"; NULL of the root itself, and of what leaves it. */
static char *normal_folder(struct slice text)
{
	CLEANUP(buf_release) struct buf folder = BUF_INIT(4096);
	const char *at = text.data, *end = text.data + text.length_bytes;

	if (text.length_bytes == 0 || *at == '/' || memchr(at, '\0', text.length_bytes))
		return NULL;
	while (at < end) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		size_t n = (size_t)((slash ? slash : end) - at);

		if (n == 2 && !memcmp(at, "..", 2))
			return NULL;
		if (n > 1 || (n == 1 && *at != '.'))
			buf_printf(&folder, "%s%.*s", folder.length_bytes ? "/" : "", (int)n, at);
		at += n + (slash != NULL);
	}
	return folder.length_bytes ? buf_steal(&folder) : NULL;
}

/* "images" of "/images/", too; NULL of the site's own. */
static char *address_of(struct slice text)
{
	size_t slash = text.length_bytes && text.data[0] == '/';

	return normal_folder((struct slice){text.data + slash, text.length_bytes - slash});
}

static char *folder_of(const struct data_node *node)
{
	return node && node->kind == DATA_SCALAR ? normal_folder(slice_trim(node->text)) : NULL;
}

/* Behind the last one, of which there are up to SITE_MAX_FOLDERS. Takes `folder`. */
static void append_folder(char **folders, char *folder)
{
	size_t n = 0;

	while (folders[n])
		n++;
	if (n < SITE_MAX_FOLDERS)
		folders[n] = folder;
	else
		free(folder);
}

/* Takes `folder`. */
static void add_folder(struct site *site, char *folder)
{
	append_folder(site->folders, folder);
}

/* Takes `folder`. */
static void add_content_folder(struct site *site, char *folder)
{
	append_folder(site->content_folders, folder);
}

/* Takes both, of which each may be NULL: then it is no copy. */
static void add_copy(struct site *site, char *address, char *source)
{
	size_t n = 0;

	while (n < SITE_MAX_FOLDERS && site->copies[n].address)
		n++;
	if (n < SITE_MAX_FOLDERS && address && source) {
		site->copies[n] = (struct site_copy){address, source};
		return;
	}
	free(address);
	free(source);
}

/* Calls `add` with a scalar, or with each item of a list. */
static void each_name(const struct data_node *node, struct site *site,
		      void (*add)(struct site *site, const struct data_node *name))
{
	if (node && node->kind == DATA_SCALAR)
		add(site, node);
	for (size_t i = 0; node && node->kind == DATA_SEQUENCE && i < node->count; i++)
		add(site, node->items[i]);
}

static void add_named(struct site *site, const struct data_node *name)
{
	add_folder(site, folder_of(name));
}

/* The first that it names. */
static char *first_folder(const struct data_node *config, enum generator generator, const char *key)
{
	const struct data_node *node = site_config_get(config, generator, key);

	if (node && node->kind == DATA_SEQUENCE && node->count > 0)
		node = node->items[0];
	return folder_of(node);
}

/* [[module.mounts]] of Hugo: the source of the i-th, where its target is `target`; else NULL. */
static char *mounted(const struct data_node *mounts, size_t i, const char *target)
{
	const struct data_node *mount = mounts->items[i];
	const struct data_node *node = site_config_get(mount, GENERATOR_HUGO, "target");

	if (!node || node->kind != DATA_SCALAR || !slice_equals(node->text, target))
		return NULL;
	return folder_of(site_config_get(mount, GENERATOR_HUGO, "source"));
}

/* Of a target in what a browser sees, "static/pictures": "pictures"; else NULL. */
static char *mount_address(const struct data_node *mount)
{
	static const char *const places[] = {"static/", "assets/"};
	const struct data_node *target = site_config_get(mount, GENERATOR_HUGO, "target");

	for (size_t i = 0; target && target->kind == DATA_SCALAR && i < ARRAY_LENGTH(places); i++) {
		size_t n = strlen(places[i]);

		if (target->text.length_bytes > n && !memcmp(target->text.data, places[i], n))
			return address_of((struct slice){target->text.data + n,
							 target->text.length_bytes - n});
	}
	return NULL;
}

/* NULL: there are none. */
static const struct data_node *mounts_of(const struct data_node *config)
{
	const struct data_node *mounts = site_config_get(
		site_config_get(config, GENERATOR_HUGO, "module"), GENERATOR_HUGO, "mounts");

	return mounts && mounts->kind == DATA_SEQUENCE ? mounts : NULL;
}

static void add_mounts(const struct data_node *config, struct site *site)
{
	static const char *const targets[] = {"static", "assets", "content"};
	const struct data_node *mounts = mounts_of(config);

	for (size_t i = 0; mounts && i < mounts->count; i++) {
		const struct data_node *mount = mounts->items[i];

		add_content_folder(site, mounted(mounts, i, "content"));
		for (size_t k = 0; k < ARRAY_LENGTH(targets); k++)
			add_folder(site, mounted(mounts, i, targets[k]));
		add_copy(site, mount_address(mount),
			 folder_of(site_config_get(mount, GENERATOR_HUGO, "source")));
	}
}

/* The contentDir, and those of [languages.de]. */
static void add_content_dirs(const struct data_node *config, struct site *site)
{
	const struct data_node *languages = site_config_get(config, GENERATOR_HUGO, "languages");
	char *folder = first_folder(config, GENERATOR_HUGO, "contentDir");

	add_content_folder(site, folder ? folder : alloc_string("content"));
	if (!languages || languages->kind != DATA_MAPPING)
		return;
	for (size_t i = 0; i < languages->count; i++)
		add_content_folder(site, folder_of(site_config_get(languages->items[i],
								   GENERATOR_HUGO, "contentDir")));
}

/* "static", unless others are served in its place. */
static char *hugo_static(const struct data_node *config)
{
	const struct data_node *mounts = mounts_of(config);
	char *folder = first_folder(config, GENERATOR_HUGO, "staticDir");

	for (size_t i = 0; mounts && !folder && i < mounts->count; i++)
		folder = mounted(mounts, i, "static");
	return folder ? folder : alloc_string("static");
}

static void add_theme(struct site *site, const struct data_node *name)
{
	CLEANUP(cleanup_free) char *theme = folder_of(name);

	if (!theme)
		return;
	add_folder(site, alloc_printf("themes/%s/static", theme));
	add_folder(site, alloc_printf("themes/%s/assets", theme));
}

/* addPassthroughCopy({"src/static": "/"}): the key, where the i-th pair is of its argument; else
 * empty. */
static struct slice copied_key(const struct data_node *config, size_t i)
{
	static const char call[] = "addPassthroughCopy().";
	struct slice key = config->keys[i]->text;
	size_t n = sizeof call - 1;

	if (key.length_bytes < n || memcmp(key.data, call, n) != 0)
		return (struct slice){"", 0};
	return (struct slice){key.data + n, key.length_bytes - n};
}

/* Of "src/img", and of the files "src/img/x*.png": deeper ones would lose their folders. */
static char *copied_source(struct slice key)
{
	const char *star = memchr(key.data, '*', key.length_bytes);
	const char *slash = star ? memrchr(key.data, '/', (size_t)(star - key.data)) : NULL;
	size_t behind = star ? key.length_bytes - (size_t)(star - key.data) : 0;

	if (star && (!slash || memchr(star, '/', behind) || memmem(star, behind, "**", 2)))
		return NULL;
	if (slash)
		key.length_bytes = (size_t)(slash - key.data);
	return normal_folder(key);
}

/* What lies in the built site's root: a file, or a folder's files. NULL: the i-th pair says none.
 */
static char *copied_to_root(const struct data_node *config, size_t i)
{
	if (!slice_equals(config->items[i]->text, "/"))
		return NULL;
	return copied_source(copied_key(config, i));
}

static bool is_file(const struct site *site, const char *path)
{
	CLEANUP(cleanup_free) char *whole = alloc_printf("%s/%s", site->root, path);
	struct stat status;

	return !stat(whole, &status) && S_ISREG(status.st_mode);
}

/* Eleventy's are keys of what its configuration returns, or calls. */
static const struct data_node *setting(const struct data_node *config, const char *key,
				       const char *call)
{
	const struct data_node *node = data_node_get(config, key);

	return node ? node : data_node_get(config, call);
}

static char *eleventy_input(const struct data_node *config)
{
	char *input = folder_of(setting(config, "dir.input", "setInputDirectory()"));

	return input ? input : alloc_string("");
}

static bool is_plain_copy(const struct data_node *config, size_t i)
{
	return slice_equals(config->keys[i]->text, "addPassthroughCopy()");
}

/* addPassthroughCopy("src/css"): to the same place, without the input folder before it. */
static void take_plain_copy(struct slice text, const char *input, struct site *site)
{
	char *source = copied_source(text);
	size_t n = strlen(input);
	bool is_in_input = source && n && !strncmp(source, input, n) && source[n] == '/';

	add_copy(site, source ? alloc_string(source + (is_in_input ? n + 1 : 0)) : NULL, source);
}

static void take_copies(const struct data_node *config, struct site *site)
{
	CLEANUP(cleanup_free) char *input = eleventy_input(config);

	for (size_t i = 0; config && i < config->count; i++) {
		struct slice key = copied_key(config, i);
		char *source = copied_to_root(config, i);
		const char *slash = source ? strrchr(source, '/') : NULL;

		if (source && is_file(site, source))
			add_copy(site, alloc_string(slash ? slash + 1 : source), source);
		else
			add_folder(site, source);
		if (key.length_bytes)
			add_copy(site, address_of(config->items[i]->text), copied_source(key));
		else if (is_plain_copy(config, i))
			take_plain_copy(config->items[i]->text, input, site);
	}
}

static void take_folders(const struct data_node *config, struct site *site)
{
	enum generator generator = site->generator;

	if (generator >= ARRAY_LENGTH(folder_keys))
		return;
	for (const struct folder_key *key = folder_keys[generator]; key->name; key++) {
		const struct data_node *node = site_config_get(config, generator, key->name);

		each_name(node, site, add_named);
		if (!node && key->otherwise)
			add_folder(site, alloc_string(key->otherwise));
	}
	if (generator == GENERATOR_ELEVENTY)
		take_copies(config, site);
	if (generator == GENERATOR_HUGO) {
		add_content_dirs(config, site);
		add_mounts(config, site);
		each_name(site_config_get(config, generator, "theme"), site, add_theme);
	}
}

/* "folder/", or `otherwise`. Takes `folder`. */
static char *with_slash(char *folder, const char *otherwise)
{
	char *text = folder ? alloc_printf("%s/", folder) : alloc_string(otherwise);

	free(folder);
	return text;
}

static bool is_folder(struct slice text, const char *folder)
{
	CLEANUP(cleanup_free) char *normal = address_of(text);

	return normal && !strcmp(normal, folder);
}

/* addPassthroughCopy("src/assets"), or of {"src/assets": "assets"}. */
static bool is_copied(const struct data_node *config, const char *folder)
{
	for (size_t i = 0; config && i < config->count; i++) {
		struct slice value = config->items[i]->text;

		if (is_plain_copy(config, i) ? is_folder(value, folder)
					     : is_folder(value, "assets") &&
						       is_folder(copied_key(config, i), folder))
			return true;
	}
	return false;
}

/* Where `assets` has to lie to be copied: in the input folder, or in one that is copied as a whole,
 * where the configuration says so. */
static char *eleventy_public_folder(const struct data_node *config, const struct site *site)
{
	CLEANUP(cleanup_free) char *input = eleventy_input(config);
	CLEANUP(cleanup_free) char *assets = alloc_printf("%s/assets", input);

	if (is_copied(config, "assets"))
		return alloc_string("");
	if (*input && is_copied(config, assets))
		return alloc_printf("%s/", input);
	for (size_t i = 0; config && i < config->count; i++) {
		struct slice key = copied_key(config, i);
		char *folder = copied_to_root(config, i);

		/* A pattern's files are copied without the folders below. */
		if (folder && !memchr(key.data, '*', key.length_bytes) && !is_file(site, folder))
			return with_slash(folder, "");
		free(folder);
	}
	return alloc_string("");
}

/* Of mdBook's; NULL: another one builds the site, or nothing is said. */
static const struct data_node *book_setting(const struct data_node *config, const struct site *site,
					    const char *table, const char *key)
{
	if (strcmp(site->builder, "mdBook") != 0)
		return NULL;
	return data_node_get(data_node_get(config, table), key);
}

/* VitePress has `public` in the folder of its articles, which is named from the one that has
 * .vitepress. */
static char *vitepress_public_folder(const struct data_node *config, const struct site *site)
{
	CLEANUP(cleanup_free) char *source = folder_of(data_node_get(config, "srcDir"));
	const char *folder = site->framework->public_folder;
	size_t n = strlen(folder) - strlen("public/");

	return source ? alloc_printf("%.*s%s/public/", (int)n, folder, source)
		      : alloc_string(folder);
}

static bool is_docusaurus(const struct site *site)
{
	return !strcmp(site->builder, "Docusaurus");
}

static void add_static_folders(const struct data_node *config, struct site *site)
{
	for (size_t i = 0; config && i < config->count; i++)
		if (slice_equals(config->keys[i]->text, "staticDirectories[]"))
			add_folder(site, folder_of(config->items[i]));
}

static char *framework_public_folder(const struct data_node *config, const struct site *site)
{
	const struct data_node *source = book_setting(config, site, "book", "src");

	if (source)
		return with_slash(folder_of(source), "");
	if (is_docusaurus(site) && site->folders[0])
		return alloc_printf("%s/", site->folders[0]);
	if (!strcmp(site->builder, "VitePress"))
		return vitepress_public_folder(config, site);
	return alloc_string(site->framework ? site->framework->public_folder : "");
}

static char *public_folder(const struct data_node *config, const struct site *site)
{
	enum generator generator = site->generator;
	const char *key;

	switch (generator) {
	case GENERATOR_JEKYLL:
		key = data_node_get(config, "source") ? "source" : "source_dir";
		if (!data_node_get(config, key) && site_config_is_of_hexo(config))
			return alloc_string("source/"); /* Hexo's default */
		return with_slash(first_folder(config, generator, key), "");
	case GENERATOR_HUGO:
		return with_slash(hugo_static(config), "");
	case GENERATOR_ELEVENTY:
		return eleventy_public_folder(config, site);
	case GENERATOR_ASTRO:
		return with_slash(first_folder(config, generator, "publicDir"), "public/");
	case GENERATOR_MKDOCS:
		return with_slash(first_folder(config, generator, "docs_dir"), "docs/");
	default:
		return framework_public_folder(config, site);
	}
}

static char *framework_output(const struct data_node *config, const struct site *site)
{
	const struct data_node *output = book_setting(config, site, "build", "build-dir");

	if (output)
		return folder_of(output);
	return site->framework->output ? alloc_string(site->framework->output) : NULL;
}

/* Jekyll's own is _site, which nobody's articles are in (file_walk.c). */
static char *output_folder(const struct data_node *config, const struct site *site)
{
	static const struct folder_key outputs[] = {
		[GENERATOR_JEKYLL] = {"destination", NULL},
		[GENERATOR_HUGO] = {"publishDir", "public"},
		[GENERATOR_ELEVENTY] = {"dir.output", NULL},
		[GENERATOR_ASTRO] = {"outDir", NULL},
		[GENERATOR_MKDOCS] = {"site_dir", "site"},
	};
	static const struct folder_key of_hexo = {"public_dir", "public"};
	enum generator generator = site->generator;
	const struct folder_key *output;
	const struct data_node *node;

	if (site->framework)
		return framework_output(config, site);
	if (generator >= ARRAY_LENGTH(outputs) || !outputs[generator].name)
		return NULL;
	output = &outputs[generator];
	if (generator == GENERATOR_JEKYLL && site_config_is_of_hexo(config))
		output = &of_hexo;
	node = generator == GENERATOR_ELEVENTY
		       ? setting(config, output->name, "setOutputDirectory()")
		       : site_config_get(config, generator, output->name);
	return node || !output->otherwise ? folder_of(node) : alloc_string(output->otherwise);
}

/* What articles or files are taken from lies in it: nobody could tell them from what is built. */
static bool holds_sources(const struct site *site, const char *output)
{
	size_t n = strlen(output);

	for (char *const *folder = site->folders; *folder; folder++)
		if (!strncmp(*folder, output, n) && (!(*folder)[n] || (*folder)[n] == '/'))
			return true;
	return !strncmp(site->public_folder, output, n) && site->public_folder[n] == '/';
}

static void take_output(const struct data_node *config, struct site *site)
{
	CLEANUP(cleanup_free) char *output = output_folder(config, site);

	if (output && !holds_sources(site, output))
		site->output = alloc_string(output);
}

/* Eleventy's is named from the input folder, and may lie beside it ("../_data"). */
static char *eleventy_data_folder(const struct data_node *config)
{
	const struct data_node *node = setting(config, "dir.data", "setDataDirectory()");
	CLEANUP(cleanup_free) char *input = eleventy_input(config);
	CLEANUP(cleanup_free) char *data = NULL;
	struct slice rest = node ? node->text : (struct slice){"_data", 5};

	while (*input && rest.length_bytes > 3 && !memcmp(rest.data, "../", 3)) {
		char *slash = strrchr(input, '/');

		*(slash ? slash : input) = '\0';
		rest = (struct slice){rest.data + 3, rest.length_bytes - 3};
	}
	data = normal_folder(rest);
	return alloc_printf("%s%s%s", input, *input ? "/" : "", data ? data : "_data");
}

static char *data_folder(const struct data_node *config, const struct site *site)
{
	CLEANUP(cleanup_free) char *named = NULL;

	switch (site->generator) {
	case GENERATOR_JEKYLL:
		named = first_folder(config, site->generator, "data_dir");
		return alloc_printf("%s%s", site->public_folder, named ? named : "_data");
	case GENERATOR_HUGO:
		named = first_folder(config, site->generator, "dataDir");
		return alloc_string(named ? named : "data");
	case GENERATOR_ELEVENTY:
		return eleventy_data_folder(config);
	default:
		return NULL;
	}
}

static char *manifest(const struct site *site)
{
	if (site->data_folder)
		return alloc_printf("%s/picdesk.json", site->data_folder);
	return alloc_string(site->generator == GENERATOR_ASTRO ? "src/data/picdesk.json"
							       : "picdesk.json");
}

/* Of Docusaurus, where its articles are beside the site: docs/ and website/. */
static void add_website(struct site *site)
{
	CLEANUP(cleanup_free) char *folder = site_config_path(site->root, "website");
	const char *marker;
	const struct site_framework *framework = site_framework_of(folder, &marker);

	if (framework && !strcmp(framework->name, "Docusaurus"))
		add_folder(site, alloc_string("website/static"));
}

void site_folders_take(const struct data_node *config, struct site *site)
{
	take_folders(config, site);
	if (is_docusaurus(site))
		add_static_folders(config, site);
	if (site->generator == GENERATOR_NONE && !site->framework)
		add_website(site);
	site->public_folder = public_folder(config, site);
	take_output(config, site);
	site->publish = alloc_printf("%sassets/thumbs", site->public_folder);
	site->data_folder = data_folder(config, site);
	site->manifest = manifest(site);
}
