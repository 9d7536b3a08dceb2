/*
 * task.h: one request on its way: what was asked, where it stands, the response in the making.
 *
 * Waiting tasks are many (100,000), so a task is small; the rest is made when it first runs or
 * ends.
 */
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetcher.h"
#include "host_queue.h"

struct curl_slist;
struct host;
struct transfer;

/* Of a task whose turn has come, or that has ended. */
struct task_run {
	struct fetch_details details;
	struct fetch_response response;
	struct transfer *transfer; /* while it runs */
	size_t running_index;
	uint64_t number;         /* of the transfer, counted from 1 */
	char *target;            /* a redirect's: the task's url then; owned */
	unsigned retries;        /* of this hop */
	uint64_t received_bytes; /* of all bodies, before the transfer */
	bool is_raw;             /* do not decode: the Content-Encoding of this hop is unknown */
	bool is_asked_anew;      /* the network came back */
	bool is_rested;          /* its host rested for its last attempt */
	int64_t refused_ms;      /* for the first time; 0: never */
	bool is_refused;         /* its last attempt was: 429, 503, or closed without a word */
	bool is_fresh;           /* of this hop: the last connection was given up, or hung */
};

struct task {
	struct queue_item item; /* the first member: task_of_item(); in a list, too */
	const char *url;        /* of the present hop; borrowed */
	void *owner;
	bool (*prepare)(void *owner, struct fetch_details *ret_details); /* NULL: it was asked */
	struct task_run *run;                                            /* or NULL */
};

struct task *task_new(const struct fetch_request *request);
void task_free(struct task *task);
static inline struct task *task_of_item(struct queue_item *item)
{
	return (struct task *)(void *)item;
}

/* In a list. */
static inline struct task *task_after(const struct task *task)
{
	return task->item.next ? task_of_item(task->item.next) : NULL;
}

/* Of `url`; NULL before it was routed. */
struct host *task_host(const struct task *task);
void task_set_host(struct task *task, struct host *host);
/* Made on demand. */
struct task_run *task_run(struct task *task);
struct fetch_response *task_response(struct task *task);
/* false: it is no longer wanted. */
bool task_prepare(struct task *task);
void task_set_outcome(struct task *task, enum fetch_outcome outcome, const char *message);
/* The present URL answered with a redirect; `target` (taken over) is the present one now. */
void task_follow(struct task *task, int status, char *target);
/* The fields that its next request carries; borrowed. The host's own ones stay behind where https
 * led to http, and where another port of the name may be another one's. */
struct curl_slist *task_headers(const struct task *task);
/* Moves the response out, and frees the task. */
void task_hand_out(struct task *task, struct fetch_response *ret_response);

#endif
