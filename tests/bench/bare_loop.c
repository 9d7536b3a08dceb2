/*
 * bare_loop: the renderer's own code over many files, with nothing around it: no fetch, no store,
 * no sandbox, no other process. What `picdesk build` reaches of its rate is what all that costs.
 *
 *	bare_loop PROCESSES FORMAT QUALITY HEIGHT WIDTH[,WIDTH...] [FOLDER] < names
 *
 * Names of files, one a line, on stdin; every process takes its share. HEIGHT 0: it follows, else
 * a crop. With FOLDER, thumbnails go there as NUMBER-WIDTH.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* One process: a file whenever it is free, by a counter that all share. */
static void work(const struct loop *loop, size_t *next, size_t *bytes)
{
	size_t number;

	while ((number = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED)) < loop->n_names)
		__atomic_fetch_add(bytes, render_file(loop, number), __ATOMIC_RELAXED);
}

static void start(const struct loop *loop, const char *program, size_t *shared)
{
	struct fault fault = {0};
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid)
		return;
	if (vips_setup_init(program, &fault)) {
		fprintf(stderr, "bare_loop: %s\n", fault.text);
		_exit(1);
	}
	vips_setup_warm_up();
	work(loop, &shared[0], &shared[1]);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct loop loop = {0};
	size_t *shared = mmap(NULL, sizeof *shared * 2, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, failures = 0;
	int64_t started_ms;

	if ((argc != 6 && argc != 7) || shared == MAP_FAILED)
		return 1;
	loop.n_processes = (size_t)atoi(argv[1]);
	parse_specs(&loop, argv + 2);
	loop.folder = argv[6];
	read_names(&loop);
	started_ms = clock_monotonic_ms();
	for (size_t i = 0; i < loop.n_processes; i++)
		start(&loop, argv[0], shared);
	while (wait(&status) > 0)
		failures += status != 0;
	if (failures)
		return 1;
	printf("{\"seconds\": %.3f, \"bytes\": %zu}\n",
	       (double)(clock_monotonic_ms() - started_ms) / 1000, shared[1]);
	return 0;
}
