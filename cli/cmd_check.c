#include "command.h"

#include "run.h"

int cmd_check(struct settings *settings, const struct site *site)
{
	struct fault fault = {0};
	struct run run;
	int error = run_begin(&run, VERB_CHECK, settings, site, &fault);

	if (!error)
		error = run_open_cache(&run, &fault);
	if (!error)
		error = run_pipeline(&run, false, true, &fault);
	if (settings->quick && run.report.n_headers_only)
		buf_printf(&run.epilogue,
			   "Only the headers of %zu image%s were read (--quick): what comes after "
			   "them is not verified\n",
			   run.report.n_headers_only, run.report.n_headers_only == 1 ? "" : "s");
	return run_end(&run, error, &fault);
}
