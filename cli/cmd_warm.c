#include "command.h"

#include "run.h"

int cmd_warm(struct settings *settings, const struct site *site)
{
	struct fault fault = {0};
	struct run run;
	int error = run_begin(&run, VERB_WARM, settings, site, &fault);

	if (!error)
		error = run_open_cache(&run, &fault);
	if (!error)
		error = run_pipeline(&run, true, false, &fault);
	return run_end(&run, error, &fault);
}
