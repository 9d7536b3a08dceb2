#include "task.h"

#include <stdlib.h>

#include "alloc.h"
#include "hosts.h"
#include "redirect.h"

struct task *task_new(const struct fetch_request *request)
{
	struct task *task = alloc_zeroed(1, sizeof *task);

	task->url = request->url;
	task->owner = request->owner;
	task->prepare = request->prepare;
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
	task->url = task->run->target = target;
	task->run->retries = 0;
	task->run->is_raw = false;
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
