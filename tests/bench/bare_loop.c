/*
 * bare_loop: the renderer's own code over many files, with nothing around it: no fetch, no store,
 * no sandbox, no other process. What `picdesk build` reaches of its rate is what all that costs.
 *
 *	bare_loop PROCESSES FORMAT QUALITY HEIGHT WIDTH[,WIDTH...] [FOLDER] < names
 *
 * The clock starts when all processes have loaded their libraries, and stops when the last of them
 * has ended. Names of files, one a line, on stdin; a process takes the next whenever it is free.
 * HEIGHT 0: it follows, else a crop. With FOLDER, thumbnails go there as NUMBER-WIDTH.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "clock.h"
#include "image_header.h"
#include "render.h"
#include "vips_setup.h"

#define MOST_FILES 100000

struct loop {
	char **names;
	size_t n_names, n_processes;
	struct wire_request request;
	const char *folder; /* NULL: thumbnails are dropped */
};

static int fail(const char *what)
{
	fprintf(stderr, "bare_loop: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void read_names(struct loop *loop)
{
	CLEANUP(cleanup_free) char *line = NULL;
	size_t size_bytes = 0;
	ssize_t length_bytes;

	loop->names = alloc_zeroed(MOST_FILES, sizeof *loop->names);
	while (loop->n_names < MOST_FILES &&
	       (length_bytes = getline(&line, &size_bytes, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		loop->names[loop->n_names++] = alloc_string(line);
	}
}

static void parse_specs(struct loop *loop, char **arguments)
{
	struct thumb_spec spec = {.background = {255, 255, 255}};
	char *widths = arguments[3];

	if (!thumb_format_parse(arguments[0], &spec.format))
		fail(arguments[0]);
	spec.quality = atoi(arguments[1]);
	spec.height_px = atoi(arguments[2]);
	spec.fit = spec.height_px ? THUMB_COVER : THUMB_CONTAIN;
	for (char *width = strtok(widths, ","); width; width = strtok(NULL, ",")) {
		spec.width_px = atoi(width);
		loop->request.specs[loop->request.n_specs++] = spec;
	}
	loop->request.max_pixels = 100000000;
	loop->request.max_decoded_bytes = 512ull << 20;
}

static unsigned char *read_file(const char *name, size_t *ret_length_bytes)
{
	CLEANUP(cleanup_close) int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat status;
	unsigned char *data;

	if (fd < 0 || fstat(fd, &status))
		fail(name);
	data = alloc_zeroed((size_t)status.st_size + RENDER_SLACK_BYTES, 1);
	if (read(fd, data, (size_t)status.st_size) != status.st_size)
		fail(name);
	*ret_length_bytes = (size_t)status.st_size;
	return data;
}

static void write_thumb(const struct loop *loop, size_t number, const struct thumb *thumb)
{
	CLEANUP(cleanup_free)
	char *path = alloc_printf("%s/%zu-%d", loop->folder, number,
				  loop->request.specs[thumb->spec].width_px);
	CLEANUP(cleanup_close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, thumb->bytes.data, thumb->bytes.length_bytes) !=
			      (ssize_t)thumb->bytes.length_bytes)
		fail(path);
}

static size_t render_file(const struct loop *loop, size_t number)
{
	CLEANUP(thumb_result_release) struct thumb_result result = {0};
	struct wire_request request = loop->request;
	size_t length_bytes, made_bytes = 0;
	CLEANUP(cleanup_free)
	unsigned char *data = read_file(loop->names[number], &length_bytes);
	struct image_header header = {0};

	image_header_read(data, length_bytes, true, &header);
	request.type = header.type;
	request.bytes = length_bytes;
	render_image(&request, data, length_bytes, &result);
	if (result.n_thumbs != request.n_specs) {
		fprintf(stderr, "bare_loop: %s: %s\n", loop->names[number], result.message);
		exit(1);
	}
	for (size_t i = 0; i < result.n_thumbs; i++) {
		made_bytes += result.thumbs[i].bytes.length_bytes;
		if (loop->folder)
			write_thumb(loop, number, &result.thumbs[i]);
	}
	return made_bytes;
}

/* What the processes share; counted without locks. */
struct shared {
	size_t next, bytes, cpu_us;
};

static size_t cpu_us(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (size_t)used.tv_sec * 1000000 + (size_t)used.tv_nsec / 1000;
}

/* One process: a file whenever it is free. */
static void work(const struct loop *loop, struct shared *shared)
{
	size_t before_us = cpu_us(), number;

	while ((number = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED)) < loop->n_names)
		__atomic_fetch_add(&shared->bytes, render_file(loop, number), __ATOMIC_RELAXED);
	__atomic_fetch_add(&shared->cpu_us, cpu_us() - before_us, __ATOMIC_RELAXED);
}

/* Says a byte on `ready_fd`, and begins when `go_fd` comes to its end. */
static void start(const struct loop *loop, const char *program, struct shared *shared, int ready_fd,
		  int go[2])
{
	struct fault fault = {0};
	pid_t pid = fork();
	char byte = 0;

	if (pid < 0)
		fail("fork");
	if (pid)
		return;
	close(go[1]);
	if (vips_setup_init(program, &fault)) {
		fprintf(stderr, "bare_loop: %s\n", fault.text);
		_exit(1);
	}
	if (write(ready_fd, &byte, 1) != 1 || read(go[0], &byte, 1) != 0)
		_exit(1);
	work(loop, shared);
	_exit(0);
}

static int run(const struct loop *loop, const char *program, struct shared *shared)
{
	int ready[2], go[2], status, failures = 0;
	int64_t started_ms;
	char byte;

	if (pipe(ready) || pipe(go))
		fail("pipe");
	for (size_t i = 0; i < loop->n_processes; i++)
		start(loop, program, shared, ready[1], go);
	close(ready[1]);
	for (size_t i = 0; i < loop->n_processes && read(ready[0], &byte, 1) == 1; i++)
		;
	started_ms = clock_monotonic_ms();
	close(go[1]);
	while (wait(&status) > 0)
		failures += status != 0;
	printf("{\"seconds\": %.3f, \"cpu_seconds\": %.3f, \"bytes\": %zu}\n",
	       (double)(clock_monotonic_ms() - started_ms) / 1000, (double)shared->cpu_us / 1e6,
	       shared->bytes);
	return failures != 0;
}

int main(int argc, char **argv)
{
	struct loop loop = {0};
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if ((argc != 6 && argc != 7) || shared == MAP_FAILED)
		return 1;
	loop.n_processes = (size_t)atoi(argv[1]);
	parse_specs(&loop, argv + 2);
	loop.folder = argv[6];
	read_names(&loop);
	return run(&loop, argv[0], shared);
}
