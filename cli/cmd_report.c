#include "command.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "report_output.h"
#include "run.h"

static int read_last(struct cache *cache, struct report *ret_report, struct fault *fault)
{
	CLEANUP(cleanup_free) char *head = NULL;
	CLEANUP(cleanup_free) char *images = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT(REPORT_MOST_BYTES);
	size_t length_bytes = 0;
	int error =
		!cache ? -ENOENT
		       : cache_document(cache, RUN_REPORT_DOCUMENT, &head, &length_bytes, fault);

	if (!error)
		error = cache_document(cache, RUN_REPORT_IMAGES_DOCUMENT, &images, &length_bytes,
				       fault);
	if (error == -ENOENT)
		return fault_raise(
			fault, error,
			"no run is remembered for this site yet: start with `picdesk check`");
	if (error)
		return error;
	report_join_parts(head, images, &text);
	return report_read("the last run's report", text.data, text.length_bytes, ret_report,
			   fault);
}

/* The last run again, in any format; no network. */
int cmd_report(struct settings *settings, const struct site *site)
{
	struct fault fault = {0};
	struct cache *cache = NULL;
	struct report report;
	int error = run_look_into_cache(settings, site, &cache, &fault);

	if (!error)
		error = read_last(cache, &report, &fault);
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
