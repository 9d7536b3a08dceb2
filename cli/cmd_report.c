#include "command.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "last_report.h"
#include "report_output.h"
#include "run.h"

static int read_last(const struct settings *settings, const struct site *site, struct cache *cache,
		     struct report *ret_report, struct fault *fault)
{
	CLEANUP(cleanup_free) char *directory = run_cache_dir(settings, site);
	CLEANUP(buf_release) struct buf text = BUF_INIT(REPORT_MOST_BYTES);
	int error = !cache ? -ENOENT : last_report_read(cache, directory, site->root, &text, fault);

	if (error == -ENOENT)
		return fault_raise(
			fault, error,
			"no run is remembered for this site yet: start with `picdesk check`");
	if (error)
		return error;
	return report_read("the last run's report", text.data, text.length_bytes, ret_report,
			   fault);
}

/* The last run again, in any format; no network. */
int cmd_report(struct settings *settings, const struct site *site)
{
	struct fault fault = {0};
	struct cache *cache = NULL;
	struct report report;
	int error = report_output_check(settings, site, &fault);

	if (!error)
		error = run_look_into_cache(settings, site, &cache, &fault);
	if (!error)
		error = read_last(settings, site, cache, &report, &fault);
	if (!error) {
		error = report_output_all(&report, settings, site->root, cache, SEVERITY_BROKEN,
					  NULL, &fault);
		report_release(&report);
	}
	cache_close(cache, error ? NULL : &fault);
	if (error)
		run_print_fault(&fault);
	return error ? EXIT_RUNTIME : EXIT_ALL_WELL;
}
