#include "fetcher.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "alloc.h"
#include "clock.h"
#include "descriptors.h"
#include "flood_guard.h"
#include "flow.h"
#include "libcurl_memory.h"

#define MAX_PENDING 100000
#define MOST_UNLOOKED_MS 10
/* Descriptors left to the rest of the program; and for one transfer: its connection, an idle one,
 * the file that its bytes go to, and its part of what the cache and the renderers have open by
 * their own shares. */
#define OTHER_DESCRIPTORS 80
#define DESCRIPTORS_A_TRANSFER 5
/* Connections that are kept, busy ones among them, unless fewer transfers at once are asked for
 * than by default: the images of many sites lie at some hundreds of hosts, whose turns come one
 * after the other. An idle one takes 12 KB of memory over TLS, and 60 KB where it speaks HTTP/2. */
#define MOST_KEPT 512
#define MANY_TRANSFERS 64
/* A share for those that are idle: the rest of the program has its own. */
#define DESCRIPTORS_AN_IDLE_ONE 2
/* curl_multi_poll() takes the caller's descriptors and the resolver's. */
#define MAX_EXTRA_FDS 256

void fetcher_options_init(struct fetcher_options *options)
{
	*options = (struct fetcher_options){
		.max_concurrency = 64,
		.host_concurrency = 4,
		.host_interval_ms = 50,
		.max_retries = 2,
		.timeout_ms = 30000,
		.connect_timeout_ms = 5000,
		.max_redirects = 5,
		.max_bytes = UINT64_C(20) << 20,
		.accept_status = "200..=204",
		.user_agent = "picdesk",
		.retry_base_ms = 1000,
	};
}

const char *fetch_outcome_name(enum fetch_outcome outcome)
{
	static const char *const names[] = {
		[FETCH_OK] = "ok",
		[FETCH_ENOUGH] = "enough",
		[FETCH_NOT_MODIFIED] = "not-modified",
		[FETCH_HTTP_ERROR] = "http-error",
		[FETCH_BLOCKED] = "blocked",
		[FETCH_DNS] = "dns",
		[FETCH_CONNECT] = "connect",
		[FETCH_TIMEOUT] = "timeout",
		[FETCH_TLS] = "tls",
		[FETCH_REDIRECT_LOOP] = "redirect-loop",
		[FETCH_DOWNGRADE] = "downgrade",
		[FETCH_TOO_LARGE] = "too-large",
		[FETCH_REFUSED_BY_SINK] = "refused-by-sink",
		[FETCH_TRUNCATED] = "truncated",
		[FETCH_EMPTY] = "empty",
		[FETCH_FORBIDDEN_ADDRESS] = "forbidden-address",
		[FETCH_BAD_URL] = "bad-url",
		[FETCH_BAD_REDIRECT] = "bad-redirect",
		[FETCH_BAD_SIGNATURE] = "bad-signature",
		[FETCH_REMOVED] = "removed",
		[FETCH_PROTOCOL] = "protocol",
		[FETCH_DEFERRED] = "deferred",
		[FETCH_WITHDRAWN] = "withdrawn",
		[FETCH_CANCELLED] = "cancelled",
		[FETCH_SINK_FAULT] = "sink-fault",
		[FETCH_OWN_FAULT] = "own-fault",
	};

	return (size_t)outcome < ARRAY_LENGTH(names) ? names[outcome] : "unknown";
}

static void set_policies(struct fetcher *fetcher, const struct fetcher_options *options)
{
	fetcher->options = *options;
	fetcher->setup.options = &fetcher->options;
	fetcher->setup.may_connect = flow_may_connect;
	fetcher->setup.may_send = flow_may_send;
	fetcher->setup.keeps_connection = flow_keeps_connection;
	fetcher->setup.note_connection = flow_note_connection;
	fetcher->setup.gate = fetcher;
	fetcher->setup.admission = (struct admission){
		.allow_private = options->allow_private,
		.allow_cidrs = options->allow_cidrs,
		.n_allow_cidrs = options->n_allow_cidrs,
	};
	fetcher->retry = (struct retry_policy){
		.max_retries = options->max_retries,
		.base_ms = options->retry_base_ms,
	};
	fetcher->redirect = (struct redirect_policy){
		.max_redirects = options->max_redirects,
		.allow_downgrade = options->allow_downgrade,
	};
	fetcher->network.is_proxied = options->proxy != NULL;
	if (getrandom(&fetcher->random, sizeof fetcher->random, GRND_NONBLOCK) !=
		    (ssize_t)sizeof fetcher->random ||
	    !fetcher->random)
		fetcher->random = (uint64_t)clock_monotonic_ms() + 1;
}

static size_t most_kept(size_t max_running)
{
	size_t others = OTHER_DESCRIPTORS + DESCRIPTORS_A_TRANSFER * max_running;

	if (max_running < MANY_TRANSFERS || max_running >= MOST_KEPT)
		return max_running;
	return max_running +
	       descriptors_room(others, DESCRIPTORS_AN_IDLE_ONE, 0, MOST_KEPT - max_running);
}

static int start_engines(struct fetcher *fetcher, struct fault *fault)
{
	unsigned most = fetcher->options.max_concurrency ? fetcher->options.max_concurrency : 1;

	fetcher->max_running =
		(unsigned)descriptors_room(OTHER_DESCRIPTORS, DESCRIPTORS_A_TRANSFER, 1, most);
	fetcher->max_kept = most_kept(fetcher->max_running);
	fetcher->setup.connections =
		alloc_zeroed(CONNECTION_PORTS, sizeof *fetcher->setup.connections);
	fetcher->running = alloc_zeroed(fetcher->max_running, sizeof *fetcher->running);
	host_queue_init(&fetcher->queue, (unsigned)fetcher->max_running);
	line_init(&fetcher->line, (unsigned)fetcher->max_running);
	hosts_init(&fetcher->hosts, &fetcher->options);
	fetcher->multi = libcurl.multi_init();
	fetcher->bell = libcurl.easy_init();
	if (!fetcher->multi || !fetcher->bell)
		return fault_raise(fault, -ENOMEM, "fetcher: libcurl could not start");
	libcurl.multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, (long)fetcher->max_kept);
	flood_guard_start(fetcher->setup.connections);
	return resolver_new(NULL, RESOLVER_LIMIT_MS, &fetcher->resolver, fault);
}

void fetcher_expect(void)
{
	libcurl_load_ahead();
}

int fetcher_new(const struct fetcher_options *options, struct fetcher **ret_fetcher,
		struct fault *fault)
{
	struct fetcher *fetcher;
	int error = libcurl_load(fault);

	if (error)
		return error;
	libcurl_memory_begin();
	if (libcurl.global_init_mem(CURL_GLOBAL_DEFAULT, libcurl_malloc, libcurl_free,
				    libcurl_realloc, libcurl_strdup, libcurl_calloc)) {
		libcurl_memory_end();
		return fault_raise(fault, -ENOMEM, "fetcher: libcurl could not start");
	}
	fetcher = alloc_zeroed(1, sizeof *fetcher);
	fetcher->room = SIZE_MAX;
	set_policies(fetcher, options);
	if (!status_set_parse(options->accept_status, &fetcher->setup.accept))
		error = fault_raise(fault, -EINVAL, "fetcher: accept: no list of statuses: %s",
				    options->accept_status);
	else
		error = start_engines(fetcher, fault);
	if (error) {
		fetcher_free(fetcher);
		return error;
	}
	*ret_fetcher = fetcher;
	return 0;
}

static void free_tasks(struct task_list *list)
{
	struct task *task;

	while ((task = task_list_pop(list)))
		task_free(task);
}

void fetcher_free(struct fetcher *fetcher)
{
	if (!fetcher)
		return;
	if (fetcher->hosts.by_name)
		fetcher_cancel(fetcher);
	free_tasks(&fetcher->done);
	if (fetcher->bell)
		libcurl.easy_cleanup(fetcher->bell);
	if (fetcher->multi)
		libcurl.multi_cleanup(fetcher->multi);
	resolver_free(fetcher->resolver);
	host_queue_release(&fetcher->queue);
	hosts_release(&fetcher->hosts);
	free(fetcher->running);
	flood_guard_end();
	free(fetcher->setup.connections);
	free(fetcher);
	libcurl.global_cleanup();
	libcurl_memory_end();
}

bool fetcher_has_room(const struct fetcher *fetcher)
{
	return fetcher->n_pending < MAX_PENDING;
}

void fetcher_submit(struct fetcher *fetcher, const struct fetch_request *request)
{
	fetcher->n_pending++;
	flow_route(fetcher, task_new(request));
}

size_t fetcher_pending(const struct fetcher *fetcher)
{
	return fetcher->n_pending;
}

static void take_answers(struct fetcher *fetcher)
{
	struct resolver_answer answer;

	while (resolver_next(fetcher->resolver, clock_monotonic_ms(), &answer)) {
		flow_looked_up(fetcher, &answer);
		free(answer.addresses);
	}
}

/* It looks at each transfer's socket: not for each renderer's answer, unless something is to be done
 * by the clock (a time limit, a request that was just added) or it has not looked for a while: what
 * libcurl forgot to ask for is not to wait for long. */
static bool is_libcurl_due(const struct fetcher *fetcher)
{
	long timeout_ms = -1;

	return clock_monotonic_ms() - fetcher->performed_ms >= MOST_UNLOOKED_MS ||
	       libcurl.multi_timeout(fetcher->multi, &timeout_ms) || timeout_ms == 0;
}

static int perform(struct fetcher *fetcher, struct fault *fault)
{
	CURLMcode code;
	int n_running;

	fetcher->performed_ms = clock_monotonic_ms();
	flood_guard_watch(true);
	code = libcurl.multi_perform(fetcher->multi, &n_running);
	flood_guard_watch(false);
	if (code)
		return fault_raise(fault, -EIO, "fetcher: %s", libcurl.multi_strerror(code));
	return 0;
}

static int step(struct fetcher *fetcher, bool performs, struct fault *fault)
{
	CURLMsg *message;
	int n_left, error;

	take_answers(fetcher);
	flow_start(fetcher);
	error = performs ? perform(fetcher, fault) : 0;
	if (error)
		return error;
	while (fetcher->room && (message = libcurl.multi_info_read(fetcher->multi, &n_left)))
		if (message->msg == CURLMSG_DONE)
			flow_ended(fetcher, transfer_of_handle(message->easy_handle),
				   message->data.result);
	flow_start(fetcher);
	flow_wake(fetcher);
	flow_settle(fetcher);
	flow_check_network(fetcher);
	if (fetcher->network.other_name == NETWORK_ASKED)
		take_answers(fetcher);
	return 0;
}

/* Until the caller's time is over, a request may start, or a lookup is to be given up. */
static int poll_timeout_ms(const struct fetcher *fetcher, int64_t deadline_ms)
{
	int64_t now_ms = clock_monotonic_ms(), next_ms = deadline_ms;
	int64_t queue_ms = host_queue_next_ms(&fetcher->queue);
	int64_t lookup_ms = resolver_deadline_ms(fetcher->resolver);

	if (fetcher->done.first)
		return 0;
	if (queue_ms < next_ms)
		next_ms = queue_ms;
	if (lookup_ms < next_ms)
		next_ms = lookup_ms;
	if (next_ms <= now_ms)
		return 0;
	return next_ms - now_ms > INT_MAX ? INT_MAX : (int)(next_ms - now_ms);
}

/* Also, how many of libcurl's own are ready. */
static int poll_all(struct fetcher *fetcher, const struct pollfd *extra, unsigned n_extra,
		    int timeout_ms, int *ret_n_ready, int *ret_n_sockets, struct fault *fault)
{
	struct curl_waitfd fds[MAX_EXTRA_FDS + 1];
	CURLMcode code;

	for (unsigned i = 0; i < n_extra; i++)
		fds[i] = (struct curl_waitfd){.fd = extra[i].fd, .events = extra[i].events};
	fds[n_extra] = (struct curl_waitfd){.fd = resolver_fd(fetcher->resolver),
					    .events = CURL_WAIT_POLLIN};
	code = libcurl.multi_poll(fetcher->multi, fds, n_extra + 1, timeout_ms, ret_n_ready);
	if (code)
		return fault_raise(fault, -EIO, "fetcher: %s", libcurl.multi_strerror(code));
	*ret_n_sockets = *ret_n_ready;
	for (unsigned i = 0; i <= n_extra; i++)
		*ret_n_sockets -= fds[i].revents != 0;
	return 0;
}

/* libcurl does not pass on POLLERR and POLLHUP. */
static bool are_ready(struct pollfd *extra, unsigned n_extra)
{
	return n_extra && poll(extra, n_extra, 0) > 0;
}

int fetcher_wait(struct fetcher *fetcher, struct pollfd *extra_fds, unsigned n_extra_fds,
		 int64_t timeout_ms, struct fault *fault)
{
	int64_t deadline_ms = timeout_ms < 0 ? INT64_MAX : clock_monotonic_ms() + timeout_ms;
	bool is_over;
	int n_ready = 0, n_sockets = 0, error;

	if (n_extra_fds > MAX_EXTRA_FDS)
		return fault_raise(fault, -EINVAL, "fetcher: more than %d descriptors to wait for",
				   MAX_EXTRA_FDS);
	do {
		/* What is added now is due: libcurl does not wait. But libcurl 7.88 may have read
		 * the end of an answer of HTTP/2 and say so only when it is called again, for no
		 * socket and at no time. */
		error = step(fetcher, fetcher->has_read_tls, fault);
		if (error)
			return error;
		if (!fetcher->n_pending && !n_extra_fds && timeout_ms < 0)
			return 0;
		error = poll_all(fetcher, extra_fds, n_extra_fds,
				 poll_timeout_ms(fetcher, deadline_ms), &n_ready, &n_sockets,
				 fault);
		if (!error)
			error = step(fetcher, n_sockets > 0 || is_libcurl_due(fetcher), fault);
		fetcher->has_read_tls = n_sockets > 0 && fetcher->uses_tls;
		if (error)
			return error;
		is_over = are_ready(extra_fds, n_extra_fds) || fetcher->done.first ||
			  clock_monotonic_ms() >= deadline_ms;
		/* Nothing ready before its time may be a signal, which the caller wants to see. */
	} while (!is_over && n_ready);
	return 0;
}

void fetcher_set_room(struct fetcher *fetcher, size_t room)
{
	fetcher->room = room;
}

bool fetcher_next(struct fetcher *fetcher, struct fetch_response *ret_response)
{
	struct task *task = task_list_pop(&fetcher->done);

	if (!task)
		return false;
	task_hand_out(task, ret_response);
	fetcher->n_pending--;
	return true;
}

void fetcher_defer_host(struct fetcher *fetcher, const char *host, int64_t until_s)
{
	flow_defer_host(fetcher, host, until_s);
}

void fetcher_cancel(struct fetcher *fetcher)
{
	flow_cancel(fetcher, "the run was stopped");
}

const char *fetcher_network_down(const struct fetcher *fetcher)
{
	return fetcher->down_message;
}

size_t fetcher_hosts(struct fetcher *fetcher, struct fetch_host_stats **ret_stats)
{
	size_t count = hosts_stats(&fetcher->hosts, ret_stats);

	/* Of a network that is down nothing is known of any host. */
	for (size_t i = 0; fetcher->down_message && i < count; i++)
		(*ret_stats)[i].is_down = false;
	return count;
}

const char *fetcher_library_version(void)
{
	static char text[128];
	const curl_version_info_data *info;
	struct buf buf = BUF_INIT(sizeof text - 1);

	if (libcurl_load(NULL))
		return "libcurl cannot be loaded";
	info = libcurl.version_info(CURLVERSION_NOW);
	buf_printf(&buf, "libcurl/%s", info->version);
	if (info->ssl_version)
		buf_printf(&buf, " %s", info->ssl_version);
	if (info->age >= CURLVERSION_SIXTH && info->nghttp2_version)
		buf_printf(&buf, " nghttp2/%s", info->nghttp2_version);
	memcpy(text, buf_string(&buf), strlen(buf_string(&buf)) + 1);
	buf_release(&buf);
	return text;
}
