#include "command.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "report_diff.h"
#include "report_format.h"
#include "report_output.h"
#include "run.h"

/* A report of nothing but what broke newly, for the body of an issue. */
static void write_markdown(const struct report_diff *diff, struct buf *text)
{
	struct report only_new = *diff->now;
	CLEANUP(buf_release) struct buf counts = BUF_INIT(1024);
	struct report_context context = {.now_s = clock_wall_s(), .prefix = ""};

	report_diff_append_counts(diff, &counts);
	context.diff = buf_string(&counts);
	only_new.images = (struct asset **)diff->broken_newly;
	only_new.n_images = diff->n_broken_newly;
	only_new.n_problems = 0;
	report_count(&only_new);
	report_write_markdown(&only_new, &context, REPORT_ISSUE_BYTES, text);
}

static void say_written(const struct report_diff *diff, const struct settings *settings)
{
	CLEANUP(buf_release) struct buf summary = BUF_INIT(1024);

	report_diff_append_counts(diff, &summary);
	report_output_say_written(settings, buf_string(&summary));
}

static int write_outputs(const struct report_diff *diff, const struct settings *settings,
			 const struct site *site, struct fault *fault)
{
	char folder[PATH_MAX];
	const struct report_text_options options = {
		.is_verbose = settings->verbose > 0,
		.is_quiet = settings->quiet,
		.folder = getcwd(folder, sizeof folder) ? folder : "/",
		.root = site->root,
	};
	int error = 0;

	for (size_t i = 0; i < settings->n_outputs && !error; i++) {
		const struct report_output *output = &settings->outputs[i];
		struct report_text_options text_options = options;
		CLEANUP(buf_release) struct buf text = BUF_INIT(REPORT_MOST_BYTES);

		text_options.has_color = !output->path && report_output_wants_color(settings);
		if (output->format == FORMAT_JSON)
			report_diff_write_json(diff, &text);
		else if (output->format == FORMAT_MARKDOWN)
			write_markdown(diff, &text);
		else
			report_diff_write_text(diff, &text_options, &text);
		error = run_write_text(&text, output->path, fault);
	}
	if (!error)
		say_written(diff, settings);
	return error;
}

static bool has_warning(const struct report *report)
{
	for (size_t i = 0; i < report->n_images; i++)
		if (asset_fails_at(report->images[i], SEVERITY_WARNING))
			return true;
	return report_problem_fails(report);
}

/* By itself, 2 is for what broke newly: what picdesk.yml says is about `check`. */
static int status_of(const struct report_diff *diff, const struct settings *settings)
{
	bool is_told = settings->origins[SETTING_FAIL_ON].source > SOURCE_FILE;
	int fail_on = is_told ? settings->fail_on : FAIL_ON_NEW;
	bool fails = diff->n_broken_newly;

	if (fail_on == FAIL_ON_NEVER)
		fails = false;
	else if (fail_on == FAIL_ON_BROKEN)
		fails = fails || diff->n_broken_still;
	else if (fail_on == FAIL_ON_WARNING)
		fails = has_warning(diff->now);
	return fails ? EXIT_FINDINGS : EXIT_ALL_WELL;
}

/* Warnings are no part of what is compared: without a word, status 2 has no reason in sight. */
static void say_why(const struct report_diff *diff, const struct settings *settings, int status)
{
	if (status == EXIT_FINDINGS && !diff->n_broken_newly && !diff->n_broken_still &&
	    !settings->quiet)
		fputs("picdesk: nothing is broken, but the new report has warnings or blocked "
		      "images (--fail-on warning)\n",
		      stderr);
}

int cmd_diff(struct settings *settings, const struct site *site)
{
	struct report before = {0}, now = {0};
	struct report_diff diff = {0};
	struct fault fault = {0};
	int status = EXIT_RUNTIME;
	int error = report_output_check(settings, site, &fault);

	if (!error)
		error = report_read_file(settings->paths.items[0], &before, &fault);
	if (!error)
		error = report_read_file(settings->paths.items[1], &now, &fault);
	if (!error) {
		report_compare(&before, &now, &diff);
		status = status_of(&diff, settings);
		error = write_outputs(&diff, settings, site, &fault);
		if (!error)
			say_why(&diff, settings, status);
	}
	report_diff_release(&diff);
	report_release(&before);
	report_release(&now);
	if (error)
		run_print_fault(&fault);
	return error ? EXIT_RUNTIME : status;
}
