#include "work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "cores.h"
#include "deferred_hosts.h"
#include "fetcher.h"
#include "interrupt.h"
#include "log.h"
#include "map.h"
#include "progress.h"

/* Honest, with a contact (RFC 9110 section 10.1.5). */
static const char default_user_agent[] =
	"picdesk/" PICDESK_VERSION " (image link checker; https://github.com/picdesk/picdesk)";

/* Works admitted (some 10 us each) and ready ones looked at in one turn, so that sockets are served
 * in between. */
#define ADMISSIONS_A_TURN 2048
#define LOOKS_A_TURN 64
#define ANSWERS_A_TURN 16
/* Without a fetcher there are none, and each image that waits for its look takes a kilobyte. */
#define LOOK_MAX_MS 50
#define MOST_RENDERER_FDS 256
/* What the index keeps of its file in memory, up to 16 MB, is read again in a few ms: a run that
 * renders, some ms an image, does without it. */
#define RENDERS_A_RELEASE 32

/* --- faults -------------------------------------------------------------------------------------
 */

/* A full disk stops the storing, not the run: what the cache holds is still used. */
void pipeline_fail(struct pipeline *pipeline, int error)
{
	bool is_full = fault_is_no_room(error);

	if (pipeline->error && is_full)
		return;
	if (!is_full)
		pipeline->is_stopping = true;
	if (pipeline->error)
		return;
	pipeline->error = error;
	pipeline->is_full = is_full;
	if (is_full)
		fault_wrap(pipeline->fault, error,
			   "storing images (no more of them: the cache's hits are used, the rest "
			   "is unchecked)");
	/* What fails from here on follows from the first fault. */
	pipeline->fault = NULL;
	pipeline->report->is_complete = false;
}

/* --- stages on demand ---------------------------------------------------------------------------
 */

bool pipeline_is_quick(const struct pipeline *pipeline)
{
	return pipeline->settings->quick && pipeline->options->is_check;
}

void pipeline_fetcher_options(const struct pipeline *pipeline, struct fetcher_options *ret_options)
{
	const struct settings *settings = pipeline->settings;

	fetcher_options_init(ret_options);
	ret_options->max_concurrency = (unsigned)settings->max_concurrency;
	ret_options->host_concurrency = (unsigned)settings->host_concurrency;
	ret_options->host_interval_ms = settings->host_interval_ms;
	ret_options->max_retries = (unsigned)settings->max_retries;
	ret_options->timeout_ms = settings->timeout_ms;
	ret_options->connect_timeout_ms = settings->connect_timeout_ms;
	ret_options->max_redirects = (unsigned)settings->max_redirects;
	ret_options->max_bytes = (uint64_t)settings->max_bytes;
	if (settings->accept)
		ret_options->accept_status = settings->accept;
	ret_options->headers = string_list_or_null(&settings->headers);
	ret_options->user_agent = settings->user_agent ? settings->user_agent : default_user_agent;
	ret_options->proxy = settings->proxy;
	ret_options->ca_file = settings->cacert;
	ret_options->insecure = settings->insecure;
	ret_options->allow_private = settings->allow_private;
	ret_options->allow_cidrs = settings->allow_cidrs;
	ret_options->n_allow_cidrs = settings->n_allow_cidrs;
	ret_options->allow_downgrade = settings->allow_downgrade;
	ret_options->hosts = settings->hosts;
	ret_options->n_hosts = settings->n_hosts;
}

int pipeline_need_fetcher(struct pipeline *pipeline)
{
	struct fetcher_options options;
	int error;

	if (pipeline->fetcher)
		return 0;
	pipeline_fetcher_options(pipeline, &options);
	error = fetcher_new(&options, &pipeline->fetcher, pipeline->fault);
	if (!error && !pipeline->settings->refresh)
		error = deferred_hosts_apply(pipeline->cache, pipeline->fetcher, pipeline->now_s,
					     pipeline->fault);
	if (error)
		pipeline_fail(pipeline, error);
	return error;
}

/* Kept in the cache: a warm run, which renders nothing, starts no renderer. */
static int find_renderer_version(struct pipeline *pipeline)
{
	CLEANUP(cleanup_free) char *remembered = NULL;
	CLEANUP(cleanup_free) char *remember = NULL;
	size_t length_bytes;
	int error = cache_document(pipeline->cache, CACHE_RENDERER, &remembered, &length_bytes,
				   pipeline->fault);

	if (error && error != -ENOENT)
		return error;
	error = thumb_pool_recall_version(pipeline->thumbs, remembered, &remember,
					  &pipeline->renderer_version, pipeline->fault);
	if (error || !remember)
		return error;
	return cache_store_document(pipeline->cache, CACHE_RENDERER, remember, strlen(remember),
				    pipeline->fault);
}

static int make_pool(struct pipeline *pipeline, struct fault *fault)
{
	const struct settings *settings = pipeline->settings;
	struct thumb_pool_options options;

	if (pipeline->thumbs)
		return 0;
	thumb_pool_options_init(&options);
	options.renderers = (unsigned)settings->jobs;
	options.max_pixels = (uint64_t)settings->max_pixels;
	options.require_sandbox = settings->require_sandbox;
	for (size_t i = 0; i < settings->n_specs && pipeline->options->wants_thumbs; i++)
		options.needs_avif |= settings->specs[i].format == THUMB_AVIF;
	return thumb_pool_new(&options, &pipeline->thumbs, fault);
}

int pipeline_need_thumbs(struct pipeline *pipeline)
{
	int error;

	if (pipeline->renderer_version)
		return 0;
	cache_end_reads(pipeline->cache); /* a renderer is waited for */
	error = make_pool(pipeline, pipeline->fault);
	if (!error)
		error = find_renderer_version(pipeline);
	return error == -ENOENT ? -ENOSYS : error;
}

void pipeline_expect_thumbs(struct pipeline *pipeline)
{
	if (pipeline->decodes && !pipeline->thumbs && !make_pool(pipeline, NULL))
		thumb_pool_start_early(pipeline->thumbs, NULL);
}

/* --- the loop -----------------------------------------------------------------------------------
 */

static struct work *pop_ready(struct pipeline *pipeline)
{
	struct work *work = pipeline->ready_first;

	if (!work)
		return NULL;
	pipeline->ready_first = work->next;
	if (!pipeline->ready_first)
		pipeline->ready_last = NULL;
	work->next = NULL;
	return work;
}

static bool is_ignored_by_check(const struct pipeline *pipeline, const struct asset *asset)
{
	return pipeline->options->is_check && pattern_list_matches(&pipeline->ignored, asset->url);
}

static void admit(struct work *work)
{
	struct asset *asset = work->asset;

	switch (asset->target) {
	case IMAGE_REF_EMBEDDED:
	case IMAGE_REF_TEMPLATE:
		work_enter(work, WORK_DONE);
		return;
	case IMAGE_REF_BAD:
		work_add_finding(work, FINDING_BAD_URL, "%s",
				 asset->why ? asset->why : "this is no URL");
		work_enter(work, WORK_DONE);
		return;
	case IMAGE_REF_LOCAL:
	case IMAGE_REF_REMOTE:
		break;
	}
	if (is_ignored_by_check(work->pipeline, asset))
		work_enter(work, WORK_DONE);
	else if (asset->target == IMAGE_REF_LOCAL)
		work_enter(work, WORK_READY);
	else
		work_admit_remote(work);
}

static bool has_room_to_admit(const struct pipeline *pipeline)
{
	return pipeline->next_to_admit < pipeline->n_works && !pipeline->is_stopping &&
	       (!pipeline->fetcher || fetcher_has_room(pipeline->fetcher));
}

static bool can_admit(const struct pipeline *pipeline)
{
	return has_room_to_admit(pipeline) && !cache_is_committing(pipeline->cache);
}

/* What is going to be looked up next, all at once: in the order of the site each row would be
 * sought for itself. */
static void look_ahead(struct pipeline *pipeline)
{
	size_t end = pipeline->next_to_admit + CACHE_LOOK_AHEAD_MOST, count = 0;
	const char **urls;
	int error;

	if (pipeline->next_to_admit < pipeline->looked_ahead)
		return;
	end = end < pipeline->n_works ? end : pipeline->n_works;
	urls = alloc_zeroed(end - pipeline->next_to_admit, sizeof *urls);
	for (size_t i = pipeline->next_to_admit; i < end; i++) {
		const struct asset *asset = pipeline->works[i].asset;

		/* Mostly it is what goes on the wire. */
		if (asset->target == IMAGE_REF_REMOTE)
			urls[count++] = asset->url;
	}
	pipeline->looked_ahead = end;
	error = count ? cache_look_ahead(pipeline->cache, urls, count,
					 pipeline->options->wants_thumbs, pipeline->fault)
		      : 0;
	free(urls);
	if (error)
		pipeline_fail(pipeline, error);
}

/* Assets to requests, while there is room. */
static void admit_some(struct pipeline *pipeline)
{
	if (can_admit(pipeline))
		look_ahead(pipeline);
	for (int i = 0; i < ADMISSIONS_A_TURN && can_admit(pipeline); i++)
		admit(&pipeline->works[pipeline->next_to_admit++]);
}

static bool can_look(const struct pipeline *pipeline)
{
	const struct work *next = pipeline->ready_first;

	if (!next || next->was_rendered || !pipeline->thumbs)
		return next;
	/* Without the renderer's version no thumbnail can be looked up. And while the index is busy
	 * the renderers have what was looked up before. */
	return thumb_pool_has_room(pipeline->thumbs) &&
	       (pipeline->renderer_version || !thumb_pool_is_starting(pipeline->thumbs)) &&
	       !(pipeline->options->wants_thumbs && cache_is_committing(pipeline->cache));
}

/* While there is no room for thumbnails the renderers go on with what they have: to wait for the
 * disk here would stop them. */
static bool can_take_thumbs(const struct pipeline *pipeline)
{
	return thumb_pool_has_next(pipeline->thumbs) &&
	       (pipeline->error || pipeline->is_stopping || cache_room(pipeline->cache));
}

static void look_at_some(struct pipeline *pipeline)
{
	int64_t until_ms = clock_monotonic_ms() + LOOK_MAX_MS;

	do {
		for (int i = 0; i < LOOKS_A_TURN && can_look(pipeline); i++)
			work_look_at_image(pop_ready(pipeline));
	} while (!pipeline->fetcher && can_look(pipeline) && clock_monotonic_ms() < until_ms);
}

/* Nothing new starts: what is under way in the stages comes back cancelled, the rest stays
 * unchecked. */
static void stop(struct pipeline *pipeline)
{
	struct work *work;

	pipeline->is_stopping = true;
	pipeline->report->is_complete = false;
	if (pipeline->fetcher)
		fetcher_cancel(pipeline->fetcher);
	if (pipeline->thumbs)
		thumb_pool_cancel(pipeline->thumbs);
	while ((work = pop_ready(pipeline)))
		work_enter(work, WORK_DONE);
	work_stop_awaiting(pipeline);
	while (pipeline->next_to_admit < pipeline->n_works)
		work_enter(&pipeline->works[pipeline->next_to_admit++], WORK_DONE);
}

/* No image is to be blamed for a network that is down. */
static void check_network(struct pipeline *pipeline)
{
	const char *why = pipeline->fetcher ? fetcher_network_down(pipeline->fetcher) : NULL;

	if (why && !pipeline->error)
		pipeline_fail(
			pipeline,
			fault_raise(pipeline->fault, -ENETDOWN,
				    "%s (no image is called broken for it; --offline uses what "
				    "the cache has)",
				    why));
}

static bool is_done(const struct pipeline *pipeline)
{
	return pipeline->n_done == pipeline->n_works && !pipeline->n_beside;
}

static void check_for_stop(struct pipeline *pipeline)
{
	/* What is under way could not be stored; what was fetched before may still be rendered. */
	if (pipeline->is_full && pipeline->fetcher)
		fetcher_cancel(pipeline->fetcher);
	if (is_done(pipeline))
		return;
	if (pipeline->is_stopping || interrupt_signal() ||
	    clock_monotonic_ms() >= pipeline->deadline_ms)
		stop(pipeline);
}

static size_t renderers_of(const struct settings *settings)
{
	return settings->jobs ? (size_t)settings->jobs : cores_usable();
}

/* Once all were looked up that there is room for, and something is on its way: before the long
 * wait. */
static void explain_slow_hosts(struct pipeline *pipeline)
{
	CLEANUP(buf_release) struct buf lines = BUF_INIT(1u << 14);

	if (pipeline->has_explained || !pipeline->fetcher || has_room_to_admit(pipeline))
		return;
	pipeline->has_explained = true;
	host_loads_explain(pipeline->loads, &lines);
	progress_say(pipeline->options->progress, buf_string(&lines));
}

static void show_progress(struct pipeline *pipeline)
{
	struct progress *progress = pipeline->options->progress;
	int64_t now_ms = clock_monotonic_ms();
	struct progress_state state;

	if (now_ms < progress_due_ms(progress))
		return;
	state = (struct progress_state){
		.total = pipeline->n_works,
		.done = pipeline->n_done,
		.bytes = pipeline->report->totals.bytes_fetched,
		.fetching = pipeline->fetcher ? fetcher_pending(pipeline->fetcher) : 0,
		.rendering = pipeline->thumbs ? thumb_pool_pending(pipeline->thumbs) : 0,
		.renderers = renderers_of(pipeline->settings),
		.broken = pipeline->n_broken,
	};
	state.n_hosts =
		host_loads_slowest(pipeline->loads, (double)(now_ms - progress->started_ms) / 1000,
				   state.hosts, PROGRESS_MOST_HOSTS);
	progress_show(progress, &state, now_ms);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t longest_wait_ms(const struct pipeline *pipeline)
{
	int64_t now_ms = clock_monotonic_ms();
	int64_t until_ms = progress_due_ms(pipeline->options->progress);
	int64_t thumbs_ms = pipeline->thumbs ? thumb_pool_deadline_ms(pipeline->thumbs) : INT64_MAX;
	int64_t wait_ms;

	until_ms = least(until_ms, pipeline->deadline_ms);
	until_ms = least(until_ms, thumbs_ms);
	until_ms = least(until_ms, work_leases_due_ms(pipeline));
	if (can_look(pipeline) || can_admit(pipeline) || cache_is_due(pipeline->cache) ||
	    (pipeline->thumbs && can_take_thumbs(pipeline)))
		return 0;
	/* A batch of the cache is flushed at least once a second. */
	wait_ms = least(1000, cache_retry_ms(pipeline->cache));
	return until_ms <= now_ms ? 0 : least(wait_ms, until_ms - now_ms);
}

/* Of a crowd that waited for room, the first are on their way to the disk while the next are looked
 * at. */
static size_t room_of_turn(const struct pipeline *pipeline)
{
	size_t room = cache_room(pipeline->cache);

	return room < ANSWERS_A_TURN ? room : ANSWERS_A_TURN;
}

static int wait_for_something(struct pipeline *pipeline)
{
	struct pollfd fds[MOST_RENDERER_FDS + 2];
	unsigned count = 0;

	fds[count++] = (struct pollfd){.fd = interrupt_fd(), .events = POLLIN};
	if (cache_flush_fd(pipeline->cache) >= 0)
		fds[count++] =
			(struct pollfd){.fd = cache_flush_fd(pipeline->cache), .events = POLLIN};
	if (pipeline->thumbs)
		count += thumb_pool_fds(pipeline->thumbs, fds + count, MOST_RENDERER_FDS);
	if (pipeline->fetcher) {
		fetcher_set_room(pipeline->fetcher, room_of_turn(pipeline));
		return fetcher_wait(pipeline->fetcher, fds, count, longest_wait_ms(pipeline),
				    pipeline->fault);
	}
	if (poll(fds, count, (int)longest_wait_ms(pipeline)) < 0 && errno != EINTR)
		return fault_raise(pipeline->fault, -errno, "poll: %s", strerror(errno));
	return 0;
}

static void take_responses(struct pipeline *pipeline)
{
	struct fetch_response response;

	while (pipeline->fetcher && fetcher_next(pipeline->fetcher, &response)) {
		work_take_response(response.owner, &response);
		fetch_response_release(&response);
	}
}

static int step_thumbs(struct pipeline *pipeline)
{
	struct thumb_result result;
	int error;

	if (!pipeline->thumbs)
		return 0;
	error = thumb_pool_step(pipeline->thumbs, pipeline->fault);
	while (can_take_thumbs(pipeline) && thumb_pool_next(pipeline->thumbs, &result)) {
		work_take_thumbs(result.owner, &result);
		thumb_result_release(&result);
		if (pipeline->n_rendered % RENDERS_A_RELEASE == 0)
			cache_release_memory(pipeline->cache);
	}
	return error;
}

/* After a fault, too, what was cancelled comes back: without it no run ends. */
static int turn(struct pipeline *pipeline)
{
	int error = 0, thumbs_error;

	work_ask_for_leases(pipeline);
	admit_some(pipeline);
	look_at_some(pipeline);
	explain_slow_hosts(pipeline);
	check_for_stop(pipeline);
	if (is_done(pipeline))
		return 0;
	if (!pipeline->error || cache_flush_fd(pipeline->cache) >= 0)
		error = cache_flush(pipeline->cache, false, pipeline->fault);
	cache_end_reads(pipeline->cache);
	if (!error)
		error = wait_for_something(pipeline);
	check_network(pipeline);
	take_responses(pipeline);
	thumbs_error = step_thumbs(pipeline);
	show_progress(pipeline);
	return error ? error : thumbs_error;
}

static void loop(struct pipeline *pipeline)
{
	while (!is_done(pipeline)) {
		int error = turn(pipeline);

		if (error)
			pipeline_fail(pipeline, error);
	}
}

/* --- a run --------------------------------------------------------------------------------------
 */

static void read_accepted(struct pipeline *pipeline)
{
	struct fetcher_options options;

	pipeline_fetcher_options(pipeline, &options);
	status_set_parse(options.accept_status, &pipeline->accepted);
}

static const char *wire_of(const void *pipeline, size_t work)
{
	return ((const struct pipeline *)pipeline)->works[work].wire;
}

static void init(struct pipeline *pipeline, const struct pipeline_options *options,
		 struct report *report, struct fault *fault)
{
	const struct settings *settings = options->settings;

	*pipeline = (struct pipeline){
		.options = options,
		.settings = settings,
		.report = report,
		.cache = options->cache,
		.works = alloc_zeroed(report->n_images, sizeof *pipeline->works),
		.n_works = report->n_images,
		.requests = map_new(),
		.loads = host_loads_new(settings),
		.root_fd = -1,
		.now_s = clock_wall_s(),
		.deadline_ms = options->deadline_ms,
		.fault = fault,
	};
	key_table_init(&pipeline->by_wire, wire_of);
	read_accepted(pipeline);
	/* The variable is for measurements of all that comes before the decoding. */
	pipeline->decodes = !pipeline_is_quick(pipeline) && !getenv("PICDESK_BENCH_NO_DECODE");
	for (size_t i = 0; i < report->n_images; i++)
		pipeline->works[i] = (struct work){
			.pipeline = pipeline,
			.asset = report->images[i],
			.entry = &work_no_entry,
			.load = options->progress->mode == PROGRESS_OFF
					? NULL
					: host_loads_of(pipeline->loads, report->images[i]),
		};
}

static int open_root(struct pipeline *pipeline)
{
	const char *root = pipeline->options->site->root;

	pipeline->root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (pipeline->root_fd >= 0)
		return 0;
	return fault_raise(pipeline->fault, -errno, "%s: open the site's folder: %s", root,
			   strerror(errno));
}

void work_release(struct work *work)
{
	work_body_free(work);
	work_drop_entry(work);
	if (work->wire != work->asset->url)
		free((char *)work->wire);
	free(work->declared_type);
	work_drop_facts(work);
	work_drop_thumbs(work);
}

static void release(struct pipeline *pipeline)
{
	cache_end_look_ahead(pipeline->cache);
	fetcher_free(pipeline->fetcher); /* it borrows the works' URLs, as this does */
	key_table_release(&pipeline->by_wire);
	for (size_t i = 0; i < pipeline->n_works; i++)
		work_release(&pipeline->works[i]);
	work_free_beside(pipeline);
	if (pipeline->thumbs && thumb_pool_sandbox_of_run(pipeline->thumbs))
		pipeline->report->sandbox =
			alloc_string(thumb_pool_sandbox_of_run(pipeline->thumbs));
	pattern_list_release(&pipeline->ignored);
	only_release(&pipeline->only);
	thumb_pool_free(pipeline->thumbs);
	work_free_requests(pipeline);
	free(pipeline->rendering);
	host_loads_free(pipeline->loads);
	work_free_thumb_keys(pipeline);
	free(pipeline->works);
	if (pipeline->root_fd >= 0)
		close(pipeline->root_fd);
}

static void limit_cache(struct pipeline *pipeline)
{
	cache_set_max_bytes(pipeline->cache, (uint64_t)pipeline->settings->cache_max_size_bytes);
	for (size_t i = 0; i < pipeline->n_works; i++)
		work_mark_used(&pipeline->works[i]);
}

int pipeline_run(const struct pipeline_options *options, struct report *report, struct fault *fault)
{
	struct pipeline pipeline;
	int error;

	init(&pipeline, options, report, fault);
	error = open_root(&pipeline);
	if (!error)
		error = pattern_list_compile(&options->settings->check_ignore, &pipeline.ignored,
					     fault);
	if (!error)
		error = only_compile(options->settings->only, &pipeline.only, fault);
	if (error)
		pipeline_fail(&pipeline, error);
	if (options->settings->cache_max_size_bytes != INT64_MAX)
		limit_cache(&pipeline);
	progress_start(options->progress, options->progress->mode, clock_monotonic_ms());
	loop(&pipeline);
	/* They give a hundred MB back while the last batch is stored. */
	if (pipeline.thumbs)
		thumb_pool_end(pipeline.thumbs);
	progress_end(options->progress);
	pipeline_find_duplicates(&pipeline);
	pipeline_collect_hosts(&pipeline);
	error = pipeline.error;
	/* The renderer is not what it was taken for: the next run asks it. */
	if (error == -ESTALE)
		cache_store_document(options->cache, CACHE_RENDERER, "", 0, NULL);
	/* The rows of a check that went well are stored with its report, in one commit. */
	if ((error || !options->is_check) && !fault_is_no_room(error)) {
		int flush_error = cache_flush(options->cache, true, error ? NULL : fault);

		error = error ? error : flush_error;
	}
	release(&pipeline);
	report_count(report);
	return error;
}
