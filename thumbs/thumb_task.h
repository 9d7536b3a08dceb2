/*
 * thumb_task.h: the jobs of a pool in their order, each with its result once there is one.
 */
#ifndef THUMB_TASK_H
#define THUMB_TASK_H

#include <stddef.h>

#include "thumbs.h"

struct thumb_task {
	struct thumb_job job; /* its fd stays open here: a second try needs it */
	unsigned tries;       /* that ended with the renderer */
	struct thumb_result result;
	struct thumb_task *next;
};

/* Zeroed: empty. */
struct thumb_task_list {
	struct thumb_task *first, *last;
	size_t count;
};

void thumb_task_list_append(struct thumb_task_list *list, struct thumb_task *task);
void thumb_task_list_prepend(struct thumb_task_list *list, struct thumb_task *task);
struct thumb_task *thumb_task_list_take(struct thumb_task_list *list); /* the first, or NULL */
/* Closes the job's descriptor. */
void thumb_task_free(struct thumb_task *task);

#endif
