#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"
#include "resolver.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned n_busy, most_busy, n_lookups;
static unsigned heavy_at; /* which lookup, counted from 1, was the one for "heavy" */

static void rest_ms(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static void note(const char *name, int change)
{
	pthread_mutex_lock(&lock);
	n_busy += (unsigned)change;
	if (n_busy > most_busy)
		most_busy = n_busy;
	n_lookups += change > 0;
	if (change > 0 && !strcmp(name, "heavy"))
		heavy_at = n_lookups;
	pthread_mutex_unlock(&lock);
}

/* The name says what happens. */
static int lookup(const char *name, const struct addrinfo *hints, struct addrinfo **ret_list)
{
	int error = 0;

	(void)hints;
	note(name, 1);
	if (!strcmp(name, "silent-once") && n_lookups == 1) {
		rest_ms(600);
		note(name, -1);
		return EAI_AGAIN;
	}
	if (!strncmp(name, "slow", 4))
		rest_ms(300);
	else
		rest_ms(5);
	if (!strcmp(name, "none"))
		error = EAI_NONAME;
	else if (!strcmp(name, "again"))
		error = EAI_AGAIN;
	else if (!strcmp(name, "files")) {
		errno = EMFILE;
		error = EAI_SYSTEM;
	}
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
	note(name, -1);
	return error;
}

static void release(struct addrinfo *list)
{
	free(list->ai_addr);
	free(list);
}

static struct resolver *make(int64_t limit_ms)
{
	static const struct resolver_calls calls = {lookup, release};
	struct resolver *resolver = NULL;
	struct fault fault = {0};

	n_busy = most_busy = n_lookups = 0;
	assert_int_equal(resolver_new(&calls, limit_ms, &resolver, &fault), 0);
	return resolver;
}

static void next(struct resolver *resolver, struct resolver_answer *ret_answer)
{
	while (!resolver_next(resolver, clock_monotonic_ms(), ret_answer)) {
		struct pollfd fd = {.fd = resolver_fd(resolver), .events = POLLIN};
		int64_t left_ms = resolver_deadline_ms(resolver) - clock_monotonic_ms();

		poll(&fd, 1, left_ms < 0 ? 0 : left_ms > 5000 ? 5000 : (int)left_ms);
	}
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
	struct resolver *resolver = make(5000);
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
	struct resolver *resolver = make(5000);
	const size_t weight = 1;
	struct resolver_answer answer;
	int owners[40];

	(void)state;
	for (size_t i = 0; i < 40; i++)
		resolver_ask(resolver, "good", &weight, &owners[i]);
	for (size_t i = 0; i < 40; i++) {
		next(resolver, &answer);
		assert_int_equal(answer.result, RESOLVER_OK);
		free(answer.addresses);
	}
	assert_int_equal(n_lookups, 40);
	assert_in_range(most_busy, 2, RESOLVER_MAX_THREADS);
	resolver_free(resolver);
}

static void gives_up_slow_names(void **state)
{
	struct resolver *resolver = make(50);
	const size_t weight = 1;
	struct resolver_answer answer;
	int64_t begun_ms = clock_monotonic_ms();
	int slow, good;

	(void)state;
	resolver_ask(resolver, "slow", &weight, &slow);
	resolver_ask(resolver, "good", &weight, &good);
	next(resolver, &answer);
	assert_ptr_equal(answer.owner, &good);
	free(answer.addresses);
	next(resolver, &answer);
	assert_ptr_equal(answer.owner, &slow);
	assert_int_equal(answer.result, RESOLVER_NO_ANSWER);
	assert_true(answer.is_timeout);
	assert_in_range(clock_monotonic_ms() - begun_ms, 45, 250);
	rest_ms(350); /* the late answer is dropped */
	assert_false(resolver_next(resolver, clock_monotonic_ms(), &answer));
	resolver_free(resolver);
}

static void asks_again_after_silence(void **state)
{
	struct resolver *resolver = make(5000);
	const size_t weight = 1;
	struct resolver_answer answer;
	int owner;

	(void)state;
	resolver_ask(resolver, "silent-once", &weight, &owner);
	next(resolver, &answer);
	assert_int_equal(answer.result, RESOLVER_OK);
	assert_int_equal(n_lookups, 2);
	free(answer.addresses);
	resolver_free(resolver);
}

static void asks_for_the_heaviest_first(void **state)
{
	struct resolver *resolver = make(5000);
	const size_t light = 1, heavy = 1000;
	struct resolver_answer answer;
	int owner;

	(void)state;
	for (size_t i = 0; i < 20; i++)
		resolver_ask(resolver, "good", &light, &owner);
	resolver_ask(resolver, "heavy", &heavy, &owner);
	for (size_t i = 0; i < 21; i++) {
		next(resolver, &answer);
		free(answer.addresses);
	}
	assert_int_equal(n_lookups, 21);
	assert_in_range(heavy_at, 1, RESOLVER_MAX_THREADS);
	resolver_free(resolver);
}

static void can_be_freed_while_it_works(void **state)
{
	struct resolver *resolver = make(5000);
	const size_t weight = 1;
	struct resolver_answer answer;
	int owner;

	(void)state;
	for (size_t i = 0; i < 20; i++)
		resolver_ask(resolver, "slow", &weight, &owner);
	assert_false(resolver_next(resolver, clock_monotonic_ms(), &answer));
	rest_ms(20);
	resolver_free(resolver);
	rest_ms(400); /* for the leak checker: the threads end by themselves */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(uses_at_most_eight_threads),
		cmocka_unit_test(gives_up_slow_names),
		cmocka_unit_test(asks_again_after_silence),
		cmocka_unit_test(asks_for_the_heaviest_first),
		cmocka_unit_test(can_be_freed_while_it_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
