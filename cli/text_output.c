#include "text_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "folders.h"
#include "interrupt.h"

/* A pipe or terminal that another program has set so does not wait itself (O_NONBLOCK; it is shared
 * by all that write to it). */
static void wait_for_room(int fd)
{
	poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
}

/* All of it, or a fault. Who ends the program does not wait for whoever reads it. */
static int write_out(struct text_output *output, const char *data, size_t length_bytes)
{
	while (length_bytes) {
		ssize_t written;

		if (interrupt_signal() != output->signal_before)
			return -EINTR;
		written = write(output->fd, data, length_bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN) {
			wait_for_room(output->fd);
			continue;
		}
		if (written < 0 && errno == EPIPE && !output->path)
			return -EPIPE;
		if (written < 0)
			return fault_raise(output->fault, -errno, "%s: write: %s",
					   output->path ? output->path : "standard output",
					   strerror(errno));
		data += written;
		length_bytes -= (size_t)written;
	}
	return 0;
}

static int write_piece(void *context, const void *data, size_t length_bytes)
{
	struct text_output *output = context;

	if (output->fd >= 0)
		return write_out(output, data, length_bytes);
	return tmpfile_write(&output->tmp, data, length_bytes, output->fault);
}

/* The temporary file's faults name its folder. */
static int name_target(const struct text_output *output, int error, struct fault *fault)
{
	return error ? fault_wrap(fault, error, "write %s", output->path) : 0;
}

static int open_temporary(struct text_output *output, struct fault *fault)
{
	char *slash;
	int error = folders_make_above(output->place.path, fault);

	if (error)
		return error;
	output->folder = alloc_string(output->place.path);
	slash = strrchr(output->folder, '/');
	if (slash)
		*slash = '\0';
	output->folder_fd = open(!slash              ? "."
				 : output->folder[0] ? output->folder
						     : "/",
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (output->folder_fd < 0)
		return fault_raise(fault, -errno, "%s: open its folder: %s", output->path,
				   strerror(errno));
	tmpfile_sweep(output->folder_fd);
	error = tmpfile_open(&output->tmp, output->folder_fd, slash ? output->folder : ".", fault);
	return name_target(output, error, fault);
}

static int open_target(struct text_output *output, struct fault *fault)
{
	int error;

	if (!output->path) {
		output->fd = STDOUT_FILENO;
		return 0;
	}
	error = output_place_find(output->path, &output->place, fault);
	if (error)
		return error;
	if (output->place.path)
		return open_temporary(output, fault);
	output->fd = output->place.fd;
	output->place.fd = -1;
	return 0;
}

int text_output_begin(struct text_output *output, const char *path, struct fault *fault)
{
	int error;

	*output = (struct text_output){
		.text = {.max_bytes = BUF_UNLIMITED, .outlet = &output->outlet},
		.outlet = {.write = write_piece, .context = output},
		.path = path,
		.place = OUTPUT_PLACE_INIT,
		.folder_fd = -1,
		.fd = -1,
		.signal_before = interrupt_signal(),
		.tmp = TMPFILE_INIT,
		.fault = fault,
	};
	error = open_target(output, fault);
	if (error)
		text_output_discard(output);
	return error;
}

static int publish(struct text_output *output, struct fault *fault)
{
	const char *path = output->place.path, *slash = strrchr(path, '/');

	return tmpfile_publish(&output->tmp, slash ? slash + 1 : path, output->place.mode, fault);
}

/* What a device could not take may be told only when it is closed. */
static int close_other(struct text_output *output, struct fault *fault)
{
	int fd = output->fd;

	output->fd = -1;
	if (close(fd) < 0)
		return fault_raise(fault, -errno, "%s: write: %s", output->path, strerror(errno));
	return 0;
}

int text_output_end(struct text_output *output, struct fault *fault)
{
	int error;

	output->fault = fault;
	error = buf_drain(&output->text);
	if (error == -EPIPE && !output->path)
		error = 0;
	else if (output->fd < 0)
		error = name_target(output, error ? error : publish(output, fault), fault);
	else if (!error && output->path)
		error = close_other(output, fault);
	text_output_discard(output);
	return error;
}

void text_output_discard(struct text_output *output)
{
	tmpfile_discard(&output->tmp);
	buf_release(&output->text);
	if (output->path)
		cleanup_close(&output->fd);
	cleanup_close(&output->folder_fd);
	output_place_release(&output->place);
	free(output->folder);
	output->folder = NULL;
}
