#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "command.h"
#include "config.h"
#include "descriptors.h"
#include "fetcher.h"
#include "heap.h"
#include "human.h"
#include "interrupt.h"
#include "log.h"
#include "options.h"
#include "quoted.h"
#include "run.h"
#include "thumbs.h"
#include "waiting.h"

typedef int verb_function(struct settings *settings, const struct site *site);

static verb_function *const verbs[VERB_COUNT] = {
	[VERB_BUILD] = cmd_build,       [VERB_WARM] = cmd_warm,     [VERB_CHECK] = cmd_check,
	[VERB_SCAN] = cmd_scan,         [VERB_REPORT] = cmd_report, [VERB_DIFF] = cmd_diff,
	[VERB_SHOW] = cmd_show,         [VERB_STATS] = cmd_stats,   [VERB_GC] = cmd_gc,
	[VERB_FSCK] = cmd_fsck,         [VERB_EXPORT] = cmd_export, [VERB_IMPORT] = cmd_import,
	[VERB_LOCALIZE] = cmd_localize, [VERB_FIX] = cmd_fix,       [VERB_CONFIG] = cmd_config,
	[VERB_INIT] = cmd_init,
};

static void trace(const char *subject, const char *line)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(8192);

	human_text(&text, line);
	fprintf(stderr, "[%s] %s\n", subject, buf_string(&text));
}

static int print_version(const struct settings *settings)
{
	struct thumb_pool_options options;
	struct thumb_pool *pool = NULL;
	const char *renderer, *sandbox;
	struct fault fault = {0};
	int error;

	printf("picdesk %s\n", PICDESK_VERSION);
	if (!settings->verbose)
		return EXIT_ALL_WELL;
	printf("fetcher   %s\n", fetcher_library_version());
	thumb_pool_options_init(&options);
	error = thumb_pool_new(&options, &pool, &fault);
	if (!error)
		error = thumb_pool_renderer_version(pool, &renderer, &fault);
	if (!error)
		error = thumb_pool_sandbox(pool, &sandbox, &fault);
	if (!error)
		printf("renderer  %s\nsandbox   %s\n", renderer, sandbox);
	else
		run_print_fault(&fault);
	thumb_pool_free(pool);
	return error ? EXIT_RUNTIME : EXIT_ALL_WELL;
}

static void print_config_errors(const struct buf *errors)
{
	const char *line = buf_string(errors);

	while (*line) {
		size_t length = strcspn(line, "\n");
		CLEANUP(cleanup_free) char *one = alloc_string_n(line, length);
		CLEANUP(buf_release) struct buf text = BUF_INIT(1u << 16);

		human_text(&text, one);
		fprintf(stderr, "picdesk: %s\n", buf_string(&text));
		line += length + (line[length] == '\n');
	}
}

/* picdesk.yml as messages call it: seen from the current folder. */
static char *shown_config(const struct settings *settings, const struct site *site)
{
	struct buf shown = BUF_INIT(1u << 16);

	if (settings->config_path)
		return alloc_string(settings->config_path);
	run_shown_path(&shown, site->root, "picdesk.yml");
	return buf_steal(&shown);
}

static int load_config(struct settings *settings, const struct site *site)
{
	CLEANUP(buf_release) struct buf errors = BUF_INIT(1u << 16);
	CLEANUP(cleanup_free) char *shown = shown_config(settings, site);
	const char *path = settings->config_path ? settings->config_path : site->config_path;
	enum config_result result;

	if (!path)
		return 0;
	result = config_file(settings, path, shown, site->root, &errors);
	print_config_errors(&errors);
	return (int)result;
}

/* The verb's arguments are paths of a site, not URLs, reports or archives. */
static bool names_site(enum verb verb)
{
	switch (verb) {
	case VERB_SHOW:
	case VERB_DIFF:
	case VERB_EXPORT:
	case VERB_IMPORT:
		return false;
	default:
		return true;
	}
}

/* What of the settings is for requests alone may be missing then. Who can send a header makes
 * requests; to undo an edit needs none. */
static bool asks_no_one(enum verb verb, const struct settings *settings)
{
	unsigned edits = option_of_setting(SETTING_RESTORE)->verbs;
	unsigned senders = option_of_setting(SETTING_HEADERS)->verbs;

	return !((settings->restore ? senders & ~edits : senders) & VERB_BIT(verb));
}

static bool is_url(const char *path)
{
	return !strncasecmp(path, "http://", 7) || !strncasecmp(path, "https://", 8);
}

/* As other checkers take them: URLs, and "-" for a text or a list. */
static int check_are_paths(const char *const *paths, size_t n_paths, struct fault *fault)
{
	for (size_t i = 0; i < n_paths; i++) {
		if (!access(paths[i], F_OK))
			continue;
		if (!strcmp(paths[i], "-"))
			return fault_raise(fault, -ENOENT,
					   "- is no path; '--files-from -' takes a list of paths "
					   "from standard input");
		if (is_url(paths[i]))
			return fault_raise(
				fault, -EINVAL,
				"%s: a URL, where an article or a folder of them is expected; what "
				"names it is read from files ('picdesk show URL' says what the "
				"cache knows of one)",
				quoted(paths[i]).text);
	}
	return 0;
}

static int run_verb(enum verb verb, struct settings *settings)
{
	static const char *const here[] = {"."};
	bool names_paths = names_site(verb) && settings->paths.count;
	const char *const *paths = names_paths ? (const char *const *)settings->paths.items : here;
	size_t n_paths = names_paths ? settings->paths.count : 1;
	struct fault fault = {0};
	struct site site = {0};
	int status;

	if (check_are_paths(paths, n_paths, &fault) < 0 ||
	    site_find(paths, n_paths, settings->root_dir, &site, &fault) < 0) {
		run_print_fault(&fault);
		return EXIT_RUNTIME;
	}
	settings->asks_no_one = asks_no_one(verb, settings);
	status = verb == VERB_INIT ? 0 : load_config(settings, &site);
	if (!status && options_check(settings, verb, &fault) < 0) {
		run_print_fault(&fault);
		status = EXIT_RUNTIME;
	}
	if (!status)
		status = verbs[verb](settings, &site);
	site_release(&site);
	return status;
}

static int dispatch(enum verb verb, struct settings *settings)
{
	CLEANUP(buf_release) struct buf errors = BUF_INIT(1u << 16);
	struct fault fault = {0};
	enum config_result result;

	if (verb == VERB_VERSION)
		return print_version(settings);
	if (verb == VERB_HELP || verb == VERB_NONE)
		return cmd_help(settings, verb == VERB_NONE);
	if (descriptors_check(&fault)) {
		run_print_fault(&fault);
		return EXIT_RUNTIME;
	}
	result = config_environment(settings, &errors);
	print_config_errors(&errors);
	if (result != CONFIG_OK)
		return (int)result;
	if (settings->verbose > 1)
		log_set_sink(trace);
	return run_verb(verb, settings);
}

/* Started without one of the three (`>&-`), the next file opened would be it, and a report be
 * written into the cache. In their place: what cannot be read, what cannot be written, and for
 * messages a sink. */
static void fill_standard_descriptors(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
			_exit(EXIT_RUNTIME);
}

/* The threads beside the loop mostly wait. With heaps of their own, what one of them gave back
 * would be there for none of the others: of 20,000 images a build took 52 MiB in place of 21. */
static void share_heap(void)
{
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1);
#endif
}

/* What the verbs print is buffered: a disk that is full may show only now. */
static int flush_stdout(int status)
{
	int error = fflush(stdout) ? errno : ferror(stdout) ? EIO : 0;

	if (!error || error == EPIPE) /* EPIPE: the reader has seen enough */
		return status;
	fprintf(stderr, "picdesk: standard output: write: %s\n", strerror(error));
	return EXIT_RUNTIME;
}

static bool asks_for_signals(enum verb verb)
{
	switch (verb) {
	case VERB_BUILD:
	case VERB_WARM:
	case VERB_CHECK:
	case VERB_SCAN:
	case VERB_LOCALIZE:
	case VERB_FIX:
		return true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	struct settings settings;
	struct fault fault = {0};
	enum verb verb;
	int status;

	share_heap();
	/* A run over 10,000 images takes 28 MB. */
	heap_set_up((size_t)4 << 20, (size_t)32 << 20);
	fill_standard_descriptors();
	descriptors_raise();
	interrupt_init();
	waiting_init();
	settings_init(&settings);
	if (options_parse(argc, argv, &settings, &verb, &fault) < 0) {
		run_print_fault(&fault);
		status = EXIT_RUNTIME;
	} else {
		if (!asks_for_signals(verb))
			interrupt_ends_at_once();
		status = dispatch(verb, &settings);
	}
	settings_release(&settings);
	return flush_stdout(status);
}
