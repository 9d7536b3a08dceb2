/*
 * "Domain to ASCII" of the WHATWG URL Standard: UTS 46, non-transitional, without the STD3 rules
 * and without limits of length, as Chromium and WebKit have it from ICU.
 */
#include "url_parts.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "libicu.h"

/* No name of the DNS is longer in any spelling that maps to 253 bytes. */
#define MAX_DOMAIN_BYTES 4096

#define OPTIONS                                                                     \
	(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII | \
	 UIDNA_NONTRANSITIONAL_TO_UNICODE)
/* What the standard allows (CheckHyphens and VerifyDnsLength are false). */
#define ALLOWED                                                                                    \
	(UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | \
	 UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4)

/* Without a label that is encoded already, either. */
static bool is_plain_ascii(const char *domain, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)domain[i] >= 0x80 ||
		    ((i == 0 || domain[i - 1] == '.') && length - i >= 4 &&
		     !strncasecmp(domain + i, "xn--", 4)))
			return false;
	return true;
}

static const UIDNA *uts46;

static void open_uts46(void)
{
	const struct libicu *icu = libicu_get();
	UErrorCode error = U_ZERO_ERROR;

	if (icu)
		uts46 = icu->open_uts46(OPTIONS, &error);
}

static enum url_error convert(const char *domain, size_t length, struct buf *out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char ascii[MAX_DOMAIN_BYTES]; /* a result that is longer is no name either */
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	UErrorCode error = U_ZERO_ERROR;
	int32_t ascii_bytes;

	pthread_once(&once, open_uts46);
	if (!uts46)
		return URL_NO_IDNA;
	ascii_bytes = libicu_get()->name_to_ascii(uts46, domain, (int32_t)length, ascii,
						  sizeof ascii, &info, &error);
	if (U_FAILURE(error) || info.errors & ~(uint32_t)ALLOWED)
		return URL_BAD_HOST;
	buf_append(out, ascii, (size_t)ascii_bytes);
	return URL_OK;
}

enum url_error url_domain_to_ascii(const char *domain, size_t length, struct buf *out)
{
	if (!is_plain_ascii(domain, length))
		return length > MAX_DOMAIN_BYTES ? URL_BAD_HOST : convert(domain, length, out);
	for (size_t i = 0; i < length; i++)
		buf_append_char(out, domain[i] >= 'A' && domain[i] <= 'Z' ? (char)(domain[i] | 0x20)
									  : domain[i]);
	return URL_OK;
}
