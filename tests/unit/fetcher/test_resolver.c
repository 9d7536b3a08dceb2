#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "resolver.h"

/* No test waits for a time: lookups of names that begin with "gated" wait for the gate, and the
 * resolver's clock is an argument. */
#define NOW_MS 1000000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned n_busy, most_busy, n_lookups;
static unsigned heavy_at; /* which lookup, counted from 1, was the one for "heavy" */
static bool is_gate_open;

/* So many more may be made. */
static unsigned threads_left = 1000;

/* In the place of the C library's. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
		   void *argument)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (!threads_left)
		return EAGAIN;
	threads_left--;
	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return real(thread, attributes, run, argument);
}

static void begin(const char *name)
{
	pthread_mutex_lock(&lock);
	n_lookups++;
	if (++n_busy > most_busy)
		most_busy = n_busy;
	if (!strcmp(name, "heavy"))
		heavy_at = n_lookups;
	pthread_cond_broadcast(&changed);
	while (!strncmp(name, "gated", 5) && !is_gate_open)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void end(void)
{
	pthread_mutex_lock(&lock);
	n_busy--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void wait_for_busy(unsigned count)
{
	pthread_mutex_lock(&lock);
	while (n_busy != count)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void open_gate(void)
{
	pthread_mutex_lock(&lock);
	is_gate_open = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* The name says what happens. */
static int lookup(const char *name, const struct addrinfo *hints, struct addrinfo **ret_list)
{
	int error = 0;

	(void)hints;
	begin(name);
	if (!strcmp(name, "none"))
		error = EAI_NONAME;
	else if (!strcmp(name, "again") || (!strcmp(name, "gated-once") && n_lookups == 1))
		error = EAI_AGAIN;
	else if (!strcmp(name, "files"))
		error = EAI_SYSTEM;
	if (!error) {
		struct addrinfo *list = calloc(1, sizeof *list);
		struct sockaddr_in *address = calloc(1, sizeof *address);

		address->sin_family = AF_INET;
		inet_pton(AF_INET, "192.0.2.7", &address->sin_addr);
		list->ai_family = AF_INET;
		list->ai_addrlen = sizeof *address;
		list->ai_addr = (struct sockaddr *)address;
		*ret_list = list;
	}
	end();
	if (error == EAI_SYSTEM)
		errno = EMFILE;
	return error;
}

static void release(struct addrinfo *list)
{
	free(list->ai_addr);
	free(list);
}

static struct resolver *make(void)
{
	static const struct resolver_calls calls = {lookup, release};
	struct resolver *resolver = NULL;
	struct fault fault = {0};

	n_busy = most_busy = n_lookups = heavy_at = 0;
	is_gate_open = false;
	assert_int_equal(resolver_new(&calls, RESOLVER_LIMIT_MS, &resolver, &fault), 0);
	return resolver;
}

static void next(struct resolver *resolver, struct resolver_answer *ret_answer)
{
	while (!resolver_next(resolver, NOW_MS, ret_answer)) {
		struct pollfd fd = {.fd = resolver_fd(resolver), .events = POLLIN};

		poll(&fd, 1, -1);
	}
}

/* Starts what was asked for, and has no answer yet. */
static void start(struct resolver *resolver)
{
	struct resolver_answer answer;

	assert_false(resolver_next(resolver, NOW_MS, &answer));
}

static void answers(void **state)
{
	static struct {
		const char *name;
		enum resolver_result result;
		size_t n_addresses;
	} cases[] = {
		{"good", RESOLVER_OK, 1},
		{"none", RESOLVER_NO_NAME, 0},
		{"again", RESOLVER_NO_ANSWER, 0},
		{"files", RESOLVER_OWN_FAULT, 0},
	};
	struct resolver *resolver = make();
	const size_t weight = 1;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct resolver_answer answer;

		resolver_ask(resolver, cases[i].name, &weight, &cases[i]);
		next(resolver, &answer);
		assert_ptr_equal(answer.owner, &cases[i]);
		assert_int_equal(answer.result, cases[i].result);
		assert_int_equal(answer.n_addresses, cases[i].n_addresses);
		assert_false(answer.is_timeout);
		free(answer.addresses);
	}
	resolver_free(resolver);
}

static void uses_at_most_eight_threads(void **state)
{
	struct resolver *resolver = make();
	const size_t weight = 1;
	struct resolver_answer answer;
	int owners[40];

	(void)state;
	for (size_t i = 0; i < 40; i++)
		resolver_ask(resolver, "gated", &weight, &owners[i]);
	start(resolver);
	wait_for_busy(RESOLVER_MAX_THREADS);
	open_gate();
	for (size_t i = 0; i < 40; i++) {
		next(resolver, &answer);
		assert_int_equal(answer.result, RESOLVER_OK);
		free(answer.addresses);
	}
	assert_int_equal(n_lookups, 40);
	assert_int_equal(most_busy, RESOLVER_MAX_THREADS);
	resolver_free(resolver);
}

static void gives_up_slow_names(void **state)
{
	struct resolver *resolver = make();
	const size_t weight = 1;
	struct resolver_answer answer;
	int slow, good;

	(void)state;
	resolver_ask(resolver, "gated", &weight, &slow);
	resolver_ask(resolver, "good", &weight, &good);
	next(resolver, &answer);
	assert_ptr_equal(answer.owner, &good);
	free(answer.addresses);
	assert_int_equal(resolver_deadline_ms(resolver), NOW_MS + RESOLVER_LIMIT_MS);
	assert_false(resolver_next(resolver, NOW_MS + RESOLVER_LIMIT_MS - 1, &answer));
	assert_true(resolver_next(resolver, NOW_MS + RESOLVER_LIMIT_MS, &answer));
	assert_ptr_equal(answer.owner, &slow);
	assert_int_equal(answer.result, RESOLVER_NO_ANSWER);
	assert_true(answer.is_timeout);
	wait_for_busy(1); /* a lookup that has not begun yet would wait for the next test's gate */
	open_gate();
	wait_for_busy(0);
	/* The late answer is dropped. */
	assert_false(resolver_next(resolver, NOW_MS + RESOLVER_LIMIT_MS, &answer));
	resolver_free(resolver);
}

/* A limit on processes (a container's) that leaves room for one thread: a name that waits for it is
 * not given up with the one that keeps it. */
static void few_threads_are_waited_for(void **state)
{
	struct resolver *resolver = make();
	struct resolver_answer answer;
	const size_t weight = 1;
	int first, second;

	(void)state;
	threads_left = 1;
	resolver_ask(resolver, "gated", &weight, &first);
	resolver_ask(resolver, "good", &weight, &second);
	start(resolver);
	wait_for_busy(1);
	assert_true(resolver_next(resolver, NOW_MS + RESOLVER_LIMIT_MS, &answer));
	assert_ptr_equal(answer.owner, &first);
	assert_true(answer.is_timeout);
	assert_false(resolver_next(resolver, NOW_MS + RESOLVER_LIMIT_MS, &answer));
	assert_int_equal(resolver_deadline_ms(resolver), INT64_MAX);
	open_gate();
	next(resolver, &answer);
	assert_ptr_equal(answer.owner, &second);
	assert_int_equal(answer.result, RESOLVER_OK);
	free(answer.addresses);
	resolver_free(resolver);
	threads_left = 1000;
}

/* Without any no name can be asked for, which is no fault of a name. */
static void no_thread_is_our_own_fault(void **state)
{
	struct resolver *resolver = make();
	struct resolver_answer answer;
	const size_t weight = 1;

	(void)state;
	threads_left = 0;
	resolver_ask(resolver, "good", &weight, NULL);
	resolver_ask(resolver, "none", &weight, NULL);
	for (int i = 0; i < 2; i++) {
		assert_true(resolver_next(resolver, NOW_MS, &answer));
		assert_int_equal(answer.result, RESOLVER_OWN_FAULT);
	}
	start(resolver);
	resolver_free(resolver);
	threads_left = 1000;
}

static void asks_again_what_got_no_answer(void **state)
{
	struct resolver *resolver = make();
	const size_t weight = 1;
	struct resolver_answer answer;
	int owner;

	(void)state;
	resolver_ask(resolver, "gated-once", &weight, &owner);
	start(resolver);
	wait_for_busy(1);
	open_gate();
	next(resolver, &answer);
	assert_int_equal(answer.result, RESOLVER_OK);
	assert_int_equal(n_lookups, 2);
	free(answer.addresses);
	resolver_free(resolver);
}

/* What says nothing about name servers. */
static void tells_what_no_server_was_asked_for(void **state)
{
#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN
	static const struct {
		const char *name;
		bool is_local;
	} names[] = {
		{"example.org", false},
		{"_dmarc.example.org.", false},
		{"xn--bcher-kva.test", false},
		{SIXTY "abc.test", false},
		{"localhost", true},
		{"a.localhost.", true},
		{"notlocalhost", false},
		{SIXTY "abcd.test", true},
		{"a*b.test", true},
		{"a..test", true},
		{".test", true},
		{SIXTY "." SIXTY "." SIXTY "." SIXTY "." TEN, true},
	};
	struct resolver *resolver = make();
	const size_t weight = 1;
	struct resolver_answer answer;
	int owner;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		resolver_ask(resolver, names[i].name, &weight, &owner);
		next(resolver, &answer);
		if (answer.is_local != names[i].is_local)
			fail_msg("%s", names[i].name);
		free(answer.addresses);
	}
	resolver_free(resolver);
#undef SIXTY
#undef TEN
}

static void asks_for_the_heaviest_first(void **state)
{
	struct resolver *resolver = make();
	const size_t light = 1, heavy = 1000;
	struct resolver_answer answer;
	int owner;

	(void)state;
	for (size_t i = 0; i < 30; i++)
		resolver_ask(resolver, "gated", &light, &owner);
	start(resolver);
	wait_for_busy(RESOLVER_MAX_THREADS);
	resolver_ask(resolver, "heavy", &heavy, &owner);
	open_gate();
	for (size_t i = 0; i < 31; i++) {
		next(resolver, &answer);
		free(answer.addresses);
	}
	assert_int_equal(n_lookups, 31);
	/* Among the first that could be chosen: those are begun by as many threads at once. */
	assert_in_range(heavy_at, RESOLVER_MAX_THREADS + 1, 2 * RESOLVER_MAX_THREADS);
	resolver_free(resolver);
}

static void can_be_freed_while_it_works(void **state)
{
	struct resolver *resolver = make();
	const size_t weight = 1;
	int owner;

	(void)state;
	for (size_t i = 0; i < 20; i++)
		resolver_ask(resolver, "gated", &weight, &owner);
	start(resolver);
	wait_for_busy(RESOLVER_MAX_THREADS);
	resolver_free(resolver);
	open_gate();
	wait_for_busy(0); /* the threads end by themselves */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(uses_at_most_eight_threads),
		cmocka_unit_test(gives_up_slow_names),
		cmocka_unit_test(few_threads_are_waited_for),
		cmocka_unit_test(no_thread_is_our_own_fault),
		cmocka_unit_test(asks_again_what_got_no_answer),
		cmocka_unit_test(tells_what_no_server_was_asked_for),
		cmocka_unit_test(asks_for_the_heaviest_first),
		cmocka_unit_test(can_be_freed_while_it_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
