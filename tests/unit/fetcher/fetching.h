/*
 * fetching.h: what the tests of the fetcher share: a server, fetchers that are quick with it, and a
 * sink for each request.
 */
#ifndef FETCHING_H
#define FETCHING_H

#include "buf.h"
#include "fetcher.h"
#include "loop_server.h"

extern struct loop_server *server;

struct sink {
	char url[200]; /* of its request */
	const char *entity_tag;
	struct buf body;
	unsigned begins, ends;
	enum body_verdict verdict;
	struct loop_server *waiting; /* goes on when something has come; NULL: none does */
};

/* Of a group of tests. */
int start_server(void **state);
int stop_server(void **state);

/* Loopback, no spacing, and retries at once. */
struct fetcher_options quick_options(void);
struct fetcher *make_fetcher(const struct fetcher_options *options);
/* The sink is borrowed until its response has come, and the tag with it (NULL: none). */
void submit_url(struct fetcher *fetcher, const char *url, struct sink *sink,
		const char *entity_tag);
/* The same of a path on the server. */
void submit(struct fetcher *fetcher, const char *path, struct sink *sink, const char *entity_tag);
/* Waits for it. */
void next_response(struct fetcher *fetcher, struct fetch_response *ret_response);

#endif
