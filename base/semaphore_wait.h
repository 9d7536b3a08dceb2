/*
 * semaphore_wait.h: sem_wait(3) that a signal does not end.
 */
#ifndef SEMAPHORE_WAIT_H
#define SEMAPHORE_WAIT_H

#include <semaphore.h>

static inline void semaphore_wait(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0)
		;
}

#endif
