#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "cores.h"
#include "descriptors.h"
#include "log.h"
#include "renderer_path.h"
#include "thumb_pool_private.h"
#include "verify.h"

/* Requests a renderer has: the one in work and the next. While many wait it has more, so that it
 * goes on while this program syncs a batch to the disk; the last ones wait until one of them has
 * nothing to do, so that none has work that another could do. */
#define READ_AHEAD 2
#define WAITING_PER_RENDERER 4 /* requests in the queue; above half of them is many */
/* While none can work yet, which is 50 ms, more are got ready: a core is free for it. Each has a
 * descriptor open, all of them no more than an eighth of what may be. */
#define MAX_WAITING_FOR_START 128
#define IMAGES_PER_RENDERER 1000 /* then a new one: leaks in decoders stay small */
#define MAX_TRIES 2
#define MAX_FAILED_STARTS 3
#define CPU_PER_IMAGE_S 20
#define REAP_INTERVAL_MS 1
#define NO_ROOM "there is too little memory for it"
/* More than its socket holds: one that writes without end must not keep us from the clock. */
#define MAX_READS_PER_STEP 32
#define END_GRACE_MS 100 /* between the end of its socket and its own */

static void finish(struct thumb_pool *pool, struct thumb_task *task)
{
	task->result.owner = task->job.owner;
	close(task->job.fd);
	task->job.fd = -1;
	thumb_task_list_append(&pool->finished, task);
}

static void finish_as(struct thumb_pool *pool, struct thumb_task *task, enum thumb_verdict verdict,
		      const char *message)
{
	thumb_result_release(&task->result);
	task->result.verdict = verdict;
	snprintf(task->result.message, sizeof task->result.message, "%.*s",
		 (int)sizeof task->result.message - 1, message);
	finish(pool, task);
}

void thumb_pool_options_init(struct thumb_pool_options *options)
{
	*options = (struct thumb_pool_options){
		.max_pixels = 100000000,
		.max_decoded_bytes = 512ull << 20,
		.timeout_ms = 10000,
	};
}

int thumb_pool_new(const struct thumb_pool_options *options, struct thumb_pool **ret_pool,
		   struct fault *fault)
{
	struct thumb_pool *pool;
	char *path = NULL;
	int error = renderer_path_find(options->renderer_path, &path, fault);

	if (error)
		return fault_wrap(fault, error, "thumbnails: find the renderer");
	pool = alloc_zeroed(1, sizeof *pool);
	pool->options = *options;
	pool->options.renderer_path = NULL;
	pool->path = path;
	pool->n_slots = options->renderers ? options->renderers : cores_usable();
	if (pool->n_slots > MAX_RENDERERS)
		pool->n_slots = MAX_RENDERERS;
	/* Each of them has its bytes open. */
	pool->max_waiting_for_start =
		descriptors_room(DESCRIPTORS_OF_PROGRAM, 8, 2, MAX_WAITING_FOR_START);
	crowd_begin(&pool->crowd, pool->n_slots);
	pool->slots = alloc_zeroed(pool->n_slots, sizeof *pool->slots);
	for (unsigned i = 0; i < pool->n_slots; i++)
		pool->slots[i].process = RENDERER_PROCESS_INIT;
	*ret_pool = pool;
	return 0;
}

void thumb_pool_end(struct thumb_pool *pool)
{
	for (unsigned i = 0; i < pool->n_slots; i++)
		renderer_process_kill(&pool->slots[i].process);
}

void thumb_pool_free(struct thumb_pool *pool)
{
	struct thumb_task *task;

	if (!pool)
		return;
	thumb_pool_end(pool);
	for (unsigned i = 0; i < pool->n_slots; i++) {
		struct slot *slot = &pool->slots[i];

		renderer_process_release(&slot->process);
		wire_hello_reader_release(&slot->hello);
		wire_reader_release(&slot->reader);
		for (unsigned j = 0; j < slot->n_tasks; j++)
			thumb_task_free(slot->tasks[j]);
	}
	while ((task = thumb_task_list_take(&pool->waiting)))
		thumb_task_free(task);
	while ((task = thumb_task_list_take(&pool->finished)))
		thumb_task_free(task);
	free(pool->slots);
	free(pool->path);
	free(pool->files);
	free(pool);
}

/* ---- what renderers are given ---- */

bool thumb_pool_has_room(const struct thumb_pool *pool)
{
	size_t max = (size_t)pool->n_slots * WAITING_PER_RENDERER;

	if (max > pool->max_waiting_for_start)
		max = pool->max_waiting_for_start;
	if (pool->finished.count >= max)
		return false;
	return pool->waiting.count < max ||
	       (pool->waiting.count < pool->max_waiting_for_start && thumb_pool_is_starting(pool));
}

size_t thumb_pool_pending(const struct thumb_pool *pool)
{
	size_t count = pool->waiting.count + pool->finished.count;

	for (unsigned i = 0; i < pool->n_slots; i++)
		count += pool->slots[i].n_tasks;
	return count;
}

static bool slot_is_open(const struct slot *slot)
{
	return (slot->state == SLOT_STARTING || slot->state == SLOT_READY) && !slot->is_last &&
	       slot->served + slot->n_tasks < IMAGES_PER_RENDERER;
}

static unsigned read_ahead(const struct thumb_pool *pool)
{
	size_t many = (size_t)pool->n_slots * WAITING_PER_RENDERER / 2;

	if (pool->waiting.count > many)
		return MAX_READ_AHEAD;
	return pool->waiting.count > pool->n_slots ? READ_AHEAD : 1;
}

/* One that failed before runs alone, so that it takes no other with it. */
static bool slot_takes(const struct thumb_pool *pool, const struct slot *slot,
		       const struct thumb_task *task)
{
	if (!slot_is_open(slot))
		return false;
	if (task->tries)
		return slot->n_tasks == 0;
	return slot->n_tasks < read_ahead(pool) && !(slot->n_tasks && slot->tasks[0]->tries);
}

/* The emptiest that takes it. */
static struct slot *find_slot(struct thumb_pool *pool, const struct thumb_task *task)
{
	struct slot *best = NULL;

	for (unsigned i = 0; i < pool->n_slots; i++) {
		struct slot *slot = &pool->slots[i];

		if (slot_takes(pool, slot, task) && (!best || slot->n_tasks < best->n_tasks))
			best = slot;
	}
	return best;
}

static unsigned count_running(const struct thumb_pool *pool)
{
	unsigned count = 0;

	for (unsigned i = 0; i < pool->n_slots; i++)
		count += pool->slots[i].state != SLOT_EMPTY;
	return count;
}

static struct slot *find_empty_slot(struct thumb_pool *pool)
{
	if (count_running(pool) >= pool->crowd.allowed)
		return NULL;
	for (unsigned i = 0; i < pool->n_slots; i++)
		if (pool->slots[i].state == SLOT_EMPTY)
			return &pool->slots[i];
	return NULL;
}

int thumb_pool_start(struct thumb_pool *pool, unsigned most, struct fault *fault)
{
	struct renderer_process *processes[RENDERER_PROCESS_MOST];
	struct slot *slots[RENDERER_PROCESS_MOST];
	unsigned count = 0, running = count_running(pool);
	unsigned room = pool->crowd.allowed > running ? pool->crowd.allowed - running : 0;
	int error;

	for (unsigned i = 0; i < pool->n_slots && count < most && count < room; i++) {
		struct slot *slot = &pool->slots[i];

		if (slot->state != SLOT_EMPTY)
			continue;
		*slot = (struct slot){.state = SLOT_EMPTY};
		slots[count] = slot;
		processes[count++] = &slot->process;
	}
	if (!count)
		return 0;
	error = renderer_process_start(processes, count, pool->path, fault);
	if (error)
		return error;
	for (unsigned i = 0; i < count; i++) {
		slots[i]->state = SLOT_STARTING;
		patience_begin(&slots[i]->patience, START_TIMEOUT_MS, clock_monotonic_ms(), 0, 0);
		slots[i]->deadline_ms = slots[i]->patience.deadline_ms;
	}
	pool->has_started = true;
	log_trace("thumb_pool", "renderer %d started, and %u beside it", (int)slots[0]->process.pid,
		  count - 1);
	return 0;
}

/* What was asked for may take long by itself: that is not held against an image. */
static int64_t encoding_ms(const struct thumb_pool *pool, const struct thumb_job *job)
{
	int64_t sum_ms = 0;

	for (size_t i = 0; i < job->n_specs; i++)
		sum_ms += thumb_spec_encoding_ms(&job->specs[i], job->type, job->width_px,
						 job->height_px, pool->options.max_pixels);
	return sum_ms;
}

static void end_slot(struct slot *slot, const char *reason)
{
	snprintf(slot->reason, sizeof slot->reason, "%s", reason);
	renderer_process_kill(&slot->process);
	renderer_process_hang_up(&slot->process);
	slot->state = SLOT_ENDING;
	slot->deadline_ms = INT64_MAX;
}

/* The clock of the first task runs. */
static void begin_work(struct thumb_pool *pool, struct slot *slot)
{
	int64_t cpu_ms, extra_ms;

	if (slot->state != SLOT_READY)
		return;
	slot->deadline_ms = INT64_MAX;
	if (!slot->n_tasks) {
		if (slot->is_last)
			end_slot(slot, NO_ROOM);
		return;
	}
	cpu_ms = renderer_process_cpu_ms(&slot->process);
	extra_ms = encoding_ms(pool, &slot->tasks[0]->job);
	patience_begin(&slot->patience, pool->options.timeout_ms + extra_ms, clock_monotonic_ms(),
		       cpu_ms, renderer_process_waited_ms(&slot->process));
	slot->deadline_ms = slot->patience.deadline_ms;
	renderer_process_limit_cpu(&slot->process, cpu_ms,
				   CPU_PER_IMAGE_S + (int)(extra_ms / 1000));
}

/* Its socket is closed, so it is about to end: killed only when it does not, for its own status
 * says why. */
static void await_end(struct slot *slot)
{
	renderer_process_hang_up(&slot->process);
	slot->state = SLOT_ENDING;
	slot->deadline_ms = clock_monotonic_ms() + END_GRACE_MS;
}

static void give(struct thumb_pool *pool, struct slot *slot, struct thumb_task *task)
{
	unsigned char frame[WIRE_REQUEST_MAX_BYTES];
	struct wire_request request = {
		.number = slot->next_number + slot->n_tasks,
		.type = task->job.type,
		.bytes = task->job.bytes,
		.max_pixels = pool->options.max_pixels,
		.max_decoded_bytes = pool->options.max_decoded_bytes,
		.n_specs = task->job.n_specs,
	};

	if (request.n_specs)
		memcpy(request.specs, task->job.specs, request.n_specs * sizeof *request.specs);
	slot->tasks[slot->n_tasks++] = task;
	/* A failure shows as the end of the renderer, by which all its tasks come back. */
	if (!renderer_process_send(&slot->process, frame, wire_request_format(&request, frame),
				   task->job.fd))
		await_end(slot);
	else if (slot->n_tasks == 1)
		begin_work(pool, slot);
}

/* How many are started now, if there is a slot. Those of the first start share their libraries; who
 * comes instead of one that crashed lies elsewhere in memory, so that nobody can feel his way. */
static unsigned count_to_start(const struct thumb_pool *pool)
{
	return pool->has_started || pool->waiting.count < 2 ? 1 : MAX_FIRST_STARTS;
}

/* Idle renderers first, then new ones, then ahead of time to those that work. */
static int dispatch(struct thumb_pool *pool, struct fault *fault)
{
	while (pool->waiting.first) {
		struct slot *slot = find_slot(pool, pool->waiting.first);
		struct slot *empty = find_empty_slot(pool);

		if (empty && (!slot || slot->n_tasks)) {
			int error = thumb_pool_start(pool, count_to_start(pool), fault);

			if (error)
				return error;
			slot = empty;
		}
		if (!slot)
			return 0;
		give(pool, slot, thumb_task_list_take(&pool->waiting));
	}
	return 0;
}

int thumb_pool_submit(struct thumb_pool *pool, const struct thumb_job *job, struct fault *fault)
{
	struct thumb_task *task = alloc_zeroed(1, sizeof *task);

	task->job = *job;
	pool->is_used = true;
	if (job->n_specs > THUMB_MAX_SPECS)
		finish_as(pool, task, THUMB_UNSUPPORTED, "too many sizes");
	else if (!media_type_is_renderable(job->type))
		finish_as(pool, task, THUMB_UNSUPPORTED, media_type_name(job->type));
	else if (job->bytes > WIRE_MAX_IMAGE_BYTES)
		finish_as(pool, task, THUMB_TOO_MANY_PIXELS, "the file is larger than 1 GiB");
	else
		thumb_task_list_append(&pool->waiting, task);
	/* The first waits for the second, or for the next step: it may be the only one. */
	return pool->has_started || pool->waiting.count > 1 ? dispatch(pool, fault) : 0;
}

/* ---- what comes back ---- */

static void drop_first_task(struct slot *slot)
{
	slot->n_tasks--;
	memmove(slot->tasks, slot->tasks + 1, slot->n_tasks * sizeof *slot->tasks);
	slot->next_number++;
}

/* A whole reply stands in the reader. */
static void take_reply(struct thumb_pool *pool, struct slot *slot)
{
	struct thumb_task *task = slot->tasks[0];
	char why[128], reason[160];

	if (slot->reader.number != slot->next_number) {
		end_slot(slot, "it answered a question that was not asked");
		return;
	}
	if (!verify_result(&task->job, &slot->reader.result, why, sizeof why)) {
		snprintf(reason, sizeof reason, "it %s", why);
		end_slot(slot, reason);
		return;
	}
	task->result = slot->reader.result;
	slot->reader.result = (struct thumb_result){0};
	short_memory_excuse(&task->result);
	wire_reader_next(&slot->reader);
	drop_first_task(slot);
	slot->served++;
	crowd_calm(&pool->crowd);
	finish(pool, task);
	begin_work(pool, slot);
}

static void take_replies(struct thumb_pool *pool, struct slot *slot, const unsigned char *data,
			 size_t length_bytes)
{
	while (length_bytes && slot->state == SLOT_READY) {
		size_t used_bytes;

		if (!slot->n_tasks) {
			end_slot(slot, "it spoke without being asked");
			return;
		}
		wire_reader_feed(&slot->reader, data, length_bytes, slot->tasks[0]->job.n_specs,
				 verify_most_bytes(&slot->tasks[0]->job), &used_bytes);
		data += used_bytes;
		length_bytes -= used_bytes;
		if (slot->reader.state == WIRE_BAD)
			end_slot(slot, "it broke the protocol");
		else if (slot->reader.state == WIRE_DONE)
			take_reply(pool, slot);
	}
}

/* Landlock is asked for where this kernel has it: the renderer leaves out what did not work. */
static bool is_confined(const char *sandbox)
{
	return strstr(sandbox, "no-new-privileges") && strstr(sandbox, "rlimits") &&
	       strstr(sandbox, "seccomp");
}

static int take_hello(struct thumb_pool *pool, struct slot *slot, struct fault *fault)
{
	const struct wire_hello *hello = &slot->hello.hello;

	if (pool->options.require_sandbox && !is_confined(hello->sandbox))
		return fault_raise(fault, -EPERM, "%s: sandbox: only %s", pool->path,
				   hello->sandbox);
	if (pool->version[0] && strcmp(pool->version, hello->version))
		return fault_raise(fault, -ESTALE, "%s: was replaced during this run (%s, now %s)",
				   pool->path, pool->version, hello->version);
	if (pool->options.needs_avif && strstr(hello->version, WIRE_NO_AVIF))
		return fault_raise(
			fault, -ENOSYS,
			"%s: cannot encode AVIF, which a thumbnail's format is: install the "
			"encoder of libheif (Debian: libheif-plugin-aomenc), or choose "
			"webp, jpeg or png",
			pool->path);
	memcpy(pool->version, hello->version, sizeof pool->version);
	memcpy(pool->sandbox, hello->sandbox, sizeof pool->sandbox);
	if (!pool->files)
		pool->files = buf_steal(&slot->hello.files);
	pool->failed_starts = 0;
	slot->state = SLOT_READY;
	begin_work(pool, slot);
	return 0;
}

static int take_bytes(struct thumb_pool *pool, struct slot *slot, const unsigned char *data,
		      size_t length_bytes, struct fault *fault)
{
	if (slot->state == SLOT_STARTING) {
		size_t used_bytes;
		enum wire_state state =
			wire_hello_reader_feed(&slot->hello, data, length_bytes, &used_bytes);
		int error = state == WIRE_DONE ? take_hello(pool, slot, fault) : 0;

		if (error)
			return error;
		if (state == WIRE_BAD)
			end_slot(slot, "it did not say hello");
		data += used_bytes;
		length_bytes -= used_bytes;
	}
	take_replies(pool, slot, data, length_bytes);
	return 0;
}

static int read_slot(struct thumb_pool *pool, struct slot *slot, struct fault *fault)
{
	ssize_t got = 0;
	int error;

	renderer_process_read_stderr(&slot->process);
	for (int i = 0; i < MAX_READS_PER_STEP; i++) {
		if (slot->state != SLOT_STARTING && slot->state != SLOT_READY)
			return 0;
		got = renderer_process_read(&slot->process, pool->scratch, sizeof pool->scratch);
		if (got == -EAGAIN)
			return 0;
		if (got <= 0) {
			await_end(slot);
			return 0;
		}
		error = take_bytes(pool, slot, pool->scratch, (size_t)got, fault);
		if (error)
			return error;
	}
	return 0;
}

/* ---- ends ---- */

/* The task that was in work when a renderer ended. Of one that the system has killed, not we, it is
 * only known that it took more than there was: elsewhere, or later, it may not. */
static void blame(struct thumb_pool *pool, struct thumb_task *task, const char *why,
		  bool may_lack_memory)
{
	char message[400]; /* cut to what a result holds */

	task->tries++;
	if (task->tries < MAX_TRIES) {
		thumb_task_list_prepend(&pool->waiting, task);
		return;
	}
	snprintf(message, sizeof message, "the renderer failed twice%s: %s",
		 may_lack_memory ? ", as it may where memory is short" : "", why);
	finish_as(pool, task, may_lack_memory ? THUMB_TOO_MANY_PIXELS : THUMB_CRASHED, message);
}

static bool another_works(const struct thumb_pool *pool, const struct slot *slot)
{
	for (unsigned i = 0; i < pool->n_slots; i++) {
		const struct slot *other = &pool->slots[i];

		if (other != slot && other->state != SLOT_EMPTY &&
		    (other->n_tasks || other->state == SLOT_STARTING))
			return true;
	}
	return false;
}

/* The system killed one: from now on there are fewer. Those too many end with what they have. */
static void make_room(struct thumb_pool *pool)
{
	unsigned n_open = 0;

	crowd_shrink(&pool->crowd);
	log_trace("thumb_pool", "memory is short: %u renderers at once", pool->crowd.allowed);
	for (unsigned i = 0; i < pool->n_slots; i++) {
		struct slot *slot = &pool->slots[i];

		if (!slot_is_open(slot) || ++n_open <= pool->crowd.allowed)
			continue;
		slot->is_last = true;
		if (slot->state == SLOT_READY && !slot->n_tasks)
			end_slot(slot, NO_ROOM);
	}
}

static int count_failed_start(struct thumb_pool *pool, const char *why, struct fault *fault)
{
	pool->failed_starts++;
	if (pool->failed_starts < MAX_FAILED_STARTS)
		return 0;
	return fault_raise(fault, -EIO, "%s: start: %s", pool->path, why);
}

/* The renderer is gone: its tasks go back to the front of the queue in their order. */
static int bury(struct thumb_pool *pool, struct slot *slot, struct fault *fault)
{
	bool had_started = slot->hello.state == WIRE_DONE;
	/* One that never came to be is the failure of the one that was to fork it. */
	bool is_nobody = !slot->process.pid;
	bool was_killed = !slot->reason[0] && renderer_process_was_killed(&slot->process);
	bool may_lack_memory = was_killed || (!slot->reason[0] && short_memory_is_set());
	/* Alone it may have enough: that is tried before the image is blamed. */
	bool was_crowded = was_killed && another_works(pool, slot);
	char why[sizeof slot->process.last_words + 64];

	renderer_process_read_stderr(&slot->process);
	if (slot->reason[0])
		snprintf(why, sizeof why, "%s", slot->reason);
	else
		renderer_process_describe_end(&slot->process, why, sizeof why);
	log_trace("thumb_pool", "renderer %d after %u images: %s", (int)slot->process.pid,
		  slot->served, why);
	for (unsigned i = slot->n_tasks; i-- > 1;)
		thumb_task_list_prepend(&pool->waiting, slot->tasks[i]);
	if (slot->n_tasks && had_started && !was_crowded)
		blame(pool, slot->tasks[0], why, may_lack_memory);
	else if (slot->n_tasks)
		thumb_task_list_prepend(&pool->waiting, slot->tasks[0]);
	renderer_process_release(&slot->process);
	wire_hello_reader_release(&slot->hello);
	wire_reader_release(&slot->reader);
	*slot = (struct slot){.state = SLOT_EMPTY, .process = RENDERER_PROCESS_INIT};
	if (was_killed)
		make_room(pool);
	return had_started || is_nobody || was_crowded ? 0 : count_failed_start(pool, why, fault);
}

static void check_deadline(struct slot *slot, int64_t now_ms)
{
	char reason[64];

	if (slot->state == SLOT_READY && !slot->n_tasks && slot->served >= IMAGES_PER_RENDERER)
		end_slot(slot, "its time was up");
	if (slot->state == SLOT_EMPTY || now_ms < slot->deadline_ms)
		return;
	if (slot->state == SLOT_ENDING) {
		end_slot(slot, "it stopped listening");
		return;
	}
	if (!patience_is_over(&slot->patience, now_ms, renderer_process_cpu_ms(&slot->process),
			      renderer_process_waited_ms(&slot->process))) {
		slot->deadline_ms = slot->patience.deadline_ms;
		return;
	}
	snprintf(reason, sizeof reason, "it took longer than %lld ms",
		 (long long)slot->patience.limit_ms);
	end_slot(slot, reason);
}

/* Everything that has come is read before any clock is looked at: a caller that was busy for long
 * must not find a renderer guilty that had answered in time. */
int thumb_pool_step(struct thumb_pool *pool, struct fault *fault)
{
	int64_t now_ms;
	int error = 0;

	for (unsigned i = 0; !error && i < pool->n_slots; i++)
		error = read_slot(pool, &pool->slots[i], fault);
	now_ms = clock_monotonic_ms();
	for (unsigned i = 0; !error && i < pool->n_slots; i++) {
		struct slot *slot = &pool->slots[i];

		check_deadline(slot, now_ms);
		if (slot->state == SLOT_ENDING && renderer_process_reap(&slot->process))
			error = bury(pool, slot, fault);
	}
	if (!error)
		error = dispatch(pool, fault);
	return error ? fault_wrap(fault, error, "thumbnails: run the renderers") : 0;
}

bool thumb_pool_has_next(const struct thumb_pool *pool)
{
	return pool->finished.count > 0;
}

bool thumb_pool_next(struct thumb_pool *pool, struct thumb_result *ret_result)
{
	struct thumb_task *task = thumb_task_list_take(&pool->finished);

	if (!task)
		return false;
	*ret_result = task->result;
	task->result = (struct thumb_result){0};
	thumb_task_free(task);
	return true;
}

void thumb_pool_cancel(struct thumb_pool *pool)
{
	struct thumb_task *task;

	for (unsigned i = 0; i < pool->n_slots; i++) {
		struct slot *slot = &pool->slots[i];

		if (!slot->n_tasks)
			continue;
		for (unsigned j = 0; j < slot->n_tasks; j++)
			finish_as(pool, slot->tasks[j], THUMB_CANCELLED, "");
		slot->n_tasks = 0;
		end_slot(slot, "its work was cancelled");
	}
	while ((task = thumb_task_list_take(&pool->waiting)))
		finish_as(pool, task, THUMB_CANCELLED, "");
}

/* ---- what to wait for ---- */

unsigned thumb_pool_fds(const struct thumb_pool *pool, struct pollfd *ret_fds, unsigned max)
{
	unsigned count = 0;

	for (unsigned i = 0; i < pool->n_slots && count < max; i++)
		if (pool->slots[i].process.socket_fd >= 0)
			ret_fds[count++] = (struct pollfd){.fd = pool->slots[i].process.socket_fd,
							   .events = POLLIN};
	return count;
}

int64_t thumb_pool_deadline_ms(const struct thumb_pool *pool)
{
	int64_t deadline_ms = INT64_MAX;

	if (pool->waiting.first && !pool->has_started)
		return 0;
	for (unsigned i = 0; i < pool->n_slots; i++) {
		const struct slot *slot = &pool->slots[i];
		int64_t own_ms = INT64_MAX;

		if (slot->state == SLOT_ENDING)
			own_ms = clock_monotonic_ms() + REAP_INTERVAL_MS;
		else if (slot->state != SLOT_EMPTY)
			own_ms = slot->deadline_ms;
		if (own_ms < deadline_ms)
			deadline_ms = own_ms;
	}
	return deadline_ms;
}
