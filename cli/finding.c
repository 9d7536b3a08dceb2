#include "finding.h"

#include <string.h>

#include "alloc.h"

static const char *const severity_names[] = {
	[SEVERITY_OFF] = "off",         [SEVERITY_INFO] = "info",
	[SEVERITY_WARNING] = "warning", [SEVERITY_BLOCKED] = "blocked",
	[SEVERITY_BROKEN] = "broken",
};

const char *severity_name(enum severity severity)
{
	return severity_names[severity];
}

bool severity_parse(const char *name, enum severity *ret_severity)
{
	for (size_t i = 0; i < ARRAY_LENGTH(severity_names); i++)
		if (!strcmp(severity_names[i], name)) {
			*ret_severity = (enum severity)i;
			return true;
		}
	return false;
}

static const struct {
	const char *name;
	enum severity severity;
	const char *heading;
	const char *advice;
} codes[FINDING_COUNT] = {
	[FINDING_GONE] = {"gone", SEVERITY_BROKEN, "Not found on the server",
			  "replace the image or remove the reference"},
	[FINDING_HTTP_ERROR] = {"http-error", SEVERITY_BROKEN, "The server answers with an error",
				"try again later; if it stays so, replace the image"},
	[FINDING_DNS] = {"dns", SEVERITY_BROKEN, "The host's name has no address",
			 "check the spelling of the host, or replace the image"},
	[FINDING_CONNECT] =
		{"connect", SEVERITY_BROKEN, "No connection to the host",
		 "see in a browser whether the host is up; if it is not, replace the image"},
	[FINDING_TIMEOUT] = {"timeout", SEVERITY_BROKEN, "No answer in time",
			     "try again later, or raise --timeout"},
	[FINDING_TLS] = {"tls", SEVERITY_BROKEN, "The host's certificate or TLS is not valid",
			 "browsers refuse it as well: tell the host's owner, or replace the image"},
	[FINDING_REDIRECT_LOOP] =
		{"redirect-loop", SEVERITY_BROKEN, "Redirects without an end",
		 "open the URL in a browser, and write the one where the image is"},
	[FINDING_DOWNGRADE] = {"downgrade", SEVERITY_BROKEN, "Redirected from https to http",
			       "use --allow-downgrade if that is right"},
	[FINDING_TOO_LARGE] = {"too-large", SEVERITY_BROKEN, "Too large",
			       "use a smaller image, or raise --max-bytes"},
	[FINDING_TOO_MANY_PIXELS] = {"too-many-pixels", SEVERITY_BROKEN, "Too many pixels",
				     "use a smaller image, or raise --max-pixels"},
	[FINDING_NOT_AN_IMAGE] =
		{"not-an-image", SEVERITY_BROKEN, "Not an image",
		 "open it in a browser: often it is an error page, or a page about the image"},
	[FINDING_TRUNCATED] = {"truncated", SEVERITY_BROKEN, "Image data is missing",
			       "upload the file again: readers see only a part of it"},
	[FINDING_UNDECODABLE] = {"undecodable", SEVERITY_BROKEN, "Cannot be decoded",
				 "upload the file again, or save it anew in an image editor"},
	[FINDING_EMPTY] = {"empty", SEVERITY_BROKEN, "Empty", "upload the file again"},
	[FINDING_DECODER_CRASH] = {"decoder-crash", SEVERITY_BROKEN, "The decoder gave up",
				   "save the file anew in an image editor"},
	[FINDING_FORBIDDEN_ADDRESS] = {"forbidden-address", SEVERITY_BROKEN,
				       "The address may not be asked",
				       "use --allow-private if the host is yours; a port that "
				       "browsers refuse has to be another"},
	[FINDING_BAD_URL] = {"bad-url", SEVERITY_BROKEN, "Not a valid URL", "mend the URL"},
	[FINDING_MISSING_FILE] = {"missing-file", SEVERITY_BROKEN, "No such file in the site",
				  "add the file, or mend the path"},
	[FINDING_CASE_MISMATCH] = {"case-mismatch", SEVERITY_BROKEN,
				   "The file's name differs in letter case",
				   "write it as the file is called; `picdesk fix` does it"},
	[FINDING_OUTSIDE_ROOT] = {"outside-root", SEVERITY_BROKEN, "Outside the site",
				  "copy the file into the site"},
	[FINDING_HASH_COLLISION] = {"hash-collision", SEVERITY_BROKEN,
				    "Other bytes have the same hash", NULL},
	[FINDING_BLOCKED] = {"blocked", SEVERITY_BLOCKED, "The host turned picdesk away",
			     "look in a browser: it may be fine there"},
	[FINDING_SIZE_MISMATCH] = {"size-mismatch", SEVERITY_WARNING,
				   "Declared and real size differ",
				   "`picdesk fix` writes the real size where it is clear"},
	[FINDING_TYPE_MISMATCH] =
		{"type-mismatch", SEVERITY_WARNING,
		 "The type is not what the server or the name says",
		 "give the file the ending of its type, or correct the server's answer"},
	[FINDING_STALE_USED] = {"stale-used", SEVERITY_WARNING,
				"Could not be refreshed: the last good copy was used",
				"nothing yet; if it stays so, look at the host in a browser"},
	[FINDING_PERMANENT_REDIRECT] = {"permanent-redirect", SEVERITY_WARNING, "Moved for good",
					"write the new URL; `picdesk fix` does it"},
	[FINDING_INSECURE] = {"insecure", SEVERITY_WARNING, "Loaded over plain http",
			      "use https; `picdesk fix` does it where the same bytes come"},
	[FINDING_DAMAGED] = {"damaged", SEVERITY_WARNING, "Shown by browsers, but damaged",
			     "save the file anew in an image editor"},
	[FINDING_SLOW] = {"slow", SEVERITY_WARNING, "Slow to load",
			  "use a smaller image, or bring it into the site: `picdesk localize`"},
	[FINDING_UNSIZED] = {"unsized", SEVERITY_INFO, "No declared size",
			     "declare width and height: the page does not jump while it loads"},
	[FINDING_SMALLER_THAN_SPEC] = {"smaller-than-spec", SEVERITY_INFO,
				       "Smaller than its thumbnail",
				       "use a larger original where the page needs one"},
	[FINDING_DUPLICATE] = {"duplicate", SEVERITY_INFO, "The same bytes under several URLs",
			       "use one URL for all: it is loaded once"},
	[FINDING_DEFERRED] = {"deferred", SEVERITY_INFO, "The host asked to come back later",
			      "run picdesk again then"},
};

const char *finding_code_name(enum finding_code code)
{
	return codes[code].name;
}

bool finding_code_parse(const char *name, enum finding_code *ret_code)
{
	for (size_t i = 0; i < FINDING_COUNT; i++)
		if (!strcmp(codes[i].name, name)) {
			*ret_code = (enum finding_code)i;
			return true;
		}
	return false;
}

enum severity finding_default_severity(enum finding_code code)
{
	return codes[code].severity;
}

const char *finding_heading(enum finding_code code)
{
	return codes[code].heading;
}

const char *finding_advice(enum finding_code code)
{
	return codes[code].advice;
}
