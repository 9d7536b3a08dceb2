#include "libraries.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"

static const struct library {
	const char *file_prefix, *name;
} libraries[] = {
	{"libjpeg.so.", "jpeg"},  {"libpng16.so.", "png"},   {"libspng.so.", "spng"},
	{"libz.so.", "z"},        {"libwebp.so.", "webp"},   {"libheif.so.", "heif"},
	{"libaom.so.", "aom"},    {"libdav1d.so.", "dav1d"}, {"libde265.so.", "de265"},
	{"liblcms2.so.", "lcms"},
};

/* What libheif of 1.16 and later calls its codecs. */
#define PLUGIN_PREFIX "/libheif-"

struct versions {
	char text[ARRAY_LENGTH(libraries)][24]; /* "" while not seen */
};

static bool has_prefix(const char *path, const struct library *library)
{
	const char *slash = strrchr(path, '/');

	return slash && !strncmp(slash + 1, library->file_prefix, strlen(library->file_prefix));
}

static int note_library(struct dl_phdr_info *info, size_t size_bytes, void *context)
{
	struct versions *versions = context;

	(void)size_bytes;
	for (size_t i = 0; i < ARRAY_LENGTH(libraries); i++) {
		CLEANUP(cleanup_free) char *path = NULL;

		if (has_prefix(info->dlpi_name, &libraries[i]))
			path = realpath(info->dlpi_name, NULL);
		if (path && has_prefix(path, &libraries[i]))
			snprintf(versions->text[i], sizeof versions->text[i], "%s",
				 strrchr(path, '/') + 1 + strlen(libraries[i].file_prefix));
	}
	return 0;
}

void libraries_append_versions(char *text, size_t size_bytes)
{
	struct versions versions = {0};
	size_t used_bytes;

	dl_iterate_phdr(note_library, &versions);
	for (size_t i = 0; i < ARRAY_LENGTH(libraries); i++) {
		used_bytes = strlen(text);
		if (versions.text[i][0])
			snprintf(text + used_bytes, size_bytes - used_bytes, " %s-%s",
				 libraries[i].name, versions.text[i]);
	}
}

struct paths {
	struct buf *text;
	char *plugins; /* libheif's folder of codecs; NULL while none was seen */
};

static int append_path(struct dl_phdr_info *info, size_t size_bytes, void *context)
{
	struct paths *paths = context;
	CLEANUP(cleanup_free) char *path = realpath(info->dlpi_name, NULL);
	char *name = path ? strrchr(path, '/') : NULL;
	int error = path ? buf_printf(paths->text, "%s\n", path) : 0;

	(void)size_bytes;
	if (!error && name && !strncmp(name, PLUGIN_PREFIX, strlen(PLUGIN_PREFIX)) &&
	    !paths->plugins)
		paths->plugins = alloc_string_n(path, (size_t)(name - path));
	return error;
}

int libraries_append_paths(struct buf *text)
{
	struct paths paths = {.text = text};
	int error = dl_iterate_phdr(append_path, &paths);

	if (!error && paths.plugins)
		error = buf_printf(text, "%s\n", paths.plugins);
	free(paths.plugins);
	return error;
}

bool libraries_can_encode_avif(void)
{
	const int av1 = 4; /* heif_compression_AV1 */
	void *heif = dlopen("libheif.so.1", RTLD_LAZY | RTLD_NOLOAD);
	int (*has_encoder)(int);
	bool can;

	if (!heif)
		return false;
	*(void **)&has_encoder = dlsym(heif, "heif_have_encoder_for_format");
	can = has_encoder && has_encoder(av1);
	dlclose(heif);
	return can;
}

void libraries_load_plugins(void)
{
	void *heif = dlopen("libheif.so.1", RTLD_LAZY | RTLD_NOLOAD);
	void (*init)(void *);

	if (!heif)
		return;
	*(void **)&init = dlsym(heif, "heif_init");
	if (init)
		init(NULL);
	dlclose(heif);
}
