/*
 * renderer_process.h: one running picdesk-renderer, seen from outside: its start, socket, stderr,
 * limits and end.
 *
 *	renderer_process_start(processes, count, path, &fault);
 *	renderer_process_send(&process, frame, length, fd); renderer_process_read(&process, ...);
 *	renderer_process_kill(&process); ... until renderer_process_reap(&process)
 *
 * Nothing here blocks but the last two calls. What the process says is bytes; thumb_pool.c knows
 * what they mean.
 */
#ifndef RENDERER_PROCESS_H
#define RENDERER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fault.h"
#include "wire.h"

struct renderer_process {
	pid_t pid;     /* 0: none, or not known before it has said something */
	int socket_fd; /* -1: closed */
	int stderr_fd;
	bool has_ended;
	int wait_status;      /* of waitpid(), once it has ended */
	char last_words[240]; /* the end of what it wrote to stderr */
	size_t last_words_bytes;
};

#define RENDERER_PROCESS_INIT ((struct renderer_process){.socket_fd = -1, .stderr_fd = -1})

/* The first is started by exec; it forks the others when it has loaded its libraries
 * (renderer/siblings.h), at most RENDERER_PROCESS_MOST in all. */
#define RENDERER_PROCESS_MOST (1 + WIRE_MAX_SIBLINGS)
int renderer_process_start(struct renderer_process *const *processes, unsigned count,
			   const char *path, struct fault *fault);
/* The frame with a descriptor on it. False when the process does not take it. */
bool renderer_process_send(struct renderer_process *process, const void *frame, size_t length_bytes,
			   int fd);
/* Bytes read; 0 at the end; -EAGAIN when there are none now; else a negative errno. */
ssize_t renderer_process_read(struct renderer_process *process, void *data, size_t size_bytes);
void renderer_process_read_stderr(struct renderer_process *process);
/* Of all its threads, so far; -1 when it has ended, or its pid is not known. */
int64_t renderer_process_cpu_ms(const struct renderer_process *process);
/* How long its threads could have run and had no core, so far; -1: not known (proc(5)). */
int64_t renderer_process_waited_ms(const struct renderer_process *process);
/* RLIMIT_CPU counts a life: it may use that much more than renderer_process_cpu_ms() said. */
void renderer_process_limit_cpu(const struct renderer_process *process, int64_t used_ms,
				int seconds);
/* Closes the socket: an idle renderer ends by itself. */
void renderer_process_hang_up(struct renderer_process *process);
void renderer_process_kill(struct renderer_process *process);
/* True once the process is gone and its wait status known. */
bool renderer_process_reap(struct renderer_process *process);
/* Of one that has ended: by SIGKILL, which it cannot send itself. */
bool renderer_process_was_killed(const struct renderer_process *process);
/* Why it ended, for people: "killed by signal 11 (Segmentation fault): last words". */
void renderer_process_describe_end(const struct renderer_process *process, char *ret_text,
				   size_t size_bytes);
/* Kills and waits; then as after INIT. */
void renderer_process_release(struct renderer_process *process);

/* What `path argument` prints on stdout, as much as has room; asked anew when a signal ends it, up
 * to three times. The one call here that waits for an answer, at most 30 s each time. */
int renderer_process_ask(const char *path, const char *argument, char *ret_text, size_t size_bytes,
			 struct fault *fault);

#endif
