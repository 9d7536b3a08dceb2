#include "libicu.h"

#include <pthread.h>
#include <stdio.h>

#include "alloc.h"
#include "library.h"
#include "log.h"

#define OLDEST_VERSION 60
#define NEWEST_VERSION 99

static struct libicu libicu;
static bool is_loaded;

static bool load_version(int version)
{
	char soname[32], open_name[32], to_ascii_name[40], convert_name[32];
	const struct library_function functions[] = {
		{open_name, &libicu.open_uts46},
		{to_ascii_name, &libicu.name_to_ascii},
		{convert_name, &libicu.convert},
	};
	struct fault fault = {0};

	snprintf(soname, sizeof soname, "libicuuc.so.%d", version);
	snprintf(open_name, sizeof open_name, "uidna_openUTS46_%d", version);
	snprintf(to_ascii_name, sizeof to_ascii_name, "uidna_nameToASCII_UTF8_%d", version);
	snprintf(convert_name, sizeof convert_name, "ucnv_convert_%d", version);
	return library_load(soname, functions, ARRAY_LENGTH(functions), &fault) == 0;
}

static void load(void)
{
	is_loaded = load_version(U_ICU_VERSION_MAJOR_NUM);
	for (int version = NEWEST_VERSION; !is_loaded && version >= OLDEST_VERSION; version--)
		is_loaded = load_version(version);
	if (!is_loaded)
		log_trace("libicu", "no libicuuc.so.%d to .%d can be loaded", OLDEST_VERSION,
			  NEWEST_VERSION);
}

const struct libicu *libicu_get(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	return is_loaded ? &libicu : NULL;
}
