#include "resolver.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <pthread.h>
#include <resolv.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "alloc.h"
#include "semaphore_wait.h"

/* Of the names that wait, so many are looked at for the heaviest one. */
#define SCAN_NAMES 256
/* A name is first asked for once, and what gets no answer within a second, or a failure of the name
 * server, waits behind all others for a patient second lookup: 20 names that nobody answers for
 * would else hold all threads for most of a run. (glibc's defaults, 5 s and 2 tries, hold one for
 * 10 s and longer.) That one takes an answer to its first question as late as one to its second. */
#define HASTY_WAIT_S 1
#define HASTY_TRIES 1
#define PATIENT_WAIT_S 2
#define PATIENT_TRIES 2
/* Of the threads, so many for patient lookups. */
#define PATIENT_THREADS 6

struct job {
	struct job *next;
	char *name;
	void *owner;
	const size_t *weight;
	int64_t deadline_ms;
	bool is_patient;
	bool is_abandoned; /* under the lock: given up, the thread frees it */
	int error, os_error;
	struct sockaddr_storage *addresses;
	size_t n_addresses;
};

struct job_list {
	struct job *first, *last;
};

struct worker {
	struct shared *shared;
	pthread_t thread;
	bool is_looking_up; /* under the lock */
};

/* What threads touch; lives until the last of them is gone. */
struct shared {
	pthread_mutex_t lock;
	/* One for each job to do, and for each thread to end. No condition: before glibc 2.41
	 * pthread_cond_signal() may wake none of several that wait (bug 25847). */
	sem_t work;
	struct resolver_calls calls;
	struct job_list to_do, done;
	unsigned n_patient; /* of n_busy */
	unsigned n_busy;    /* jobs in `to_do` or within a lookup */
	struct worker workers[RESOLVER_MAX_THREADS];
	unsigned n_threads;
	unsigned n_users; /* threads, and the resolver */
	bool is_ending;
	int event_fd;
};

struct resolver {
	struct shared *shared;
	struct job_list waiting;
	struct job_list patient;                   /* waiting for their second lookup */
	struct job_list failed;                    /* no thread could be started */
	struct job *running[RESOLVER_MAX_THREADS]; /* handed to threads and not given up */
	size_t n_running;
	int64_t limit_ms;
};

static void push(struct job_list *list, struct job *job)
{
	job->next = NULL;
	if (list->last)
		list->last->next = job;
	else
		list->first = job;
	list->last = job;
}

/* `before` is the element before `job`, or NULL. */
static void unlink_job(struct job_list *list, struct job *before, struct job *job)
{
	if (before)
		before->next = job->next;
	else
		list->first = job->next;
	if (list->last == job)
		list->last = before;
	job->next = NULL;
}

static struct job *pop(struct job_list *list)
{
	struct job *job = list->first;

	if (job)
		unlink_job(list, NULL, job);
	return job;
}

static void free_job(struct job *job)
{
	free(job->addresses);
	free(job->name);
	free(job);
}

static void free_jobs(struct job_list *list)
{
	struct job *job;

	while ((job = pop(list)))
		free_job(job);
}

static void leave(struct shared *shared)
{
	bool is_last;

	pthread_mutex_lock(&shared->lock);
	is_last = --shared->n_users == 0;
	pthread_mutex_unlock(&shared->lock);
	if (!is_last)
		return;
	free_jobs(&shared->to_do);
	free_jobs(&shared->done);
	close(shared->event_fd);
	sem_destroy(&shared->work);
	pthread_mutex_destroy(&shared->lock);
	free(shared);
}

static bool is_known(const struct job *job, const struct sockaddr *address, size_t length)
{
	for (size_t i = 0; i < job->n_addresses; i++)
		if (!memcmp(&job->addresses[i], address, length))
			return true;
	return false;
}

static void keep_addresses(struct job *job, const struct addrinfo *list)
{
	job->addresses = alloc_zeroed(RESOLVER_MAX_ADDRESSES, sizeof *job->addresses);
	for (; list && job->n_addresses < RESOLVER_MAX_ADDRESSES; list = list->ai_next) {
		if (list->ai_family != AF_INET && list->ai_family != AF_INET6)
			continue;
		if (list->ai_addrlen > sizeof *job->addresses ||
		    is_known(job, list->ai_addr, list->ai_addrlen))
			continue;
		memcpy(&job->addresses[job->n_addresses++], list->ai_addr, list->ai_addrlen);
	}
}

/* Of this thread's stub resolver. */
static void set_patience(int wait_s, int tries)
{
	_res.retrans = wait_s;
	_res.retry = tries;
}

static void look_up(const struct resolver_calls *calls, struct job *job)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;

	if (job->is_patient)
		set_patience(PATIENT_WAIT_S, PATIENT_TRIES);
	else
		set_patience(HASTY_WAIT_S, HASTY_TRIES);
	errno = 0;
	job->error = calls->lookup(job->name, &hints, &list);
	job->os_error = errno;
	if (job->error)
		return;
	keep_addresses(job, list);
	calls->release(list);
}

static void hand_back(struct shared *shared, struct job *job)
{
	const uint64_t one = 1;

	shared->n_busy--;
	shared->n_patient -= job->is_patient;
	if (job->is_abandoned)
		free_job(job);
	else
		push(&shared->done, job);
	/* Also for an abandoned one: a thread is free again. The counter cannot overflow. */
	if (write(shared->event_fd, &one, sizeof one) < 0)
		return;
}

/* NULL: the thread is to end. */
static struct job *wait_for_job(struct worker *worker)
{
	struct shared *shared = worker->shared;
	struct job *job;

	semaphore_wait(&shared->work);
	pthread_mutex_lock(&shared->lock);
	job = shared->is_ending ? NULL : pop(&shared->to_do);
	worker->is_looking_up = job != NULL;
	pthread_mutex_unlock(&shared->lock);
	return job;
}

static void *run_thread(void *argument)
{
	struct worker *worker = argument;
	struct shared *shared = worker->shared;
	struct job *job;

	/* What fails here fails again, and is answered for, in every lookup. */
	res_init();
	while ((job = wait_for_job(worker))) {
		look_up(&shared->calls, job);
		pthread_mutex_lock(&shared->lock);
		worker->is_looking_up = false;
		hand_back(shared, job);
		pthread_mutex_unlock(&shared->lock);
	}
	leave(shared);
	return NULL;
}

/* Signals stay with the thread of the loop. */
static int start_thread(struct worker *worker)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	int error;

	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 * 1024);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&worker->thread, &attributes, run_thread, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return error;
}

/* RFC 6761 section 6.3: "localhost" and the names below it are loopback, and no name server is
 * asked. */
static bool is_localhost(const char *name)
{
	static const char label[] = "localhost";
	const size_t label_bytes = sizeof label - 1;
	size_t length = strlen(name);

	length -= length && name[length - 1] == '.'; /* written to its root */
	return length >= label_bytes &&
	       !strncasecmp(name + length - label_bytes, label, label_bytes) &&
	       (length == label_bytes || name[length - label_bytes - 1] == '.');
}

/* RFC 1035 section 2.3.4: labels of 1 to 63 bytes, 253 together; and of those glibc asks for none
 * with other characters. */
static bool is_askable(const char *name)
{
	size_t length = strlen(name), label_bytes = 0;

	length -= length && name[length - 1] == '.';
	for (size_t i = 0; i < length; i++) {
		if (!isalnum((unsigned char)name[i]) && !strchr("-_.", name[i]))
			return false;
		label_bytes = name[i] == '.' ? 0 : label_bytes + 1;
		if (label_bytes > 63 || (name[i] == '.' && (!i || name[i - 1] == '.')))
			return false;
	}
	return length > 0 && length <= 253;
}

static int give_loopback(const struct addrinfo *hints, struct addrinfo **ret_list)
{
	struct addrinfo numeric = *hints, *v6 = NULL, *last;
	int error;

	numeric.ai_flags = AI_NUMERICHOST;
	error = getaddrinfo("127.0.0.1", NULL, &numeric, ret_list);
	if (error || getaddrinfo("::1", NULL, &numeric, &v6))
		return error;
	for (last = *ret_list; last->ai_next; last = last->ai_next)
		;
	last->ai_next = v6; /* glibc frees a list node by node */
	return 0;
}

static int call_getaddrinfo(const char *name, const struct addrinfo *hints,
			    struct addrinfo **ret_list)
{
	if (is_localhost(name))
		return give_loopback(hints, ret_list);
	return getaddrinfo(name, NULL, hints, ret_list);
}

int resolver_new(const struct resolver_calls *calls, int64_t limit_ms,
		 struct resolver **ret_resolver, struct fault *fault)
{
	static const struct resolver_calls system_calls = {call_getaddrinfo, freeaddrinfo};
	int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct resolver *resolver;

	if (event_fd < 0)
		return fault_raise(fault, -errno, "resolver: eventfd: %s", strerror(errno));
	resolver = alloc_zeroed(1, sizeof *resolver);
	resolver->limit_ms = limit_ms;
	resolver->shared = alloc_zeroed(1, sizeof *resolver->shared);
	pthread_mutex_init(&resolver->shared->lock, NULL);
	sem_init(&resolver->shared->work, 0, 0);
	resolver->shared->calls = calls ? *calls : system_calls;
	resolver->shared->event_fd = event_fd;
	resolver->shared->n_users = 1;
	*ret_resolver = resolver;
	return 0;
}

/* Those that wait for work end at once; the others when getaddrinfo() lets them go. */
static void end_threads(struct shared *shared)
{
	bool is_looking_up[RESOLVER_MAX_THREADS];

	pthread_mutex_lock(&shared->lock);
	shared->is_ending = true;
	for (unsigned i = 0; i < shared->n_threads; i++)
		is_looking_up[i] = shared->workers[i].is_looking_up;
	for (unsigned i = 0; i < shared->n_threads; i++)
		sem_post(&shared->work);
	pthread_mutex_unlock(&shared->lock);
	for (unsigned i = 0; i < shared->n_threads; i++) {
		if (is_looking_up[i])
			pthread_detach(shared->workers[i].thread);
		else
			pthread_join(shared->workers[i].thread, NULL);
	}
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	free_jobs(&resolver->waiting);
	free_jobs(&resolver->patient);
	free_jobs(&resolver->failed);
	pthread_mutex_lock(&resolver->shared->lock);
	for (size_t i = 0; i < resolver->n_running; i++)
		resolver->running[i]->is_abandoned = true;
	pthread_mutex_unlock(&resolver->shared->lock);
	end_threads(resolver->shared);
	leave(resolver->shared);
	free(resolver);
}

void resolver_ask(struct resolver *resolver, const char *name, const size_t *weight, void *owner)
{
	struct job *job = alloc_zeroed(1, sizeof *job);

	job->name = alloc_string(name);
	job->owner = owner;
	job->weight = weight;
	push(&resolver->waiting, job);
}

static struct job *take_heaviest(struct job_list *waiting)
{
	struct job *before = NULL, *best = NULL, *before_best = NULL;
	unsigned seen = 0;

	for (struct job *job = waiting->first; job && seen < SCAN_NAMES; job = job->next, seen++) {
		if (!best || *job->weight > *best->weight) {
			best = job;
			before_best = before;
		}
		before = job;
	}
	if (best)
		unlink_job(waiting, before_best, best);
	return best;
}

/* Under the lock. False when none is free, and none can be made. */
static bool provide_thread(struct shared *shared)
{
	if (shared->n_busy < shared->n_threads)
		return true;
	shared->n_users++;
	shared->workers[shared->n_threads].shared = shared;
	if (start_thread(&shared->workers[shared->n_threads])) {
		shared->n_users--;
		return false;
	}
	shared->n_threads++;
	return true;
}

/* Under the lock. */
static bool has_next(const struct resolver *resolver)
{
	return resolver->waiting.first ||
	       (resolver->patient.first && resolver->shared->n_patient < PATIENT_THREADS);
}

static struct job *take_next(struct resolver *resolver)
{
	return resolver->waiting.first ? take_heaviest(&resolver->waiting)
				       : pop(&resolver->patient);
}

static void start_lookups(struct resolver *resolver, int64_t now_ms)
{
	struct shared *shared = resolver->shared;

	if (!resolver->waiting.first && !resolver->patient.first)
		return;
	pthread_mutex_lock(&shared->lock);
	while (has_next(resolver) && shared->n_busy < RESOLVER_MAX_THREADS &&
	       resolver->n_running < RESOLVER_MAX_THREADS) {
		bool has_thread = provide_thread(shared);
		struct job *job;

		if (!has_thread && shared->n_threads) /* one comes back */
			break;
		job = take_next(resolver);
		if (!has_thread) {
			push(&resolver->failed, job);
			continue;
		}
		job->deadline_ms = now_ms + resolver->limit_ms;
		resolver->running[resolver->n_running++] = job;
		shared->n_busy++;
		shared->n_patient += job->is_patient;
		push(&shared->to_do, job);
		sem_post(&shared->work);
	}
	pthread_mutex_unlock(&shared->lock);
}

static void forget_running(struct resolver *resolver, const struct job *job)
{
	for (size_t i = 0; i < resolver->n_running; i++)
		if (resolver->running[i] == job) {
			resolver->running[i] = resolver->running[--resolver->n_running];
			return;
		}
}

static struct job *pop_done(struct resolver *resolver)
{
	struct job *job;

	pthread_mutex_lock(&resolver->shared->lock);
	while ((job = pop(&resolver->shared->done)) && job->is_abandoned)
		free_job(job);
	pthread_mutex_unlock(&resolver->shared->lock);
	return job;
}

/* NULL: none; a name that got no answer in haste goes into the patient list instead. */
static struct job *take_done(struct resolver *resolver)
{
	struct job *job;

	while ((job = pop_done(resolver))) {
		forget_running(resolver, job);
		if (job->is_patient || job->error != EAI_AGAIN)
			return job;
		job->is_patient = true;
		push(&resolver->patient, job);
	}
	return NULL;
}

static enum resolver_result result_of(const struct job *job)
{
	switch (job->error) {
	case 0:
		return job->n_addresses ? RESOLVER_OK : RESOLVER_NO_NAME;
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
	case EAI_FAMILY:
		return RESOLVER_NO_NAME;
	case EAI_MEMORY:
		return RESOLVER_OWN_FAULT;
	case EAI_SYSTEM:
		return job->os_error == EMFILE || job->os_error == ENFILE ||
				       job->os_error == ENOMEM || job->os_error == ENOBUFS
			       ? RESOLVER_OWN_FAULT
			       : RESOLVER_NO_ANSWER;
	}
	return RESOLVER_NO_ANSWER;
}

static bool give_up_one(struct resolver *resolver, int64_t now_ms,
			struct resolver_answer *ret_answer)
{
	for (size_t i = 0; i < resolver->n_running; i++) {
		struct job *job = resolver->running[i];

		if (job->deadline_ms > now_ms)
			continue;
		*ret_answer = (struct resolver_answer){
			.owner = job->owner, .result = RESOLVER_NO_ANSWER, .is_timeout = true};
		resolver->running[i] = resolver->running[--resolver->n_running];
		pthread_mutex_lock(&resolver->shared->lock);
		job->is_abandoned = true;
		pthread_mutex_unlock(&resolver->shared->lock);
		return true;
	}
	return false;
}

static bool answer_done(struct job *job, struct resolver_answer *ret_answer)
{
	*ret_answer = (struct resolver_answer){.owner = job->owner,
					       .result = result_of(job),
					       .is_local = is_localhost(job->name) ||
							   !is_askable(job->name),
					       .addresses = job->addresses,
					       .n_addresses = job->n_addresses};
	job->addresses = NULL;
	free_job(job);
	return true;
}

bool resolver_next(struct resolver *resolver, int64_t now_ms, struct resolver_answer *ret_answer)
{
	uint64_t counter;
	struct job *job;

	/* Read before looking, so that what is done later makes it readable again. Empty is fine.
	 */
	if (read(resolver->shared->event_fd, &counter, sizeof counter) < 0)
		counter = 0;
	job = take_done(resolver);
	start_lookups(resolver, now_ms);
	if (job)
		return answer_done(job, ret_answer);
	job = pop(&resolver->failed);
	if (job) {
		*ret_answer =
			(struct resolver_answer){.owner = job->owner, .result = RESOLVER_OWN_FAULT};
		free_job(job);
		return true;
	}
	return give_up_one(resolver, now_ms, ret_answer);
}

int resolver_fd(const struct resolver *resolver)
{
	return resolver->shared->event_fd;
}

int64_t resolver_deadline_ms(const struct resolver *resolver)
{
	int64_t first_ms = INT64_MAX;

	for (size_t i = 0; i < resolver->n_running; i++)
		if (resolver->running[i]->deadline_ms < first_ms)
			first_ms = resolver->running[i]->deadline_ms;
	return first_ms;
}
