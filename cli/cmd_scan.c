#include "command.h"

#include "run.h"

int cmd_scan(struct settings *settings, const struct site *site)
{
	struct fault fault = {0};
	struct run run;
	int error = run_begin(&run, VERB_SCAN, settings, site, &fault);

	return run_end(&run, error, &fault);
}
