/*
 * host_load.h: how much of a run is left at each host, how fast it goes, and how long it will take:
 * what the progress display shows of slow hosts, and what is said of them at the start.
 *
 *	loads = host_loads_new(settings);
 *	load = host_loads_of(loads, asset);          once an asset; NULL: not remote
 *	load->n_looked++, n_asked++, n_done++        as its state changes
 *	host_loads_slowest(loads, elapsed_s, hosts, n)
 *
 * Pure counting, no clock. How many of the images that are still waiting will need a request is not
 * known before each was looked up; the share among those looked up so far stands for it.
 */
#ifndef HOST_LOAD_H
#define HOST_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "progress.h"
#include "report.h"
#include "settings.h"

struct host_load {
	char *host;             /* as the report calls it: "example.org", "127.0.0.1:8080" */
	int64_t interval_ms;    /* between two requests */
	size_t n_images;        /* of the run */
	size_t n_looked;        /* the cache was asked */
	size_t n_asked, n_done; /* requests made for images; those finished */
};

struct host_loads;
struct host_loads *host_loads_new(const struct settings *settings);
void host_loads_free(struct host_loads *loads);
struct host_load *host_loads_of(struct host_loads *loads, const struct asset *asset);

/* Requests that are still to be finished. */
size_t host_load_left(const struct host_load *load);
/* Seconds until they are: by what was seen (`elapsed_s`), and not before its interval allows it. */
double host_load_left_s(const struct host_load *load, double elapsed_s);

/* The hosts that take longest, at most `n`, longest first; borrowed names. Returns how many. */
size_t host_loads_slowest(const struct host_loads *loads, double elapsed_s,
			  struct progress_host *ret_hosts, size_t n);
/* For each host that its interval alone keeps busy for a minute or more: what it takes and which
 * setting shortens it, one line each, at most three. Nothing before anything was looked up. */
void host_loads_explain(const struct host_loads *loads, struct buf *ret_text);

#endif
