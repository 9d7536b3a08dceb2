#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "earlier_places.h"
#include "human.h"
#include "manifest.h"
#include "publish.h"
#include "run.h"

/* "/algorithm/" before a published path, so that a template can use it on any page. */
static char *url_prefix_of(const struct site *site)
{
	return alloc_printf("%s/", site->baseurl ? site->baseurl : "");
}

static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return !strncmp(path, folder, length) && path[length] == '/';
}

/* "static/" before a published path: a folder that the generator takes away; of several the
 * innermost, for Eleventy's "src/static" lies in its "src". */
static char *path_prefix_of(const struct site *site, const char *publish)
{
	const char *innermost = NULL;

	for (char *const *folder = site->folders; *folder; folder++)
		if (is_below(publish, *folder) &&
		    (!innermost || strlen(*folder) > strlen(innermost)))
			innermost = *folder;
	return innermost ? alloc_printf("%s/", innermost) : alloc_string(site->public_folder);
}

static void describe(struct run *run, const struct publish_counts *counts,
		     const struct manifest_result *manifest)
{
	struct buf *text = &run->epilogue;

	if (counts->written + counts->kept + counts->removed) {
		buf_append_string(text, "Thumbnails: ");
		run_say_path(text, run->site->root, run->publish);
		buf_printf(text, " (%s written, %s unchanged, %s removed)\n",
			   HUMAN_NUMBER(counts->written), HUMAN_NUMBER(counts->kept),
			   HUMAN_NUMBER(counts->removed));
	}
	buf_append_string(text, "Manifest: ");
	run_say_path(text, run->site->root, run->manifest);
	buf_append_string(text, manifest->is_changed ? "\n" : " (unchanged)\n");
	if (!manifest->left_out)
		return;
	buf_append_string(text, "Not in it: ");
	human_count(text, manifest->left_out, "URL", "URLs");
	buf_append_string(text,
			  " that Jekyll could not read there (more than 1,022 characters, or no "
			  "UTF-8)\n");
}

/* After a fault too: what is finished reaches the site, and nothing is taken away. */
static int publish(struct run *run, bool is_whole, struct fault *fault)
{
	CLEANUP(cleanup_free) char *url_prefix = url_prefix_of(run->site);
	CLEANUP(cleanup_free) char *path_prefix = path_prefix_of(run->site, run->publish);
	struct manifest_options options = {
		.root_fd = run->root_fd,
		.path = run->manifest,
		.keeps_others = !is_whole,
		.url_prefix = url_prefix,
		.path_prefix = path_prefix,
		.is_read_as_yaml = run->site->generator == GENERATOR_JEKYLL,
	};
	struct publish_counts counts = {0};
	struct manifest_result manifest = {0};
	int error = publisher_finish(run->publisher, fault), clean_error = 0;

	if (!error) {
		error = manifest_write(&run->report, &options, &manifest, fault);
		/* The old manifest names what is removed: no kill in between may leave it so. */
		clean_error = publisher_clean(run->publisher, is_whole && !error, &counts,
					      error ? NULL : fault);
	}
	error = error ? error : clean_error;
	publisher_free(run->publisher);
	run->publisher = NULL;
	if (!error)
		describe(run, &counts, &manifest);
	if (!error && is_whole)
		earlier_places_tell(run);
	return error;
}

/* What was not looked at (offline, told to come back later) may be as good as it was. */
static bool is_whole(const struct run *run)
{
	const struct report *report = &run->report;

	return !run->is_partial && report->is_complete &&
	       !report->totals.by_status[ASSET_UNCHECKED];
}

int cmd_build(struct settings *settings, const struct site *site)
{
	struct fault fault = {0};
	struct run run;
	int error = run_begin_alone(&run, VERB_BUILD, settings, site, &fault);

	if (!error)
		error = run_open_cache(&run, &fault);
	if (!error) {
		run.publisher = publisher_new(&run.report, run.cache, run.root_fd, run.publish);
		error = run_pipeline(&run, true, false, &fault);
		if (!error)
			error = publish(&run, is_whole(&run), &fault);
		else if (run.has_begun)
			publish(&run, false, NULL);
		publisher_free(run.publisher);
	}
	return run_end(&run, error, &fault);
}
