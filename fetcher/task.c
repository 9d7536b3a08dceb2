#include "task.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "hosts.h"
#include "redirect.h"

struct task *task_new(const struct fetch_request *request)
{
	struct task *task = alloc_zeroed(1, sizeof *task);

	task->url = request->url;
	task->owner = request->owner;
	task->prepare = request->prepare;
	task->item.seen_s = request->seen_s;
	return task;
}

void task_free(struct task *task)
{
	if (task->run) {
		fetch_response_release(&task->run->response);
		free(task->run->target);
		free(task->run);
	}
	free(task);
}

struct host *task_host(const struct task *task)
{
	return task->item.host ? host_of_queue(task->item.host) : NULL;
}

void task_set_host(struct task *task, struct host *host)
{
	task->item.host = host ? &host->queue : NULL;
}

struct task_run *task_run(struct task *task)
{
	if (!task->run) {
		task->run = alloc_zeroed(1, sizeof *task->run);
		task->run->response.owner = task->owner;
	}
	return task->run;
}

struct fetch_response *task_response(struct task *task)
{
	return &task_run(task)->response;
}

bool task_prepare(struct task *task)
{
	bool (*prepare)(void *owner, struct fetch_details *ret_details) = task->prepare;

	task->prepare = NULL;
	return !prepare || prepare(task->owner, &task_run(task)->details);
}

void task_set_outcome(struct task *task, enum fetch_outcome outcome, const char *message)
{
	struct fetch_response *response = task_response(task);
	char *copy = alloc_string(message);

	free(response->message);
	response->message = copy;
	response->outcome = outcome;
}

void task_follow(struct task *task, int status, char *target)
{
	struct fetch_response *response = task_response(task);

	response->hops =
		alloc_resized(response->hops, response->n_hops + 1, sizeof *response->hops);
	response->is_permanent =
		redirect_is_permanent(status) && (!response->n_hops || response->is_permanent);
	response->hops[response->n_hops++] = (struct fetch_hop){
		.status = status,
		.url = task->run->target ? task->run->target : alloc_string(task->url),
		.fields = response->fields,
		.response_time_s = response->response_time_s,
	};
	response->fields = (struct http_fields){0};
	response->status = 0;
	task->url = task->run->target = target;
	task->run->retries = 0;
	task->run->refused_ms = 0;
	task->run->is_refused = false;
	task->run->is_raw = task->run->is_fresh = task->run->is_rested = false;
}

/* What an answer over TLS led to without it: secrets do not go there in clear text, though the host
 * is theirs. */
static bool is_downgraded(const struct task *task)
{
	const struct fetch_response *response = &task->run->response;
	bool was_https = false;

	for (size_t i = 0; i < response->n_hops; i++)
		was_https = was_https || !strncmp(response->hops[i].url, "https:", 6);
	return was_https && strncmp(task->url, "https:", 6) != 0;
}

/* "example.org." is the same host, for the settings as well. */
static bool is_same_name(const char *a, const char *b)
{
	size_t a_bytes = strlen(a), b_bytes = strlen(b);

	a_bytes -= a_bytes && a[a_bytes - 1] == '.';
	b_bytes -= b_bytes && b[b_bytes - 1] == '.';
	return a_bytes == b_bytes && !memcmp(a, b, a_bytes);
}

/* From another port of the same name: there, another one's server may be. */
static bool is_at_other_port(const struct task *task)
{
	const struct fetch_response *response = &task->run->response;
	CLEANUP(url_release) struct url here = {0};
	bool is_other = false;

	if (!response->n_hops || url_parse(task->url, strlen(task->url), NULL, &here))
		return false;
	for (size_t i = 0; i < response->n_hops; i++) {
		CLEANUP(url_release) struct url hop = {0};
		const char *text = response->hops[i].url;

		if (!url_parse(text, strlen(text), NULL, &hop))
			is_other = is_other ||
				   (is_same_name(hop.host, here.host) && hop.port != here.port);
	}
	return is_other;
}

struct curl_slist *task_headers(const struct task *task)
{
	const struct host *host = task_host(task);

	if (!host->common_headers)
		return host->headers;
	if (is_downgraded(task) || (!host->is_port_named && is_at_other_port(task)))
		return host->common_headers;
	return host->headers;
}

void task_hand_out(struct task *task, struct fetch_response *ret_response)
{
	struct task_run *run = task_run(task);

	*ret_response = run->response;
	ret_response->final_url = run->target ? run->target : alloc_string(task->url);
	run->target = NULL;
	run->response = (struct fetch_response){0};
	task_free(task);
}

void fetch_response_release(struct fetch_response *response)
{
	if (!response)
		return;
	for (size_t i = 0; i < response->n_hops; i++) {
		free(response->hops[i].url);
		http_fields_release(&response->hops[i].fields);
	}
	free(response->hops);
	http_fields_release(&response->fields);
	free(response->final_url);
	free(response->message);
	*response = (struct fetch_response){0};
}
