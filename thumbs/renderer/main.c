/*
 * picdesk-renderer: decodes one image after the other for picdesk, in a sandbox.
 *
 *	picdesk-renderer --serve [N]   requests and replies (wire.h) over descriptor 3; with N
 *	                               others beside it (siblings.h)
 *	picdesk-renderer --version     what thumbnails' keys name
 *	picdesk-renderer --sandbox     what confines it on this machine
 *	picdesk-renderer --self-test   enters the sandbox and tries to break its rules
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "alloc.h"
#include "buf.h"
#include "cleanup.h"
#include "libraries.h"
#include "render.h"
#include "sandbox.h"
#include "siblings.h"
#include "vips_setup.h"
#include "wire.h"

#define OUTBOX_BYTES (8u << 20) /* with more than that unsent no new image is begun */

/* Replies that the parent has not taken yet. While it waits for its disk the next images are worked
 * on; a socket holds less than one image's thumbnails. */
struct outbox {
	struct buf bytes;
	size_t sent_bytes;
};

static void outbox_release(struct outbox *outbox)
{
	buf_release(&outbox->bytes);
}

static size_t outbox_left(const struct outbox *outbox)
{
	return outbox->bytes.length_bytes - outbox->sent_bytes;
}

/* As much as the socket takes now; false when nobody listens. */
static bool outbox_push(struct outbox *outbox)
{
	while (outbox_left(outbox)) {
		ssize_t sent = send(WIRE_SERVICE_FD, outbox->bytes.data + outbox->sent_bytes,
				    outbox_left(outbox), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 && errno == EAGAIN)
			return true;
		if (sent <= 0)
			return false;
		outbox->sent_bytes += (size_t)sent;
	}
	buf_clear(&outbox->bytes);
	outbox->sent_bytes = 0;
	return true;
}

/* Until the next request can be read, and not more than a little is left to send; false at the end
 * of the conversation. */
static bool wait_for_request(struct outbox *outbox)
{
	for (;;) {
		bool has_room = outbox_left(outbox) < OUTBOX_BYTES;
		struct pollfd wait = {
			.fd = WIRE_SERVICE_FD,
			.events = (short)((has_room ? POLLIN : 0) |
					  (outbox_left(outbox) ? POLLOUT : 0)),
		};

		if (poll(&wait, 1, -1) < 0 && errno != EINTR)
			return false;
		if (!outbox_push(outbox))
			return false;
		if (wait.revents & (POLLERR | POLLNVAL))
			return false;
		if (wait.revents & (POLLIN | POLLHUP) && outbox_left(outbox) < OUTBOX_BYTES)
			return true;
	}
}

/* Reads exactly that many bytes; a descriptor that rides on them lands in *ret_fd. False at the end
 * of the conversation. */
static bool receive(unsigned char *to, size_t length_bytes, int *ret_fd)
{
	size_t done = 0;

	while (done < length_bytes) {
		union {
			struct cmsghdr head;
			char space[CMSG_SPACE(sizeof(int))];
		} control;
		struct iovec piece = {to + done, length_bytes - done};
		struct msghdr message = {.msg_iov = &piece,
					 .msg_iovlen = 1,
					 .msg_control = &control,
					 .msg_controllen = sizeof control};
		ssize_t got = recvmsg(WIRE_SERVICE_FD, &message, MSG_CMSG_CLOEXEC);
		const struct cmsghdr *head;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		head = CMSG_FIRSTHDR(&message);
		if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
		    head->cmsg_len == CMSG_LEN(sizeof(int)) && *ret_fd < 0)
			memcpy(ret_fd, CMSG_DATA(head), sizeof *ret_fd);
		done += (size_t)got;
	}
	return true;
}

/* NULL, or why it could not be read: a disk's fault is not the image's. */
static const char *read_image(int fd, size_t length_bytes, unsigned char *ret_data)
{
	size_t done = 0;

	while (done < length_bytes) {
		ssize_t got = pread(fd, ret_data + done, length_bytes - done, (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? strerror(errno) : "the file is shorter than it was";
		done += (size_t)got;
	}
	return NULL;
}

static void render(const struct wire_request *request, int fd, struct thumb_result *ret_result)
{
	CLEANUP(cleanup_free)
	unsigned char *data = alloc_zeroed(request->bytes + RENDER_SLACK_BYTES, 1);
	const char *why = read_image(fd, request->bytes, data);

	if (why) {
		ret_result->verdict = THUMB_UNREAD;
		snprintf(ret_result->message, sizeof ret_result->message, "%s", why);
		return;
	}
	render_image(request, data, request->bytes, ret_result);
}

static bool reply(struct outbox *outbox, uint32_t number, const struct thumb_result *result)
{
	unsigned char head[WIRE_REPLY_HEAD_BYTES];

	wire_reply_head_format(number, result, head);
	buf_append(&outbox->bytes, head, sizeof head);
	for (size_t i = 0; i < result->n_thumbs; i++) {
		const struct thumb *thumb = &result->thumbs[i];

		wire_thumb_head_format(thumb, head);
		buf_append(&outbox->bytes, head, WIRE_THUMB_HEAD_BYTES);
		buf_append(&outbox->bytes, thumb->bytes.data, thumb->bytes.length_bytes);
	}
	return outbox_push(outbox);
}

/* One request; false when there are no more, or when what came is none. */
static bool serve_one(const struct sandbox *sandbox, struct outbox *outbox)
{
	unsigned char frame[WIRE_REQUEST_MAX_BYTES];
	CLEANUP(cleanup_close) int fd = -1;
	CLEANUP(thumb_result_release) struct thumb_result result = {0};
	struct wire_request request;
	size_t frame_bytes;

	if (!wait_for_request(outbox) || !receive(frame, WIRE_REQUEST_HEAD_BYTES, &fd))
		return false;
	frame_bytes = wire_request_length(frame);
	if (!frame_bytes ||
	    !receive(frame + WIRE_REQUEST_HEAD_BYTES, frame_bytes - WIRE_REQUEST_HEAD_BYTES, &fd))
		return false;
	if (fd < 0 || !wire_request_parse(frame, frame_bytes, &request))
		return false;
	if (request.max_decoded_bytes > sandbox->decoding_bytes)
		request.max_decoded_bytes = sandbox->decoding_bytes;
	render(&request, fd, &result);
	return reply(outbox, request.number, &result);
}

static int serve(const struct sandbox *sandbox, const struct buf *files)
{
	CLEANUP(outbox_release) struct outbox outbox = {.bytes = BUF_INIT(BUF_UNLIMITED)};
	unsigned char frame[WIRE_HELLO_BYTES];
	struct wire_hello hello = {0};

	snprintf(hello.version, sizeof hello.version, "%s", vips_setup_version());
	sandbox_describe(sandbox, hello.sandbox, sizeof hello.sandbox);
	hello.files_bytes = files->length_bytes;
	wire_hello_format(&hello, frame);
	buf_append(&outbox.bytes, frame, sizeof frame);
	buf_append_string(&outbox.bytes, buf_string(files));
	if (!outbox_push(&outbox))
		return 1;
	while (serve_one(sandbox, &outbox))
		;
	return 0;
}

static int run(const char *mode, const struct sandbox *sandbox, const struct buf *files)
{
	char description[WIRE_HELLO_TEXT_BYTES];

	if (!strcmp(mode, "--serve"))
		return serve(sandbox, files);
	if (!strcmp(mode, "--self-test"))
		return sandbox_self_test() ? 0 : 1;
	sandbox_describe(sandbox, description, sizeof description);
	dprintf(STDOUT_FILENO, "%s\n", description);
	return 0;
}

/* The others' number in `--serve N`; 0 where there are none. */
static unsigned count_siblings(int argc, char **argv)
{
	int count = argc == 3 && !strcmp(argv[1], "--serve") ? atoi(argv[2]) : 0;

	return count > 0 && count <= WIRE_MAX_SIBLINGS ? (unsigned)count : 0;
}

int main(int argc, char **argv)
{
	unsigned n_siblings = count_siblings(argc, argv);
	const char *mode = argc == 2 || n_siblings ? argv[1] : "";
	CLEANUP(buf_release) struct buf files = BUF_INIT(WIRE_MAX_FILES_BYTES);
	struct sandbox sandbox;
	struct fault fault = {0};
	int status;

	sandbox_prepare(&sandbox);
	sandbox_keep_descriptors(WIRE_SIBLINGS_FD + 2 * (int)n_siblings);
	if (strcmp(mode, "--serve") && strcmp(mode, "--version") && strcmp(mode, "--sandbox") &&
	    strcmp(mode, "--self-test")) {
		fprintf(stderr,
			"picdesk-renderer: picdesk starts it; try --version or --self-test\n");
		return 1;
	}
	if (vips_setup_init(argv[0], &fault)) {
		fprintf(stderr, "picdesk-renderer: %s\n", fault.text);
		return 1;
	}
	if (!strcmp(mode, "--version")) {
		printf("%s\n", vips_setup_version());
		return 0;
	}
	if (libraries_append_paths(&files)) {
		fprintf(stderr, "picdesk-renderer: its libraries' paths are too long\n");
		return 1;
	}
	if (n_siblings) {
		siblings_start(n_siblings, argv[0]);
		/* What a process does not get from the one that it was forked from. */
		sandbox_prepare(&sandbox);
	}
	sandbox_close_files(&sandbox);
	sandbox_enter(&sandbox, strcmp(mode, "--serve") != 0);
	status = run(mode, &sandbox, &files);
	/* No exit handlers: they belong to libraries that may want calls which are refused now. */
	_exit(status);
}
