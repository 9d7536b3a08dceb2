#include "../cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "renderer_identity.h"

/* A folder with a renderer and a folder of libraries. */
struct files {
	char folder[32], renderer[64], libraries[64], loaded[80], plugin[80];
};

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int make_files(void **state)
{
	static struct files files;

	snprintf(files.folder, sizeof files.folder, "./test_identity.XXXXXX");
	if (!mkdtemp(files.folder))
		return -1;
	snprintf(files.renderer, sizeof files.renderer, "%s/renderer", files.folder);
	snprintf(files.libraries, sizeof files.libraries, "%s/lib", files.folder);
	snprintf(files.loaded, sizeof files.loaded, "%s/libjpeg.so", files.libraries);
	snprintf(files.plugin, sizeof files.plugin, "%s/plugin.so", files.libraries);
	mkdir(files.libraries, 0700);
	write_file(files.loaded, "one", 0600);
	write_file(files.renderer, "a program", 0700);
	unsetenv("LD_LIBRARY_PATH");
	*state = &files;
	return 0;
}

static int remove_files(void **state)
{
	struct files *files = *state;

	unlink(files->plugin);
	unlink(files->loaded);
	unlink(files->renderer);
	rmdir(files->libraries);
	return rmdir(files->folder);
}

static char *identity_of(const struct files *files)
{
	char *text, *loaded = alloc_printf("%s\n", files->loaded);

	text = renderer_identity_new(files->renderer, "1 vips-9", loaded);
	free(loaded);
	assert_true(!strncmp(text, "1 vips-9\n", 9));
	assert_true(renderer_identity_is_same(files->renderer, text));
	return text;
}

static void another_file_is_another_identity(void **state)
{
	struct files *files = *state;
	char *text = identity_of(files);

	/* Of the same size, and set back to the same time: the inode tells. */
	struct stat before;
	assert_int_equal(stat(files->loaded, &before), 0);
	write_file(files->loaded, "two", 0600);
	assert_int_equal(utimensat(AT_FDCWD, files->loaded,
				   (struct timespec[]){before.st_atim, before.st_mtim}, 0),
			 0);
	assert_false(renderer_identity_is_same(files->renderer, text));
	free(text);

	text = identity_of(files);
	write_file(files->plugin, "a plugin that was not there", 0600);
	assert_false(renderer_identity_is_same(files->renderer, text));
	free(text);

	text = identity_of(files);
	assert_int_equal(unlink(files->loaded), 0);
	assert_false(renderer_identity_is_same(files->renderer, text));
	free(text);
}

static void another_loader_or_renderer_is_another_identity(void **state)
{
	struct files *files = *state;
	char *text = identity_of(files);

	assert_false(renderer_identity_is_same("/bin/true", text));
	setenv("LD_LIBRARY_PATH", files->libraries, 1);
	assert_false(renderer_identity_is_same(files->renderer, text));
	unsetenv("LD_LIBRARY_PATH");
	assert_true(renderer_identity_is_same(files->renderer, text));
	assert_int_equal(chmod(files->renderer, 0500), 0);
	assert_false(renderer_identity_is_same(files->renderer, text));
	free(text);
}

static void nonsense_is_no_identity(void **state)
{
	const struct files *files = *state;
	static const char *const texts[] = {"",
					    "\n",
					    "1 vips-9",
					    "1 vips-9\n",
					    "1\n2\n",
					    "1\nLD_LIBRARY_PATH=\n",
					    "1\nLD_LIBRARY_PATH=\n1 2 3\n"};

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++)
		assert_false(renderer_identity_is_same(files->renderer, texts[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(another_file_is_another_identity, make_files,
						remove_files),
		cmocka_unit_test_setup_teardown(another_loader_or_renderer_is_another_identity,
						make_files, remove_files),
		cmocka_unit_test_setup_teardown(nonsense_is_no_identity, make_files, remove_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
