/*
 * replay.c: gives a fuzz target every file of the folders and files named, in the order of their
 * names.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "cleanup.h"
#include "fuzz.h"

static size_t n_inputs;

static void replay_file(const char *path)
{
	FILE *stream = fopen(path, "rb");
	struct stat status;
	/* Of exactly its length: a sanitizer sees a read past the end. */
	CLEANUP(cleanup_free) uint8_t *data = NULL;
	size_t length;

	if (!stream || fstat(fileno(stream), &status) < 0) {
		perror(path);
		exit(1);
	}
	length = (size_t)status.st_size;
	data = alloc_resized(NULL, length ? length : 1, 1);
	if (fread(data, 1, length, stream) != length) {
		perror(path);
		exit(1);
	}
	fclose(stream);
	LLVMFuzzerTestOneInput(data, length);
	n_inputs++;
}

static void replay(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);

	if (count < 0) {
		replay_file(path);
		return;
	}
	for (int i = 0; i < count; i++) {
		CLEANUP(cleanup_free)
		char *inner = alloc_printf("%s/%s", path, entries[i]->d_name);

		if (entries[i]->d_name[0] != '.')
			replay_file(inner);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%zu inputs\n", n_inputs);
	return n_inputs == 0;
}
