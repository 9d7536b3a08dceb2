#include "peer_flags.h"

#include <string.h>

#include "alloc.h"
#include "nearest.h"

#define PRIVATE "private addresses are refused unless --allow-private admits them"
#define HEADERS "`headers` of a host in picdesk.yml is sent to that host alone"
#define RETRIES "the first retry waits a second at most, and Retry-After is obeyed"
#define ARTICLES "images are named by articles; --files-from takes a list of those"
#define THUMBS "`thumbs` in picdesk.yml says how they are made"

static const struct {
	const char *flag, *advice;
} peer_flags[] = {
	/* lychee */
	{"accept-timeouts", "--fail-after says how long an image may fail"},
	{"base-url", "--root-dir is where paths that begin with / are looked up"},
	{"basic-auth", HEADERS},
	{"cache", "the cache is always in use; --cache-dir says where it is"},
	{"cache-exclude-status", "check looks at each failure again"},
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
	{"retry-wait-time", RETRIES},
	{"threads", "--jobs is for renderers, --max-concurrency for requests"},
	/* curl, Wget */
	{"ca-certificate", "use --cacert"},
	{"cookie", HEADERS},
	{"input-file", ARTICLES},
	{"location", "redirects are followed; --max-redirects says how many"},
	{"max-filesize", "use --max-bytes"},
	{"max-redirect", "use --max-redirects"},
	{"max-redirs", "use --max-redirects"},
	{"no-cache", "use --refresh"},
	{"no-check-certificate", "use --insecure"},
	{"oauth2-bearer", HEADERS},
	{"output-document", "'picdesk localize' brings images into the site"},
	{"parallel-max", "use --max-concurrency"},
	{"read-timeout", "use --timeout"},
	{"referer", HEADERS},
	{"retry", "use --max-retries"},
	{"retry-delay", RETRIES},
	{"silent", "use --quiet"},
	{"spider", "'picdesk check' looks at every image"},
	{"tries", "use --max-retries"},
	{"wait", "use --host-interval"},
	{"waitretry", RETRIES},
	/* img2dataset */
	{"encode-format", THUMBS},
	{"encode-quality", THUMBS},
	{"image-size", "`thumbs` in picdesk.yml says which sizes are made"},
	{"output-folder", "`publish` in picdesk.yml says where thumbnails go"},
	{"processes-count", "use --jobs"},
	{"resize-mode", THUMBS},
	{"retries", "use --max-retries"},
	{"thread-count", "use --max-concurrency"},
	{"url-list", ARTICLES},
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
