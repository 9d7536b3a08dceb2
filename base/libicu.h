/*
 * libicu.h: the functions of ICU that turn the name of a host into ASCII (UTS 46), and old
 * encodings into UTF-8; loaded when the first name or page needs them. Chromium and WebKit use the
 * same.
 *
 * ICU's sonames and symbols carry its version ("libicuuc.so.72", uidna_openUTS46_72), though this
 * part of its interface is the same since 4.6: any version that is installed serves, that of the
 * build first.
 */
#ifndef LIBICU_H
#define LIBICU_H

#include <stdbool.h>
#include <unicode/uidna.h>

struct libicu {
	UIDNA *(*open_uts46)(uint32_t options, UErrorCode *error);
	int32_t (*name_to_ascii)(const UIDNA *idna, const char *name, int32_t length,
				 char *ret_text, int32_t capacity, UIDNAInfo *info,
				 UErrorCode *error);
	/* ucnv_convert(): lengths and capacity in bytes; the result is longer where it does not
	 * fit. */
	int32_t (*convert)(const char *to, const char *from, char *ret_text, int32_t capacity,
			   const char *text, int32_t length, UErrorCode *error);
};

/* Once a process, from any thread; NULL when no ICU is installed. */
const struct libicu *libicu_get(void);

#endif
