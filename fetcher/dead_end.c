#include "dead_end.h"

#include <string.h>

#include "alloc.h"

static const struct {
	const char *text, *reason;
} signature_marks[] = {
	/* Facebook and Instagram. */
	{"URL signature expired", "the URL's signature has expired"},
	{"URL signature mismatch", "the URL's signature is wrong"},
	{"Bad URL hash", "the URL's signature is wrong"},
	/* Amazon S3, and what speaks like it: R2, OSS, COS, Google Cloud Storage. */
	{"<Message>Request has expired", "the URL's signature has expired"},
	{"<Code>ExpiredToken</Code>", "the URL's signature has expired"},
	{"<Code>SignatureDoesNotMatch</Code>", "the URL's signature is wrong"},
	/* Azure. */
	{"Signature not valid in the specified time frame", "the URL's signature has expired"},
};

/* By the end of the host's name, and the beginning of the file's. */
static const struct {
	const char *host, *file;
} placeholders[] = {
	{"imgur.com", "removed.png"},
	{"yimg.com", "photo_unavailable"}, /* Flickr */
	{"staticflickr.com", "photo_unavailable"},
	{"flickr.com", "photo_unavailable"},
};

const char *dead_end_of_signature(const char *page, size_t page_bytes)
{
	for (size_t i = 0; i < ARRAY_LENGTH(signature_marks); i++)
		if (memmem(page, page_bytes, signature_marks[i].text,
			   strlen(signature_marks[i].text)))
			return signature_marks[i].reason;
	return NULL;
}

static bool is_at_or_below(const char *host, const char *domain)
{
	size_t host_bytes = strlen(host), bytes = strlen(domain);
	const char *end;

	if (host_bytes < bytes)
		return false;
	end = host + host_bytes - bytes;
	return !strcmp(end, domain) && (end == host || end[-1] == '.');
}

bool dead_end_is_placeholder(const struct url *target)
{
	const char *slash = target->path ? strrchr(target->path, '/') : NULL;

	for (size_t i = 0; slash && i < ARRAY_LENGTH(placeholders); i++)
		if (is_at_or_below(target->host, placeholders[i].host) &&
		    !strncmp(slash + 1, placeholders[i].file, strlen(placeholders[i].file)))
			return true;
	return false;
}
