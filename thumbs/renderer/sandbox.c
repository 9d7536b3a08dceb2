#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alloc.h"

#define ADDRESS_SPACE_BYTES (2ull << 30)
#define DATA_BYTES (1ull << 30) /* heap, stacks and private mappings together */
#define CPU_S 20                /* the pool sets it anew for each image */
#define DESCRIPTORS 16
#define MOST_DESCRIPTORS 65536         /* that are closed one by one */
#define LIBRARIES_BYTES (200ull << 20) /* of the address space, before the first image */
#define LEAST_DECODING_BYTES (32ull << 20)

#if defined __SANITIZE_ADDRESS__
#define IS_ADDRESS_SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define IS_ADDRESS_SANITIZED 1
#endif
#endif
#ifndef IS_ADDRESS_SANITIZED
#define IS_ADDRESS_SANITIZED 0 /* 1: its shadow memory needs terabytes of address space */
#endif

void sandbox_prepare(struct sandbox *sandbox)
{
	*sandbox = (struct sandbox){0};
	sandbox->has_no_new_privileges = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* Ctrl-C and a service's stop reach the whole process group; the parent decides.
	 * RLIMIT_FSIZE would send SIGXFSZ for ORC's ftruncate(). */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void sandbox_keep_descriptors(int end)
{
	struct rlimit open;

	if (!syscall(SYS_close_range, end, ~0u, 0))
		return;
	/* An older kernel, or a container's filter. */
	if (getrlimit(RLIMIT_NOFILE, &open) || open.rlim_cur > MOST_DESCRIPTORS)
		open.rlim_cur = MOST_DESCRIPTORS;
	for (int fd = end; fd < (int)open.rlim_cur; fd++)
		close(fd);
}

/* All rights that the kernel's Landlock knows, none granted. The sizes of the rights by ABI version
 * are those of the kernel's documentation; later bits are unknown to older kernels, which refuse.
 */
static int landlock_ruleset(int abi)
{
	static const uint64_t fs_rights[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
	int newest = (int)ARRAY_LENGTH(fs_rights) - 1;
	struct {
		uint64_t handled_access_fs, handled_access_net, scoped;
	} attributes = {
		.handled_access_fs = fs_rights[abi < newest ? abi : newest],
		.handled_access_net = abi >= 4 ? 0x3 : 0, /* bind and connect TCP */
		.scoped = abi >= 6 ? 0x3 : 0,             /* abstract sockets, signals */
	};
	size_t size_bytes = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;

	return (int)syscall(SYS_landlock_create_ruleset, &attributes, size_bytes, 0);
}

void sandbox_close_files(struct sandbox *sandbox)
{
	int abi =
		(int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int ruleset;

	if (abi < 1)
		return;
	ruleset = landlock_ruleset(abi);
	if (ruleset < 0)
		return;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) == 0)
		sandbox->landlock_abi = abi;
	close(ruleset);
}

/* Never above what this process was given, which only root could raise. */
static bool limit(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit given;

	if (getrlimit((__rlimit_resource_t)resource, &given))
		return false;
	hard = hard < given.rlim_max ? hard : given.rlim_max;
	soft = soft < hard ? soft : hard;
	return setrlimit((__rlimit_resource_t)resource, &(struct rlimit){soft, hard}) == 0;
}

static bool set_limits(bool may_print)
{
	bool good = limit(RLIMIT_NOFILE, DESCRIPTORS, DESCRIPTORS) && limit(RLIMIT_CORE, 0, 0) &&
		    limit(RLIMIT_CPU, CPU_S, RLIM_INFINITY);

	if (!may_print)
		good = good && limit(RLIMIT_FSIZE, 0, 0);
	if (IS_ADDRESS_SANITIZED)
		return good;
	return good && limit(RLIMIT_AS, ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES) &&
	       limit(RLIMIT_DATA, DATA_BYTES, DATA_BYTES);
}

/* What decoding in threads needs: memory, locks, time, the descriptors it has. No path, no new
 * descriptor, no signal to anyone, no executable memory. */
static const int allowed_calls[] = {
	SCMP_SYS(read),         SCMP_SYS(write),           SCMP_SYS(readv),
	SCMP_SYS(writev),       SCMP_SYS(pread64),         SCMP_SYS(recvmsg),
	SCMP_SYS(recvfrom),     SCMP_SYS(sendmsg),         SCMP_SYS(sendto),
	SCMP_SYS(close),        SCMP_SYS(fstat),           SCMP_SYS(lseek),
	SCMP_SYS(munmap),       SCMP_SYS(mremap),          SCMP_SYS(madvise),
	SCMP_SYS(brk),          SCMP_SYS(futex),           SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),         SCMP_SYS(sched_yield),     SCMP_SYS(sched_getaffinity),
	SCMP_SYS(exit),         SCMP_SYS(exit_group),      SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),  SCMP_SYS(sigaltstack),
	SCMP_SYS(gettimeofday), SCMP_SYS(clock_gettime),   SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),    SCMP_SYS(restart_syscall), SCMP_SYS(getpid),
	SCMP_SYS(gettid),       SCMP_SYS(getrandom),       SCMP_SYS(getrusage),
	SCMP_SYS(poll),         SCMP_SYS(ppoll),           SCMP_SYS(set_tid_address),
};

static bool add_rules(scmp_filter_ctx filter)
{
	const uint64_t thread = 0x10000; /* CLONE_THREAD */
	bool good = true;

	for (size_t i = 0; i < ARRAY_LENGTH(allowed_calls); i++)
		good &= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0) == 0;
	/* Memory that cannot be executed. */
	good &= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
	good &= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
	/* Threads but no processes. clone3's flags are behind a pointer: the C library falls back.
	 */
	good &= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				 SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread)) == 0;
	good &= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
	good &= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
				 SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)) == 0;
	return good;
}

/* Refused calls fail with EPERM instead of killing: libraries probe /proc and /sys, and go on. */
static bool filter_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool good;

	if (!filter)
		return false;
	good = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && add_rules(filter) &&
	       seccomp_load(filter) == 0;
	seccomp_release(filter);
	return good;
}

/* Half of what is left: a plan of an image's memory is an estimate. Where this program was given
 * less than the limits here, a decoder would run out of memory, and say that of the image. */
static uint64_t decoding_bytes(void)
{
	struct rlimit space, data;
	uint64_t left, half;

	if (getrlimit(RLIMIT_AS, &space) || getrlimit(RLIMIT_DATA, &data))
		return LEAST_DECODING_BYTES;
	left = space.rlim_cur > LIBRARIES_BYTES ? space.rlim_cur - LIBRARIES_BYTES : 0;
	half = (left < data.rlim_cur ? left : data.rlim_cur) / 2;
	return half > LEAST_DECODING_BYTES ? half : LEAST_DECODING_BYTES;
}

void sandbox_enter(struct sandbox *sandbox, bool may_print)
{
	sandbox->has_limits = set_limits(may_print);
	sandbox->decoding_bytes = decoding_bytes();
	sandbox->has_seccomp = filter_calls();
}

void sandbox_describe(const struct sandbox *sandbox, char *ret_text, size_t size_bytes)
{
	char landlock[32] = "";

	if (sandbox->landlock_abi)
		snprintf(landlock, sizeof landlock, ", landlock %d", sandbox->landlock_abi);
	snprintf(ret_text, size_bytes, "%s%s%s%s",
		 sandbox->has_no_new_privileges ? ", no-new-privileges" : "",
		 sandbox->has_limits ? ", rlimits" : "", landlock,
		 sandbox->has_seccomp ? ", seccomp" : "");
	if (ret_text[0])
		memmove(ret_text, ret_text + 2, strlen(ret_text + 2) + 1);
	else
		snprintf(ret_text, size_bytes, "nothing");
}

static long try_open(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
}

static long try_create(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/tmp", O_TMPFILE | O_WRONLY, 0600);
}

static long try_socket(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long try_execve(void)
{
	char *const arguments[] = {(char *)"/bin/true", NULL};

	return syscall(SYS_execve, "/bin/true", arguments, arguments + 1);
}

static long try_ptrace(void)
{
	return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}

static long try_kill(void)
{
	return syscall(SYS_kill, getppid(), 0);
}

static long try_fork(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

static long try_executable_memory(void)
{
	return syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long try_raise_limit(void)
{
	return syscall(SYS_prlimit64, 0, RLIMIT_CPU, &(struct rlimit){CPU_S * 9, RLIM_INFINITY},
		       NULL);
}

bool sandbox_self_test(void)
{
	static const struct {
		const char *name;
		long (*attempt)(void);
	} attempts[] = {
		{"open", try_open},           {"create", try_create},
		{"socket", try_socket},       {"execve", try_execve},
		{"ptrace", try_ptrace},       {"kill", try_kill},
		{"fork", try_fork},           {"executable memory", try_executable_memory},
		{"prlimit", try_raise_limit},
	};
	bool all_refused = true;

	for (size_t i = 0; i < ARRAY_LENGTH(attempts); i++) {
		bool is_refused = attempts[i].attempt() == -1;

		all_refused &= is_refused;
		dprintf(STDOUT_FILENO, "%s: %s\n", attempts[i].name,
			is_refused ? "refused" : "ALLOWED");
	}
	return all_refused;
}
