#include "peer_flags.h"

#include <string.h>

#include "alloc.h"
#include "nearest.h"

#define PRIVATE "private addresses are refused unless --allow-private admits them"
#define HEADERS "`headers` of a host in picdesk.yml is sent to that host alone"

static const struct {
	const char *flag, *advice;
} peer_flags[] = {
	/* lychee */
	{"accept-timeouts", "--fail-after says how long an image may fail"},
	{"base-url", "--root-dir is where paths that begin with / are looked up"},
	{"basic-auth", HEADERS},
	{"cache", "the cache is always in use; --cache-dir says where it is"},
	{"cache-exclude-status", "failures are remembered for --negative-age"},
	{"cookie-jar", "cookies are never sent"},
	{"dump", "'picdesk scan' lists the images that the articles name"},
	{"exclude-all-private", PRIVATE},
	{"exclude-file", "check.ignore in picdesk.yml lists URLs that are not asked for"},
	{"exclude-link-local", PRIVATE},
	{"exclude-loopback", PRIVATE},
	{"exclude-path", "exclude_paths in picdesk.yml, or .picdeskignore, leaves files out"},
	{"exclude-private", PRIVATE},
	{"extensions", "--files-from takes a list of files"},
	{"github-token", HEADERS},
	{"host-request-interval", "use --host-interval"},
	{"include-verbatim", "code is never searched for images"},
	{"max-cache-age", "use --max-age"},
	{"method", "images are always asked for with GET"},
	{"min-tls", "TLS 1.2 is the least that is spoken"},
	{"require-https", "`check: {severity: {insecure: broken}}` in picdesk.yml does that"},
	{"retry-wait-time", "the first retry waits a second at most, and Retry-After is obeyed"},
	{"threads", "--jobs is for renderers, --max-concurrency for requests"},
	/* curl, Wget */
	{"ca-certificate", "use --cacert"},
	{"max-filesize", "use --max-bytes"},
	{"no-check-certificate", "use --insecure"},
	{"parallel-max", "use --max-concurrency"},
	{"retry", "use --max-retries"},
	{"tries", "use --max-retries"},
	{"wait", "use --host-interval"},
	/* img2dataset */
	{"image-size", "`thumbs` in picdesk.yml says which sizes are made"},
	{"processes-count", "use --jobs"},
	{"thread-count", "use --max-concurrency"},
	{"url-list", "images are named by articles; --files-from takes a list of those"},
};

const char *peer_flag_advice(const char *flag)
{
	if (strlen(flag) > NEAREST_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i < ARRAY_LENGTH(peer_flags); i++)
		if (!nearest_distance(flag, peer_flags[i].flag))
			return peer_flags[i].advice;
	return NULL;
}
