#include "task.h"

#include <stdlib.h>

#include "alloc.h"
#include "redirect.h"

static char *copy_or_null(const char *text)
{
	return text ? alloc_string(text) : NULL;
}

struct task *task_new(const struct fetch_request *request)
{
	struct task *task = alloc_zeroed(1, sizeof *task);

	task->url = alloc_string(request->url);
	task->entity_tag = copy_or_null(request->entity_tag);
	task->last_modified = copy_or_null(request->last_modified);
	task->first_bytes = request->first_bytes;
	task->validators_url = copy_or_null(request->validators_url);
	task->sink = request->sink;
	task->owner = request->owner;
	task->may_start = request->may_start;
	return task;
}

void task_free(struct task *task)
{
	if (!task)
		return;
	fetch_response_release(task->response);
	free(task->response);
	free(task->url);
	free(task->entity_tag);
	free(task->last_modified);
	free(task->validators_url);
	free(task);
}

struct fetch_response *task_response(struct task *task)
{
	if (!task->response) {
		task->response = alloc_zeroed(1, sizeof *task->response);
		task->response->owner = task->owner;
	}
	return task->response;
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
		.url = task->url,
		.fields = response->fields,
		.response_time_s = response->response_time_s,
	};
	response->fields = (struct http_fields){0};
	task->url = target;
	task->retries = 0;
	task->is_raw = false;
}

void task_hand_out(struct task *task, struct fetch_response *ret_response)
{
	*ret_response = *task_response(task);
	ret_response->final_url = task->url;
	task->url = NULL;
	free(task->response);
	task->response = NULL;
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
