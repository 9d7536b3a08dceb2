#include "site_survey.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "config.h"
#include "human.h"
#include "map.h"
#include "option_table.h"
#include "quoted.h"
#include "units.h"
#include "url.h"

#define MAX_SHOWN 5         /* hosts and folders in the text */
#define LARGE_HOST_URLS 200 /* from here on the host's pace decides how long a run takes */

static void tally_add(struct survey_tally *tally, const char *name, size_t *ret_count)
{
	struct survey_count *item;

	if (!tally->index)
		tally->index = map_new();
	item = map_get_string(tally->index, name);
	if (!item) {
		item = alloc_zeroed(1, sizeof *item);
		item->name = alloc_string(name);
		map_put_string(tally->index, name, item);
		ALLOC_GROW(tally->items, tally->count, tally->capacity);
		tally->items[tally->count++] = item;
	}
	*ret_count = ++item->count;
}

static void tally_release(struct survey_tally *tally)
{
	for (size_t i = 0; i < tally->count; i++) {
		free(tally->items[i]->name);
		free(tally->items[i]);
	}
	free(tally->items);
	if (tally->index)
		map_free(tally->index);
}

static int by_count(const void *left, const void *right)
{
	const struct survey_count *a = *(struct survey_count *const *)left;
	const struct survey_count *b = *(struct survey_count *const *)right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void tally_sort(struct survey_tally *tally)
{
	if (tally->count)
		qsort(tally->items, tally->count, sizeof *tally->items, by_count);
}

static void count_remote(struct site_survey *survey, const struct image_ref *ref)
{
	CLEANUP(url_release) struct url url = {0};
	size_t count;

	survey->remote++;
	tally_add(&survey->urls, ref->url, &count);
	if (count > 1)
		return;
	if (url_parse(ref->url, strlen(ref->url), NULL, &url) == URL_OK && url.host)
		tally_add(&survey->hosts, url.host, &count);
}

static void count_ref(struct site_survey *survey, const struct image_ref *ref)
{
	survey->references++;
	switch (ref->target) {
	case IMAGE_REF_REMOTE:
		count_remote(survey, ref);
		break;
	case IMAGE_REF_LOCAL:
		survey->local++;
		survey->missing += ref->local != LOCAL_FOUND;
		break;
	case IMAGE_REF_EMBEDDED:
		survey->embedded++;
		break;
	case IMAGE_REF_TEMPLATE:
		survey->templates++;
		break;
	case IMAGE_REF_BAD:
		survey->bad++;
		break;
	}
}

static void count_file(struct site_survey *survey, const struct scan_file *file)
{
	const char *slash = strchr(file->file, '/');
	CLEANUP(cleanup_free)
	char *folder = slash ? alloc_string_n(file->file, (size_t)(slash - file->file))
			     : alloc_string(".");
	size_t count;

	survey->problems += file->n_problems;
	if (!file->n_refs)
		return;
	survey->articles++;
	tally_add(&survey->folders, folder, &count);
	for (size_t i = 0; i < file->n_refs; i++)
		count_ref(survey, &file->refs[i]);
}

int site_survey(const struct site *site, bool no_ignore, struct site_survey *ret_survey,
		struct fault *fault)
{
	struct scanner_options options = {.site = site, .no_ignore = no_ignore};
	struct site_survey survey = {0};
	const struct scan_file *file;
	struct scanner *scanner;
	int got = scanner_new(&options, &scanner, fault);

	if (got)
		return got;
	while ((got = scanner_next(scanner, &file, fault)) > 0)
		count_file(&survey, file);
	survey.files = scanner_counts(scanner).files;
	scanner_free(scanner);
	if (got) {
		site_survey_release(&survey);
		return got;
	}
	tally_sort(&survey.hosts);
	tally_sort(&survey.folders);
	*ret_survey = survey;
	return 0;
}

void site_survey_release(struct site_survey *survey)
{
	tally_release(&survey->urls);
	tally_release(&survey->hosts);
	tally_release(&survey->folders);
	*survey = (struct site_survey){0};
}

/* Names of files and hosts, without what a terminal would act on. */
static void append_name(struct buf *text, const char *name)
{
	struct quoted shown = quoted(name);

	buf_append(text, shown.text + 1, strlen(shown.text) - 2);
}

/* The most frequent, one a line. */
static void append_most(struct buf *text, const struct survey_tally *tally)
{
	for (size_t i = 0; i < tally->count && i < MAX_SHOWN; i++) {
		buf_printf(text, "%8s  ", HUMAN_NUMBER(tally->items[i]->count));
		append_name(text, tally->items[i]->name);
		buf_append_char(text, '\n');
	}
	if (tally->count > MAX_SHOWN)
		buf_printf(text, "%8s  and %s more\n", "", HUMAN_NUMBER(tally->count - MAX_SHOWN));
}

/* "_posts (120), _news (45) and 3 more". */
static void append_tally(struct buf *text, const struct survey_tally *tally)
{
	for (size_t i = 0; i < tally->count && i < MAX_SHOWN; i++) {
		buf_append_string(text, i ? ", " : "");
		append_name(text, tally->items[i]->name);
		buf_printf(text, " (%s)", HUMAN_NUMBER(tally->items[i]->count));
	}
	if (tally->count > MAX_SHOWN)
		buf_printf(text, " and %s more", HUMAN_NUMBER(tally->count - MAX_SHOWN));
}

/* What there is none of has no line. */
static void describe_references(const struct site_survey *survey, struct buf *text)
{
	static const char indent[] = "\n  ";

	if (survey->remote) {
		buf_append_string(text, indent);
		human_count(text, survey->remote, "reference to ", "references to ");
		human_count(text, survey->urls.count, "remote image", "remote images");
		buf_append_string(text, " on ");
		human_count(text, survey->hosts.count, "host", "hosts");
	}
	if (survey->local) {
		buf_append_string(text, indent);
		human_count(text, survey->local, "reference to a local file",
			    "references to local files");
	}
	if (survey->missing) {
		buf_append_string(text, ", of which ");
		human_count(text, survey->missing, "is not there", "are not there");
	}
	if (survey->templates) {
		buf_append_string(text, indent);
		human_count(text, survey->templates, "in a template: listed, not fetched",
			    "in templates: listed, not fetched");
	}
	if (survey->embedded) {
		buf_append_string(text, indent);
		human_count(text, survey->embedded, "embedded: listed, not fetched",
			    "embedded: listed, not fetched");
	}
}

static bool is_plain(const struct site *site)
{
	return site->generator == GENERATOR_NONE && !site->framework;
}

void site_survey_describe(const struct site *site, const struct site_survey *survey,
			  struct buf *ret_text)
{
	if (is_plain(site))
		buf_append_string(ret_text,
				  "No generator's marks were found: this is taken as a plain "
				  "folder of articles.\n");
	else
		buf_printf(ret_text, "This is a site of %s.\n", site->builder);
	human_count(ret_text, survey->files, "file", "files");
	if (survey->references) {
		buf_append_string(ret_text, " read; ");
		human_count(ret_text, survey->articles, "names", "name");
		buf_append_string(ret_text, " images, ");
		human_count(ret_text, survey->references, "reference", "references");
		buf_append_string(ret_text, " in all:");
		describe_references(survey, ret_text);
	} else {
		buf_append_string(ret_text,
				  " read; no image was found. Is this the site's folder?");
	}
	if (survey->bad || survey->problems) {
		buf_append_string(ret_text, "\n  ");
		human_count(ret_text, survey->bad + survey->problems, "thing", "things");
		buf_append_string(ret_text, " that could not be read: 'picdesk scan' says which");
	}
	buf_append_char(ret_text, '\n');
	if (survey->hosts.count) {
		buf_append_string(ret_text, "Most remote images are on\n");
		append_most(ret_text, &survey->hosts);
	}
}

/* How a template reads the manifest. */
static const char *template_hint(const struct site *site)
{
	if (!strcmp(site->builder, "Zola"))
		return "{% set picdesk = load_data(path=\"data/picdesk.json\") %}";
	if (!strcmp(site->builder, "Hexo"))
		return "<%= site.data.picdesk.images[page.cover].thumbs.card.url %>";
	switch (site->generator) {
	case GENERATOR_JEKYLL:
		return "{{ site.data.picdesk.images[image.url].thumbs.card.url }}";
	case GENERATOR_HUGO:
		return "{{ (index site.Data.picdesk.images .Params.image).thumbs.card.url }}";
	case GENERATOR_ELEVENTY:
		return "{{ picdesk.images[image].thumbs.card.url }}";
	case GENERATOR_ASTRO:
		return "import picdesk from '../data/picdesk.json'";
	default:
		return NULL;
	}
}

/* What some want to be told before they publish the folder. */
static const char *publish_hint(const struct site *site)
{
	if (site->generator == GENERATOR_ELEVENTY && !*site->public_folder)
		return "Eleventy copies what it is told: config.addPassthroughCopy('assets')";
	if (!strcmp(site->builder, "Pelican"))
		return "Pelican copies what STATIC_PATHS names: 'assets' must be in it";
	if (!strcmp(site->builder, "Jekyll") && !*site->public_folder)
		return "Jekyll publishes this file, too, where _config.yml has no "
		       "'exclude: [picdesk.yml]'";
	return NULL;
}

static void append_thumbs(const struct site *site, struct buf *text)
{
	const struct settings nothing = {0};
	const char *hint = template_hint(site), *publish = publish_hint(site);

	buf_append_string(
		text,
		"# The thumbnails of each image. It fits inside width and height, its ratio is "
		"kept, and it\n"
		"# is never enlarged; with 'fit: cover' it fills them and is cropped.\n"
		"thumbs:\n"
		"  card: {width: 640}\n"
		"  small: {width: 320}\n"
		"  # square: {width: 400, height: 400, fit: cover, position: centre}\n"
		"  # hero: {width: 800, dpr: [1, 2], format: jpeg, quality: 80}\n"
		"\n"
		"# Where 'picdesk build' writes them, and the manifest that templates read.\n");
	buf_printf(text, "publish: %s\nmanifest: %s\n", config_publish(&nothing, site),
		   config_manifest(&nothing, site));
	if (publish)
		buf_printf(text, "# %s\n", publish);
	if (hint)
		buf_printf(text, "# In a template: %s\n", hint);
}

static void append_content(const struct site_survey *survey, struct buf *text)
{
	buf_append_string(text, "\n# What is scanned; without this, the whole site.");
	if (survey->folders.count) {
		buf_append_string(text, "\n# Articles with images were found in ");
		append_tally(text, &survey->folders);
		buf_append_char(text, '.');
	}
	buf_append_string(text,
			  "\n# content: [.]\n"
			  "# exclude_paths: [drafts]\n"
			  "# unpublished: false   # leave out published: false and draft: true\n"
			  "# image_keys: [image, images]   # replaces the list that 'picdesk "
			  "config' shows\n");
}

static void append_fetch(const struct site_survey *survey, struct buf *text)
{
	const struct survey_count *most = survey->hosts.count ? survey->hosts.items[0] : NULL;
	int64_t interval_ms = option_of_setting(SETTING_HOST_INTERVAL)->initial;
	char duration[UNITS_TEXT_BYTES];

	buf_append_string(text,
			  "\n# How images are fetched; the names are those of the flags.\n"
			  "# fetch: {host_concurrency: 4, host_interval: 50ms, timeout: 30s}\n"
			  "\n# Single hosts: a pace of their own, and headers that only they get. "
			  "${TOKEN} is\n"
			  "# taken from the environment.\n");
	if (most && most->count >= LARGE_HOST_URLS)
		buf_printf(text,
			   "# The images on %s alone take %s at the usual pace. If it\n"
			   "# is yours, or allows it, a shorter interval makes it faster.\n",
			   most->name,
			   units_human_duration((int64_t)most->count * interval_ms, duration));
	buf_printf(text, "# hosts: {'%s': {concurrency: 8, interval: 10ms}}\n",
		   most ? most->name : "images.example.org");
}

void site_survey_config(const struct site *site, const struct site_survey *survey,
			struct buf *ret_text)
{
	buf_printf(
		ret_text,
		"# picdesk.yml%s%s. Each key may be left out: 'picdesk config' shows what is in\n"
		"# force and why, 'man picdesk' explains it.\n\n",
		is_plain(site) ? "" : " for a site of ", is_plain(site) ? "" : site->builder);
	append_thumbs(site, ret_text);
	append_content(survey, ret_text);
	append_fetch(survey, ret_text);
	buf_append_string(ret_text,
			  "\n# What 'picdesk check' fails for: never, broken, warning, new. URLs "
			  "that match 'ignore' are\n"
			  "# not looked at; severities are off, info, warning, blocked, broken.\n"
			  "# check: {fail_on: broken, ignore: ['^https://old\\.example/'], "
			  "severity: {insecure: off}}\n"
			  "\n# What is kept, and for how long it is not asked for again, whatever "
			  "the server says.\n"
			  "# cache: {max_size: 5GiB, min_age: 0s, max_age: 30d}\n");
}
