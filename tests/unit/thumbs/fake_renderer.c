/*
 * A renderer that says hello like the real one, and then does what the first byte of each image
 * names: 'o' answers well (a verdict without thumbnails), 'c' crashes, 'k' is killed, 'h' hangs,
 * 'q' ends quietly, 'm' says what libheif says without memory, 'l' lies about the original's size,
 * 'n' answers with another number, 'g' writes garbage, 's' fills stderr and crashes, 'x' makes a
 * thumbnail that is no image, 'b' announces more bytes than it sends, 'B' more than a thumbnail of
 * its size may have, 'e' sends bytes one by one without an end, 'a' answers well alone, and is
 * killed beside another one.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "siblings.h"
#include "wire.h"

#define WORK_US 20000

static void say(const void *data, size_t length)
{
	const char *next = data;

	while (length) {
		ssize_t sent = send(WIRE_SERVICE_FD, next, length, MSG_NOSIGNAL);

		if (sent <= 0)
			_exit(2);
		next += sent;
		length -= (size_t)sent;
	}
}

static void hello(void)
{
	static const char files[] = "/proc/self/exe\n";
	struct wire_hello hello = {.version = "fake " WIRE_NO_AVIF,
				   .sandbox = "nothing",
				   .files_bytes = sizeof files - 1};
	unsigned char frame[WIRE_HELLO_BYTES];

	wire_hello_format(&hello, frame);
	say(frame, sizeof frame);
	say(files, sizeof files - 1);
}

/* Also the image's first byte, from the descriptor that came along. */
static char receive(struct wire_request *ret_request)
{
	unsigned char frame[WIRE_REQUEST_MAX_BYTES];
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec piece = {frame, WIRE_REQUEST_HEAD_BYTES};
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	size_t rest;
	char first = 0;
	int fd;

	if (recvmsg(WIRE_SERVICE_FD, &message, MSG_WAITALL) != WIRE_REQUEST_HEAD_BYTES)
		_exit(0);
	rest = wire_request_length(frame) - WIRE_REQUEST_HEAD_BYTES;
	if (rest && recv(WIRE_SERVICE_FD, frame + WIRE_REQUEST_HEAD_BYTES, rest, MSG_WAITALL) < 0)
		_exit(3);
	if (!wire_request_parse(frame, WIRE_REQUEST_HEAD_BYTES + rest, ret_request))
		_exit(4);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	if (pread(fd, &first, 1, 0) != 1)
		_exit(5);
	close(fd);
	return first;
}

static void answer(uint32_t number, int width, size_t n_thumbs, uint32_t thumb_bytes)
{
	struct thumb_result result = {
		.width_px = width, .height_px = 10, .frames = 1, .n_thumbs = n_thumbs};
	struct thumb thumb = {.type = MEDIA_WEBP, .width_px = 10, .height_px = 10};
	unsigned char head[WIRE_REPLY_HEAD_BYTES];

	wire_reply_head_format(number, &result, head);
	say(head, sizeof head);
	if (!n_thumbs)
		return;
	thumb.bytes.length_bytes = thumb_bytes;
	wire_thumb_head_format(&thumb, head);
	say(head, WIRE_THUMB_HEAD_BYTES);
	say("junk", 4);
}

static void answer_without_memory(uint32_t number)
{
	struct thumb_result result = {
		.verdict = THUMB_UNDECODABLE, .width_px = 10, .height_px = 10, .frames = 1};
	unsigned char head[WIRE_REPLY_HEAD_BYTES];

	snprintf(result.message, sizeof result.message,
		 "heif: Unsupported feature: Unsupported color conversion (4.3003)");
	wire_reply_head_format(number, &result, head);
	say(head, sizeof head);
}

/* Until it is killed, or nobody is there any more who would. */
static void hang(void)
{
	struct pollfd closed = {.fd = WIRE_SERVICE_FD};

	while (poll(&closed, 1, -1) < 1)
		;
	_exit(7);
}

/* As fast as the parent reads. */
static void send_single_bytes(uint32_t number)
{
	answer(number, 3000, 1, 64u << 20);
	if (!fork())
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		say("e", 1);
}

/* A lock on the program's own file stands for memory that is enough for one. */
static void answer_alone(uint32_t number)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (flock(fd, LOCK_EX | LOCK_NB))
		raise(SIGKILL);
	usleep(WORK_US);
	close(fd);
	answer(number, 10, 0, 0);
}

static void misbehave(char how, uint32_t number)
{
	static char noise[4096];

	switch (how) {
	case 'c':
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
		break;
	case 'a':
		answer_alone(number);
		break;
	case 'k':
		raise(SIGKILL);
		break;
	case 'h':
		hang();
		break;
	case 'q':
		_exit(0);
	case 'm':
		answer_without_memory(number);
		break;
	case 'l':
		answer(number, 11, 0, 0);
		break;
	case 'n':
		answer(number + 1, 10, 0, 0);
		break;
	case 'x':
		answer(number, 10, 1, 4);
		break;
	case 'b':
		answer(number, 10, 1, 1u << 31);
		break;
	case 'B':
		answer(number, 10, 1, 16 * 16 * 8 + (64u << 10) + 1);
		hang();
		break;
	case 'e':
		send_single_bytes(number);
		break;
	case 'g':
		memset(noise, 'g', sizeof noise);
		say(noise, sizeof noise);
		break;
	case 's':
		memset(noise, 's', sizeof noise);
		memcpy(noise + sizeof noise - 14, "the last words", 14);
		for (int i = 0; i < 3; i++)
			if (write(STDERR_FILENO, noise, sizeof noise) < 0)
				_exit(6);
		abort();
	default:
		answer(number, 10, 0, 0);
	}
}

int main(int argc, char **argv)
{
	struct wire_request request;

	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("fake " WIRE_NO_AVIF);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--sandbox")) {
		fprintf(stderr, "it has none\n");
		return 7;
	}
	if (argc == 3)
		siblings_start((unsigned)atoi(argv[2]), argv[0]);
	hello();
	for (;;) {
		char how = receive(&request);

		misbehave(how, request.number);
	}
}
