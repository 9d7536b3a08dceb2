#include "renderer_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"

#define SERVICE_FD 3
#define ASK_TIMEOUT_MS 30000
#define MAX_ASKS 3 /* of one that is killed: short memory ends processes at random */
#define LAST_LINE_BYTES 80
#define PIPE_BYTES 65536
/* Room for a result of three sizes, so that a renderer goes on while its parent is busy; the kernel
 * may give less. */
#define SOCKET_BUFFER_BYTES (2 << 20)

/* What of the environment reaches a renderer: nothing that could change its bytes. */
static char *const *renderer_environment(char **ret_strings, size_t max)
{
	static const char *const kept[] = {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS",
					   "LSAN_OPTIONS"};
	size_t count = 0;

	ret_strings[count++] = alloc_string("LC_ALL=C");
	ret_strings[count++] = alloc_string("VIPS_CONCURRENCY=1");
	ret_strings[count++] = alloc_string("MALLOC_ARENA_MAX=2");
	for (size_t i = 0; i < ARRAY_LENGTH(kept) && count + 1 < max; i++)
		if (getenv(kept[i]))
			ret_strings[count++] = alloc_printf("%s=%s", kept[i], getenv(kept[i]));
	ret_strings[count] = NULL;
	return ret_strings;
}

static void free_strings(char **strings)
{
	for (; *strings; strings++)
		free(*strings);
}

/* A signal mask and dispositions that the caller's program has no say in. */
static void reset_signals(posix_spawnattr_t *attributes)
{
	sigset_t none, reset;

	sigemptyset(&none);
	sigemptyset(&reset);
	sigaddset(&reset, SIGPIPE);
	sigaddset(&reset, SIGXCPU);
	sigaddset(&reset, SIGCHLD);
	posix_spawnattr_setsigmask(attributes, &none);
	posix_spawnattr_setsigdefault(attributes, &reset);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* Starts `path argument` with those descriptors; -1: /dev/null, or none for the service. */
static int spawn(const char *path, const char *argument, int stdout_fd, int stderr_fd,
		 int service_fd, pid_t *ret_pid)
{
	char *const arguments[] = {(char *)(uintptr_t)path, (char *)(uintptr_t)argument, NULL};
	char *environment[8];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	reset_signals(&attributes);
	/* The service first: its descriptor may be one of 0, 1, 2 in a program that closed those.
	 */
	if (service_fd >= 0)
		posix_spawn_file_actions_adddup2(&actions, service_fd, SERVICE_FD);
	if (stdout_fd >= 0)
		posix_spawn_file_actions_adddup2(&actions, stdout_fd, STDOUT_FILENO);
	else
		posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, stderr_fd, STDERR_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	error = posix_spawn(ret_pid, path, &actions, &attributes, arguments,
			    renderer_environment(environment, ARRAY_LENGTH(environment)));
	free_strings(environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

/* Above the descriptors that the new process will be given, so that no dup2() overwrites another.
 */
static int move_up(int *fd)
{
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, SERVICE_FD + 1);

	if (moved < 0)
		return -errno;
	close(*fd);
	*fd = moved;
	return 0;
}

int renderer_process_start(struct renderer_process *process, const char *path, struct fault *fault)
{
	int sockets[2] = {-1, -1}, pipes[2] = {-1, -1}, size_bytes = SOCKET_BUFFER_BYTES, error;

	*process = RENDERER_PROCESS_INIT;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return fault_raise(fault, -errno, "%s: socket: %s", path, strerror(errno));
	CLEANUP(cleanup_close) int service_fd = sockets[1];

	process->socket_fd = sockets[0];
	if (pipe2(pipes, O_CLOEXEC)) {
		error = fault_raise(fault, -errno, "%s: pipe: %s", path, strerror(errno));
		renderer_process_release(process);
		return error;
	}
	CLEANUP(cleanup_close) int child_stderr_fd = pipes[1];

	process->stderr_fd = pipes[0];
	fcntl(process->socket_fd, F_SETFL, O_NONBLOCK);
	fcntl(process->stderr_fd, F_SETFL, O_NONBLOCK);
	setsockopt(service_fd, SOL_SOCKET, SO_SNDBUF, &size_bytes, sizeof size_bytes);
	error = move_up(&service_fd);
	if (!error)
		error = move_up(&child_stderr_fd);
	if (!error)
		error = spawn(path, "--serve", -1, child_stderr_fd, service_fd, &process->pid);
	if (error) {
		process->pid = 0;
		renderer_process_release(process);
		return fault_raise(fault, error, "%s: start: %s", path, strerror(-error));
	}
	return 0;
}

bool renderer_process_send(struct renderer_process *process, const void *frame, size_t length_bytes,
			   int fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec piece = {(void *)(uintptr_t)frame, length_bytes};
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	ssize_t sent;

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
	do
		sent = sendmsg(process->socket_fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	/* A handful of requests fits into any socket buffer: less than all means that it is not being read.
	 */
	return sent == (ssize_t)length_bytes;
}

ssize_t renderer_process_read(struct renderer_process *process, void *data, size_t size_bytes)
{
	ssize_t got;

	do
		got = recv(process->socket_fd, data, size_bytes, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/* Keeps the newest bytes. */
static void remember_words(struct renderer_process *process, const char *text, size_t length_bytes)
{
	const size_t max_bytes = sizeof process->last_words;
	size_t kept_bytes = process->last_words_bytes;

	if (length_bytes > max_bytes) {
		text += length_bytes - max_bytes;
		length_bytes = max_bytes;
	}
	if (kept_bytes > max_bytes - length_bytes)
		kept_bytes = max_bytes - length_bytes;
	memmove(process->last_words, process->last_words + process->last_words_bytes - kept_bytes,
		kept_bytes);
	memcpy(process->last_words + kept_bytes, text, length_bytes);
	process->last_words_bytes = kept_bytes + length_bytes;
}

/* As much as a pipe holds: one that writes without end must not keep us here. */
void renderer_process_read_stderr(struct renderer_process *process)
{
	char text[4096];

	if (process->stderr_fd < 0)
		return;
	for (int i = 0; i < PIPE_BYTES / (int)sizeof text; i++) {
		ssize_t got = read(process->stderr_fd, text, sizeof text);

		if (got <= 0)
			return;
		remember_words(process, text, (size_t)got);
	}
}

int64_t renderer_process_cpu_ms(const struct renderer_process *process)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(process->pid, &clock) || clock_gettime(clock, &used))
		return -1;
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

void renderer_process_allow_cpu(struct renderer_process *process, int seconds)
{
	int64_t used_ms = renderer_process_cpu_ms(process);
	struct rlimit limit = {.rlim_max = RLIM_INFINITY};

	if (used_ms < 0)
		return;
	limit.rlim_cur = (rlim_t)(used_ms / 1000) + 1 + (rlim_t)seconds;
	prlimit(process->pid, RLIMIT_CPU, &limit, NULL);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void renderer_process_hang_up(struct renderer_process *process)
{
	close_fd(&process->socket_fd);
}

void renderer_process_kill(struct renderer_process *process)
{
	if (process->pid > 0 && !process->has_ended)
		kill(process->pid, SIGKILL);
}

static bool reap(struct renderer_process *process, int options)
{
	pid_t pid;

	if (process->pid <= 0 || process->has_ended)
		return true;
	do
		pid = waitpid(process->pid, &process->wait_status, options);
	while (pid < 0 && errno == EINTR);
	/* ECHILD: someone else in this program has waited for it. */
	process->has_ended = pid != 0;
	return process->has_ended;
}

bool renderer_process_reap(struct renderer_process *process)
{
	return reap(process, WNOHANG);
}

/* The end of its last line; what is no printable ASCII (it may be a piece of an image) as blanks.
 */
static void copy_last_line(const struct renderer_process *process, char ret_text[LAST_LINE_BYTES])
{
	const char *words = process->last_words;
	size_t end = process->last_words_bytes, start, length_bytes;

	while (end && (unsigned char)words[end - 1] <= ' ')
		end--;
	for (start = end; start && words[start - 1] != '\n' && end - start + 1 < LAST_LINE_BYTES;)
		start--;
	length_bytes = end - start;
	for (size_t i = 0; i < length_bytes; i++)
		ret_text[i] =
			words[start + i] >= ' ' && words[start + i] <= '~' ? words[start + i] : ' ';
	ret_text[length_bytes] = '\0';
}

void renderer_process_describe_end(const struct renderer_process *process, char *ret_text,
				   size_t size_bytes)
{
	char words[LAST_LINE_BYTES];
	size_t used_bytes;

	if (WIFSIGNALED(process->wait_status))
		snprintf(ret_text, size_bytes, "killed by signal %d (%s)",
			 WTERMSIG(process->wait_status), strsignal(WTERMSIG(process->wait_status)));
	else
		snprintf(ret_text, size_bytes, "ended with status %d",
			 WEXITSTATUS(process->wait_status));
	copy_last_line(process, words);
	used_bytes = strlen(ret_text);
	if (words[0])
		snprintf(ret_text + used_bytes, size_bytes - used_bytes, ": %s", words);
}

void renderer_process_release(struct renderer_process *process)
{
	if (!process)
		return;
	renderer_process_kill(process);
	close_fd(&process->socket_fd);
	close_fd(&process->stderr_fd);
	reap(process, 0);
	*process = RENDERER_PROCESS_INIT;
}

/* Reads to the end or to the deadline; false at the deadline. */
static bool read_all(int fd, char *ret_text, size_t size_bytes)
{
	int64_t deadline_ms = clock_monotonic_ms() + ASK_TIMEOUT_MS, left_ms;
	size_t length_bytes = 0;
	char byte;

	memset(ret_text, 0, size_bytes);
	for (;;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		bool is_full = length_bytes + 1 == size_bytes;
		ssize_t got;

		left_ms = deadline_ms - clock_monotonic_ms();
		if (left_ms <= 0)
			return false;
		if (poll(&wait, 1, (int)left_ms) <= 0)
			continue;
		got = is_full ? read(fd, &byte, 1)
			      : read(fd, ret_text + length_bytes, size_bytes - 1 - length_bytes);
		if (got == 0 || (got < 0 && errno != EINTR))
			return true;
		length_bytes += got > 0 && !is_full ? (size_t)got : 0;
	}
}

/* One try; *ret_was_killed: by a signal, and not by us. */
static int ask_once(const char *path, const char *argument, char *ret_text, size_t size_bytes,
		    bool *ret_was_killed, struct fault *fault)
{
	struct renderer_process process = RENDERER_PROCESS_INIT;
	char end[sizeof process.last_words + 64];
	int pipes[2], errors[2], error;
	bool has_ended, is_good;

	*ret_was_killed = false;
	if (pipe2(pipes, O_CLOEXEC))
		return fault_raise(fault, -errno, "%s: pipe: %s", path, strerror(errno));
	CLEANUP(cleanup_close) int from_fd = pipes[0];
	int to_fd = pipes[1];

	if (pipe2(errors, O_CLOEXEC)) {
		close(to_fd);
		return fault_raise(fault, -errno, "%s: pipe: %s", path, strerror(errno));
	}
	process.stderr_fd = errors[0];
	fcntl(process.stderr_fd, F_SETFL, O_NONBLOCK);
	error = move_up(&to_fd);
	if (!error)
		error = move_up(&errors[1]);
	if (!error)
		error = spawn(path, argument, to_fd, errors[1], -1, &process.pid);
	close(to_fd);
	close(errors[1]);
	if (error) {
		process.pid = 0;
		renderer_process_release(&process);
		return fault_raise(fault, error, "%s: start: %s", path, strerror(-error));
	}
	has_ended = read_all(from_fd, ret_text, size_bytes);
	if (!has_ended)
		renderer_process_kill(&process);
	reap(&process, 0);
	renderer_process_read_stderr(&process);
	renderer_process_describe_end(&process, end, sizeof end);
	is_good = WIFEXITED(process.wait_status) && WEXITSTATUS(process.wait_status) == 0;
	*ret_was_killed = has_ended && WIFSIGNALED(process.wait_status);
	renderer_process_release(&process);
	if (!has_ended)
		return fault_raise(fault, -ETIMEDOUT, "%s %s: no answer in %d s", path, argument,
				   ASK_TIMEOUT_MS / 1000);
	return is_good ? 0 : fault_raise(fault, -EIO, "%s %s: %s", path, argument, end);
}

int renderer_process_ask(const char *path, const char *argument, char *ret_text, size_t size_bytes,
			 struct fault *fault)
{
	struct fault own = {0};
	bool was_killed = true;
	int error = -EIO;

	for (int i = 0; error && was_killed && i < MAX_ASKS; i++) {
		own = (struct fault){0};
		error = ask_once(path, argument, ret_text, size_bytes, &was_killed, &own);
	}
	return error ? fault_raise(fault, error, "%s", own.text) : 0;
}
