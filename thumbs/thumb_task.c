#include "thumb_task.h"

#include <stdlib.h>
#include <unistd.h>

void thumb_task_list_append(struct thumb_task_list *list, struct thumb_task *task)
{
	task->next = NULL;
	if (list->last)
		list->last->next = task;
	else
		list->first = task;
	list->last = task;
	list->count++;
}

void thumb_task_list_prepend(struct thumb_task_list *list, struct thumb_task *task)
{
	task->next = list->first;
	list->first = task;
	if (!list->last)
		list->last = task;
	list->count++;
}

struct thumb_task *thumb_task_list_take(struct thumb_task_list *list)
{
	struct thumb_task *task = list->first;

	if (!task)
		return NULL;
	list->first = task->next;
	if (!list->first)
		list->last = NULL;
	list->count--;
	return task;
}

void thumb_task_free(struct thumb_task *task)
{
	if (task->job.fd >= 0)
		close(task->job.fd);
	thumb_result_release(&task->result);
	free(task);
}
