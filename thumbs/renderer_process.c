#include "renderer_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"

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

/* The new process's descriptors, and their numbers there. Here they are above those numbers, so
 * that no dup2() overwrites another. */
struct descriptors {
	int lowest;
	int fds[2 * RENDERER_PROCESS_MOST], numbers[2 * RENDERER_PROCESS_MOST];
	unsigned count;
};

static void descriptors_release(struct descriptors *descriptors)
{
	while (descriptors->count)
		close(descriptors->fds[--descriptors->count]);
}

/* Takes the descriptor, also when it fails. */
static int descriptors_add(struct descriptors *descriptors, int fd, int number)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, descriptors->lowest);
	int error = moved < 0 ? -errno : 0;

	close(fd);
	if (error)
		return error;
	descriptors->fds[descriptors->count] = moved;
	descriptors->numbers[descriptors->count++] = number;
	return 0;
}

/* Nothing to be read, and a sink: a chroot or a jail may have no /dev. */
static int open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	return fd < 0 ? memfd_create("null", MFD_CLOEXEC) : fd;
}

/* Starts the program with those descriptors; /dev/null stands for stdin, and for a stdout that is
 * not among them. */
static int spawn(char *const *arguments, const struct descriptors *descriptors, pid_t *ret_pid)
{
	char *environment[8];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	CLEANUP(cleanup_close) int null_fd = open_null();
	int error;

	if (null_fd < 0)
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	reset_signals(&attributes);
	/* Before the others: their numbers may be this one's. */
	posix_spawn_file_actions_adddup2(&actions, null_fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, null_fd, STDOUT_FILENO);
	for (unsigned i = 0; i < descriptors->count; i++)
		posix_spawn_file_actions_adddup2(&actions, descriptors->fds[i],
						 descriptors->numbers[i]);
	error = posix_spawn(ret_pid, arguments[0], &actions, &attributes, arguments,
			    renderer_environment(environment, ARRAY_LENGTH(environment)));
	free_strings(environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

/* A pipe whose end here is never waited for: one that says nothing must not keep us. */
static int connect_stderr(struct renderer_process *process, struct descriptors *descriptors,
			  int number)
{
	int pipes[2], error;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	process->stderr_fd = pipes[0];
	error = fcntl(process->stderr_fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	if (error) {
		close(pipes[1]);
		return error;
	}
	return descriptors_add(descriptors, pipes[1], number);
}

/* A socket and a stderr for the process, and their other ends for the descriptors. */
static int connect_process(struct renderer_process *process, struct descriptors *descriptors,
			   int service_number, int stderr_number)
{
	int sockets[2], size_bytes = SOCKET_BUFFER_BYTES, yes = 1, error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	process->socket_fd = sockets[0];
	/* The kernel says whose the first bytes are. */
	setsockopt(process->socket_fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
	setsockopt(sockets[1], SOL_SOCKET, SO_SNDBUF, &size_bytes, sizeof size_bytes);
	error = descriptors_add(descriptors, sockets[1], service_number);
	return error ? error : connect_stderr(process, descriptors, stderr_number);
}

/* The service of the i-th process of a start, 1 <= i; its stderr follows. */
static int sibling_fd(unsigned i)
{
	return WIRE_SIBLINGS_FD + 2 * (int)(i - 1);
}

static int start(struct renderer_process *const *processes, unsigned count, const char *path)
{
	CLEANUP(descriptors_release)
	struct descriptors descriptors = {.lowest = sibling_fd(count)};
	char siblings[16];
	char *const arguments[] = {(char *)(uintptr_t)path, (char *)(uintptr_t) "--serve",
				   count > 1 ? siblings : NULL, NULL};
	int error = connect_process(processes[0], &descriptors, WIRE_SERVICE_FD, STDERR_FILENO);

	for (unsigned i = 1; i < count && !error; i++)
		error = connect_process(processes[i], &descriptors, sibling_fd(i),
					sibling_fd(i) + 1);
	snprintf(siblings, sizeof siblings, "%u", count - 1);
	return error ? error : spawn(arguments, &descriptors, &processes[0]->pid);
}

/* Nothing is stored by it: a quota that the kernel may name is none of the cache's disk, whose
 * being full would let a run go on. */
static int fail_to_start(const char *path, int error, struct fault *fault)
{
	return fault_raise(fault, fault_is_no_room(error) ? -EIO : error, "%s: start: %s", path,
			   strerror(-error));
}

int renderer_process_start(struct renderer_process *const *processes, unsigned count,
			   const char *path, struct fault *fault)
{
	int error;

	for (unsigned i = 0; i < count; i++)
		*processes[i] = RENDERER_PROCESS_INIT;
	error = start(processes, count, path);
	if (!error)
		return 0;
	processes[0]->pid = 0;
	for (unsigned i = 0; i < count; i++)
		renderer_process_release(processes[i]);
	return fail_to_start(path, error, fault);
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
		sent = sendmsg(process->socket_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	/* A handful of requests fits into any socket buffer: less than all means that it is not
	 * being read.
	 */
	return sent == (ssize_t)length_bytes;
}

/* The first bytes of one that another renderer has forked, and with them its pid. */
static ssize_t receive_pid(struct renderer_process *process, void *data, size_t size_bytes)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec piece = {data, size_bytes};
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	ssize_t got = recvmsg(process->socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	struct ucred sender;

	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_CREDENTIALS)
		return got;
	memcpy(&sender, CMSG_DATA(head), sizeof sender);
	process->pid = sender.pid;
	return got;
}

ssize_t renderer_process_read(struct renderer_process *process, void *data, size_t size_bytes)
{
	ssize_t got;

	do
		got = process->pid ? recv(process->socket_fd, data, size_bytes, MSG_DONTWAIT)
				   : receive_pid(process, data, size_bytes);
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

	if (!process->pid || clock_getcpuclockid(process->pid, &clock) ||
	    clock_gettime(clock, &used))
		return -1;
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* Of the one thread whose folder it is. */
static int64_t waited_ns(int in_fd, const char *folder)
{
	char path[48], text[96] = "", *next;
	CLEANUP(cleanup_close) int fd = -1;

	snprintf(path, sizeof path, "%.32s/schedstat", folder);
	fd = openat(in_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
		return -1;
	(void)strtoull(text, &next, 10); /* on a core */
	return (int64_t)strtoull(next, NULL, 10);
}

static int64_t waited_ns_of_all(const char *folder)
{
	DIR *tasks = opendir(folder);
	int64_t sum_ns = -1, own_ns;
	struct dirent *entry;

	while (tasks && (entry = readdir(tasks))) {
		own_ns = entry->d_name[0] == '.' ? -1 : waited_ns(dirfd(tasks), entry->d_name);
		if (own_ns >= 0)
			sum_ns = own_ns + (sum_ns < 0 ? 0 : sum_ns);
	}
	if (tasks)
		closedir(tasks);
	return sum_ns;
}

/* libvips decodes in threads: the process's own entry is that of its first one. It is enough, and
 * found sooner, where there are no others: each thread is a link of the folder. */
int64_t renderer_process_waited_ms(const struct renderer_process *process)
{
	char folder[32], tasks[40];
	struct stat status;
	int64_t sum_ns;

	if (process->pid <= 0)
		return -1;
	snprintf(folder, sizeof folder, "/proc/%d", (int)process->pid);
	snprintf(tasks, sizeof tasks, "%s/task", folder);
	if (stat(tasks, &status))
		return -1;
	sum_ns = status.st_nlink == 3 ? waited_ns(AT_FDCWD, folder) : waited_ns_of_all(tasks);
	return sum_ns < 0 ? -1 : sum_ns / 1000000;
}

void renderer_process_limit_cpu(const struct renderer_process *process, int64_t used_ms,
				int seconds)
{
	struct rlimit limit = {.rlim_max = RLIM_INFINITY}, own;

	if (used_ms < 0)
		return;
	limit.rlim_cur = (rlim_t)(used_ms / 1000) + 1 + (rlim_t)seconds;
	/* The renderer has inherited it: without root no other one may be set. */
	if (getrlimit(RLIMIT_CPU, &own) == 0)
		limit.rlim_max = own.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
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

bool renderer_process_was_killed(const struct renderer_process *process)
{
	return WIFSIGNALED(process->wait_status) && WTERMSIG(process->wait_status) == SIGKILL;
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

/* *ret_fd: what it prints. */
static int start_to_ask(struct renderer_process *process, char *const *arguments, int *ret_fd)
{
	CLEANUP(descriptors_release) struct descriptors descriptors = {.lowest = WIRE_SERVICE_FD};
	int pipes[2], error;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	*ret_fd = pipes[0];
	error = descriptors_add(&descriptors, pipes[1], STDOUT_FILENO);
	if (!error)
		error = connect_stderr(process, &descriptors, STDERR_FILENO);
	if (!error)
		error = spawn(arguments, &descriptors, &process->pid);
	if (error)
		process->pid = 0;
	return error;
}

/* One try; *ret_was_killed: by a signal, and not by us. */
static int ask_once(const char *path, const char *argument, char *ret_text, size_t size_bytes,
		    bool *ret_was_killed, struct fault *fault)
{
	CLEANUP(renderer_process_release) struct renderer_process process = RENDERER_PROCESS_INIT;
	char *const arguments[] = {(char *)(uintptr_t)path, (char *)(uintptr_t)argument, NULL};
	char end[sizeof process.last_words + 64];
	CLEANUP(cleanup_close) int from_fd = -1;
	bool has_ended, is_good;
	int error = start_to_ask(&process, arguments, &from_fd);

	*ret_was_killed = false;
	if (error)
		return fail_to_start(path, error, fault);
	has_ended = read_all(from_fd, ret_text, size_bytes);
	if (!has_ended)
		renderer_process_kill(&process);
	reap(&process, 0);
	renderer_process_read_stderr(&process);
	renderer_process_describe_end(&process, end, sizeof end);
	is_good = WIFEXITED(process.wait_status) && WEXITSTATUS(process.wait_status) == 0;
	*ret_was_killed = has_ended && WIFSIGNALED(process.wait_status);
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
