#include "report_output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include "human.h"
#include "relative_path.h"
#include "report_format.h"
#include "run.h"
#include "text_output.h"

struct output {
	const struct report *report;
	const struct settings *settings;
	const char *root;
	struct cache *cache;
	enum severity fail_on;
	const char *epilogue;
};

bool report_output_wants_color(const struct settings *settings)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (settings->color != COLOR_AUTO)
		return settings->color == COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !(no_color && no_color[0]) && term && strcmp(term, "dumb");
}

/* Terminals say nothing of OSC 8: these are the ones known to show it, by what they set. */
static bool shows_links(void)
{
	static const char *const telling[] = {
		"KITTY_WINDOW_ID", "WT_SESSION",       "KONSOLE_VERSION", "WEZTERM_PANE",
		"ALACRITTY_LOG",   "ITERM_SESSION_ID", "GHOSTTY_BIN_DIR", "VSCODE_INJECTION"};
	const char *forced = getenv("FORCE_HYPERLINK"), *vte = getenv("VTE_VERSION");
	const char *term = getenv("TERM");

	if (forced)
		return strcmp(forced, "0") != 0;
	for (size_t i = 0; i < ARRAY_LENGTH(telling); i++)
		if (getenv(telling[i]))
			return true;
	return (vte && atoi(vte) >= 5000) ||
	       (term && (!strcmp(term, "foot") || !strcmp(term, "xterm-kitty")));
}

/* 0: no terminal. */
static unsigned terminal_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col ? 80 : size.ws_col;
}

static void write_text(const struct report *report, const struct settings *settings,
		       const struct report_output *output, const char *root, enum severity fail_on,
		       const char *epilogue, struct buf *text)
{
	char folder[PATH_MAX];
	struct report_text_options options = {
		.is_verbose = settings->verbose > 0,
		.has_color = !output->path && report_output_wants_color(settings),
		.is_quiet = settings->quiet,
		.now_s = clock_wall_s(),
		.folder = getcwd(folder, sizeof folder) ? folder : "/",
		.root = root,
		.fail_on = fail_on,
		.columns = output->path ? 0 : terminal_columns(),
		.epilogue = epilogue,
		.is_offline = settings->offline,
		.has_filters = settings->include.count || settings->exclude.count ||
			       settings->files_from || settings->shard,
	};

	options.has_links = options.columns && options.has_color && shows_links();
	if (!strcmp(report->verb, "scan"))
		report_write_scan_text(report, &options, text);
	else
		report_write_text(report, &options, text);
}

/* The job's page at GitHub: appended, since other steps of the job write there too. */
static int write_job_summary(const struct report *report, const struct report_context *context,
			     struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(REPORT_MOST_BYTES);
	const char *path = getenv("GITHUB_STEP_SUMMARY");
	bool is_written;
	FILE *file;

	if (!path || !path[0])
		return 0;
	report_write_markdown(report, context, REPORT_SUMMARY_BYTES, &text);
	file = fopen(path, "ae");
	is_written =
		file && fwrite(buf_string(&text), 1, text.length_bytes, file) == text.length_bytes;
	if ((file && fclose(file)) || !is_written)
		return fault_raise(fault, -errno, "%s: write the job's summary: %s", path,
				   strerror(errno));
	return 0;
}

/* "../site/" from the folder of the HTML file to the root, for links to published thumbnails. */
static char *path_to_root(const char *output, const char *root)
{
	CLEANUP(cleanup_free) char *copy = alloc_string(output ? output : "x");
	CLEANUP(cleanup_free) char *folder = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 16);
	char *slash = strrchr(copy, '/');

	if (slash)
		slash[1] = '\0';
	folder = realpath(slash ? copy : ".", NULL);
	if (!folder)
		return NULL;
	relative_path(&text, folder, root, "");
	return alloc_printf("%s/", buf_string(&text));
}

static int write_machine(const struct output *output, const struct report_output *target,
			 struct buf *text, struct fault *fault)
{
	CLEANUP(cleanup_free) char *prefix = report_repository_prefix(output->root);
	CLEANUP(cleanup_free) char *to_root = path_to_root(target->path, output->root);
	CLEANUP(cleanup_close) int root_fd = open(output->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct report_context context = {
		.now_s = clock_wall_s(),
		.root = output->root,
		.prefix = prefix,
		.root_fd = root_fd,
		.to_root = to_root,
		.cache = output->cache,
	};

	switch (target->format) {
	case FORMAT_JUNIT:
		report_write_junit(output->report, &context, text);
		return 0;
	case FORMAT_SARIF:
		report_write_sarif(output->report, &context, text);
		return 0;
	case FORMAT_MARKDOWN:
		report_write_markdown(output->report, &context, REPORT_ISSUE_BYTES, text);
		return 0;
	case FORMAT_HTML:
		report_write_html(output->report, &context, text);
		return 0;
	default:
		report_write_github(output->report, &context, text);
		return write_job_summary(output->report, &context, fault);
	}
}

static int write_one(const struct output *output, const struct report_output *target,
		     struct buf *text, struct fault *fault)
{
	if (target->format != FORMAT_TEXT)
		return write_machine(output, target, text, fault);
	write_text(output->report, output->settings, target, output->root, output->fail_on,
		   output->epilogue, text);
	return 0;
}

bool report_output_needs_cache(const struct settings *settings)
{
	for (size_t i = 0; i < settings->n_outputs; i++)
		if (settings->outputs[i].format == FORMAT_HTML)
			return true;
	return false;
}

/* Whoever reads a pipe or a device has seen what came. */
static bool is_file(const char *path)
{
	struct stat status;

	return path && !stat(path, &status) && S_ISREG(status.st_mode);
}

void report_output_say_written(const struct settings *settings, const char *summary)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 16);
	CLEANUP(buf_release) struct buf names = BUF_INIT(1u << 16);

	if (settings->quiet || !isatty(STDERR_FILENO))
		return;
	for (size_t i = 0; i < settings->n_outputs; i++) {
		if (!is_file(settings->outputs[i].path))
			return;
		buf_append_string(&names, i ? ", " : "");
		human_text(&names, settings->outputs[i].path);
	}
	buf_printf(&text, "picdesk: %s; written to ", summary);
	if (settings->n_outputs > 1 &&
	    human_columns(buf_string(&text)) + human_columns(buf_string(&names)) >= 80)
		buf_printf(&text, "%zu files", settings->n_outputs);
	else
		buf_append_string(&text, buf_string(&names));
	fprintf(stderr, "%s\n", buf_string(&text));
}

/* How it went, in some words. */
static void say_written(const struct report *report, const struct settings *settings)
{
	CLEANUP(buf_release) struct buf summary = BUF_INIT(1024);

	if (!strcmp(report->verb, "scan"))
		report_append_references(&summary, report);
	else
		report_append_counts(&summary, report);
	report_output_say_written(settings, buf_string(&summary));
}

/* JSON has all of the report, which may be of a hundred thousand images. */
static int write_json(const struct output *output, const struct report_output *target,
		      struct fault *fault)
{
	struct text_output to;
	int error = text_output_begin(&to, target->path, fault);

	if (error)
		return error;
	if (target->format == FORMAT_JSON)
		report_write_json(output->report, &to.text);
	else
		report_write_jsonl(output->report, &to.text);
	return text_output_end(&to, fault);
}

static int write_target(const struct output *output, const struct report_output *target,
			struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(REPORT_MOST_BYTES);
	int error;

	if (target->format == FORMAT_JSON || target->format == FORMAT_JSONL)
		return write_json(output, target, fault);
	error = write_one(output, target, &text, fault);
	if (!error && text.overflowed)
		error = fault_raise(fault, -E2BIG, "the report is larger than 2 GiB");
	return error ? error : run_write_text(&text, target->path, fault);
}

int report_output_all(const struct report *report, const struct settings *settings,
		      const char *root, struct cache *cache, enum severity fail_on,
		      const char *epilogue, struct fault *fault)
{
	const struct output output = {report, settings, root, cache, fail_on, epilogue};
	int error = 0;

	for (size_t i = 0; i < settings->n_outputs && !error; i++)
		error = write_target(&output, &settings->outputs[i], fault);
	if (!error)
		say_written(report, settings);
	return error;
}

/* Also through links and pipes: `picdesk diff <(...) new.json`. */
int report_read_file(const char *path, struct report *ret_report, struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(REPORT_MOST_BYTES);
	int error = file_read(AT_FDCWD, path, &text);

	if (error)
		return fault_raise(fault, error, "%s: read the report: %s", path, strerror(-error));
	return report_read(path, buf_string(&text), text.length_bytes, ret_report, fault);
}
