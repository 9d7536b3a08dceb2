#include "vips_setup.h"

#include <dlfcn.h>
#include <errno.h>
#include <gmodule.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "heap.h"
#include "libraries.h"
#include "vips_ref.h"
#include "wire.h"

#include <vips/vector.h> /* wants vips.h before it */

/* Raise it with every change that can change a thumbnail's bytes. */
#define REVISION 19

#define NO_MODULES "/nonexistent"
#define HEIF_MODULE "%.*s/vips-modules-%d.%d/vips-heif.so"

static char version_text[240], warning_text[160];

const char *vips_setup_version(void)
{
	return version_text;
}

/* GLib and libvips warn on stderr by their own choice. What matters comes back as an error, but for
 * what libpng says of chunks that it leaves out. */
static void hear_log(const char *domain, GLogLevelFlags level, const char *text, void *context)
{
	(void)context;
	if (level & G_LOG_LEVEL_WARNING && domain && !strcmp(domain, "VIPS") && !warning_text[0])
		snprintf(warning_text, sizeof warning_text, "%s", text);
}

void vips_setup_take_warning(char *ret_text, size_t size_bytes)
{
	snprintf(ret_text, size_bytes, "%s", warning_text);
	warning_text[0] = '\0';
}

/* libvips loads every module of its folder, each with libraries of its own (ImageMagick, Poppler,
 * OpenSlide): more than half of a start's time, code that hostile pictures could reach, and all of
 * it blocked. Its folder is where VIPSHOME says, so that it finds none; the one that is used is
 * loaded from beside the library. A libvips that has HEIF built in has no such file. */
static void load_heif_module(void)
{
	CLEANUP(cleanup_free) char *path = NULL;
	const char *slash;
	Dl_info library;
	GModule *module;

	if (!dladdr(dlsym(RTLD_DEFAULT, "vips_init"), &library) || !library.dli_fname)
		return;
	slash = strrchr(library.dli_fname, '/');
	if (!slash)
		return;
	path = alloc_printf(HEIF_MODULE, (int)(slash - library.dli_fname), library.dli_fname,
			    vips_version(0), vips_version(1));
	module = g_module_open(path, G_MODULE_BIND_LAZY);
	if (module)
		g_module_make_resident(module);
}

static void allow_loaders(void)
{
	static const char *const classes[] = {"VipsForeignLoadJpeg", "VipsForeignLoadPng",
					      "VipsForeignLoadWebp", "VipsForeignLoadNsgif",
					      "VipsForeignLoadHeif"};

	vips_operation_block_set("VipsForeignLoad", TRUE);
	for (size_t i = 0; i < ARRAY_LENGTH(classes); i++)
		vips_operation_block_set(classes[i], FALSE);
}

/* libvips hands its encoders strips of one line, each with a wake-up of another thread: 400 for a
 * thumbnail, which cost more than the encoding. Higher strips, through its command line options. */
static void set_strip_heights(void)
{
	char *arguments[] = {(char *)"renderer", (char *)"--vips-thinstrip-height=256",
			     (char *)"--vips-fatstrip-height=256", NULL};
	GOptionContext *context = g_option_context_new(NULL);
	GOptionGroup *group = g_option_group_new("vips", "", "", NULL, NULL);
	char **argv = arguments;
	int argc = ARRAY_LENGTH(arguments) - 1;

	vips_add_option_entries(group);
	g_option_context_add_group(context, group);
	g_option_context_parse(context, &argc, &argv, NULL);
	g_option_context_free(context);
}

int vips_setup_init(const char *program, struct fault *fault)
{
	/* Memory of one image serves the next: given back in between, it would be mapped and zeroed
	 * anew page by page, a tenth of a thumbnail's time. */
	heap_set_up((size_t)16 << 20, (size_t)24 << 20);
	g_log_set_default_handler(hear_log, NULL);
	/* Its vector code is compiled while it runs: memory that is writable and executable, and
	 * bytes that depend on the processor. */
	setenv("ORC_CODE", "emulate", 1);
	setenv("VIPSHOME", NO_MODULES, 1);
	if (vips_init(program))
		return fault_raise(fault, -ENOSYS, "libvips: start: %s", vips_error_buffer());
	vips_concurrency_set(1);
	vips_cache_set_max(0);
	set_strip_heights();
	vips_vector_set_enabled(FALSE);
	load_heif_module();
	allow_loaders();
	libraries_load_plugins();
	snprintf(version_text, sizeof version_text, "%d vips-%d.%d.%d", REVISION, vips_version(0),
		 vips_version(1), vips_version(2));
	libraries_append_versions(version_text, sizeof version_text);
	if (!libraries_can_encode_avif())
		snprintf(version_text + strlen(version_text),
			 sizeof version_text - strlen(version_text), " " WIRE_NO_AVIF);
	return 0;
}
