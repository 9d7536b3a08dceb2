#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "renderer_identity.h"
#include "thumb_pool_private.h"

static int wait_ms(const struct thumb_pool *pool)
{
	int64_t left_ms = thumb_pool_deadline_ms(pool) - clock_monotonic_ms();

	return left_ms < 0 ? 0 : left_ms > START_TIMEOUT_MS ? START_TIMEOUT_MS : (int)left_ms;
}

static int ask_line(struct thumb_pool *pool, const char *argument, char *ret_text,
		    size_t size_bytes, struct fault *fault)
{
	char text[512];
	int error = renderer_process_ask(pool->path, argument, text, sizeof text, fault);

	if (error)
		return error;
	snprintf(ret_text, size_bytes, "%.*s", (int)strcspn(text, "\n"), text);
	return 0;
}

int thumb_pool_renderer_version(struct thumb_pool *pool, const char **ret_version,
				struct fault *fault)
{
	int error = 0;

	if (!pool->version[0])
		error = ask_line(pool, "--version", pool->version, sizeof pool->version, fault);
	if (error)
		return fault_wrap(fault, error, "thumbnails: ask for the renderer's version");
	*ret_version = pool->version;
	return 0;
}

int thumb_pool_start_early(struct thumb_pool *pool, struct fault *fault)
{
	return pool->has_started ? 0 : thumb_pool_start(pool, MAX_FIRST_STARTS, fault);
}

bool thumb_pool_is_starting(const struct thumb_pool *pool)
{
	for (unsigned i = 0; i < pool->n_slots && !pool->files; i++)
		if (pool->slots[i].state == SLOT_STARTING)
			return true;
	return false;
}

/* Waits for the first one: nothing can be looked up before. */
static int await_hello(struct thumb_pool *pool, struct fault *fault)
{
	struct pollfd fds[MAX_RENDERERS];
	int error = 0;

	while (!error && !pool->files) {
		if (!thumb_pool_fds(pool, fds, 1))
			error = thumb_pool_start(pool, MAX_FIRST_STARTS, fault);
		if (error)
			break;
		poll(fds, thumb_pool_fds(pool, fds, MAX_RENDERERS), wait_ms(pool));
		error = thumb_pool_step(pool, fault);
	}
	return error;
}

int thumb_pool_recall_version(struct thumb_pool *pool, const char *remembered, char **ret_remember,
			      const char **ret_version, struct fault *fault)
{
	char *remember = NULL;
	int error;

	if (remembered && renderer_identity_is_same(pool->path, remembered)) {
		snprintf(pool->version, sizeof pool->version, "%.*s",
			 (int)strcspn(remembered, "\n"), remembered);
	} else {
		error = await_hello(pool, fault);
		if (error)
			return fault_wrap(fault, error,
					  "thumbnails: ask for the renderer's version");
		remember = renderer_identity_new(pool->path, pool->version, pool->files);
	}
	*ret_version = pool->version;
	*ret_remember = remember;
	return 0;
}

int thumb_pool_sandbox(struct thumb_pool *pool, const char **ret_description, struct fault *fault)
{
	int error = 0;

	if (!pool->sandbox[0])
		error = ask_line(pool, "--sandbox", pool->sandbox, sizeof pool->sandbox, fault);
	if (error)
		return fault_wrap(fault, error, "thumbnails: ask what confines the renderer");
	*ret_description = pool->sandbox;
	return 0;
}

const char *thumb_pool_sandbox_of_run(const struct thumb_pool *pool)
{
	return pool->is_used && pool->sandbox[0] ? pool->sandbox : NULL;
}
