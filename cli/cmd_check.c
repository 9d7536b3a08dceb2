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
	return run_end(&run, error, &fault);
}
