#include "libarchive.h"

#include "alloc.h"
#include "library.h"

#define SONAME "libarchive.so.13"

struct libarchive libarchive;

int libarchive_load(struct fault *fault)
{
#define LIBARCHIVE_FUNCTION(name) {#name, &libarchive.name},
	static const struct library_function functions[] = {
		LIBARCHIVE_FUNCTIONS(LIBARCHIVE_FUNCTION)};
#undef LIBARCHIVE_FUNCTION

	return library_load(SONAME, functions, ARRAY_LENGTH(functions), fault);
}
