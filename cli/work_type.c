/* What an image is called, beside what its bytes are. */
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "work.h"

static bool ends_with(struct slice text, const char *end)
{
	size_t length = strlen(end);

	return text.length_bytes > length &&
	       slice_equals_nocase((struct slice){text.data + text.length_bytes - length, length},
				   end);
}

/* Fetch standard, "opaque-response-blocklisted MIME type", and text/plain: what is called so for
 * good ("nosniff") is kept from pages of other hosts. */
static bool is_kept_from_pages(const char *sent)
{
	static const char *const types[] = {"text/plain",       "text/html", "text/xml",
					    "application/json", "text/json", "application/xml"};
	struct slice essence = slice_trim((struct slice){sent, strcspn(sent, ";")});

	for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
		if (slice_equals_nocase(essence, types[i]))
			return true;
	return ends_with(essence, "+json") ||
	       (ends_with(essence, "+xml") && !slice_equals_nocase(essence, "image/svg+xml"));
}

/* Opaque-response blocking, "opaque-response-blocklisted-never-sniffed MIME type": of what is
 * called so browsers show nothing on pages of other hosts, whatever it is. */
static bool is_never_shown(const char *sent)
{
	static const char *const types[] = {
		"application/pdf",           "application/zip",
		"application/gzip",          "application/x-gzip",
		"application/msword",        "application/x-protobuf",
		"application/x-protobuffer", "multipart/byteranges",
		"multipart/signed",          "text/csv",
		"text/event-stream",
	};
	static const char *const families[] = {
		"application/vnd.ms-excel", "application/vnd.ms-powerpoint",
		"application/vnd.ms-word", "application/vnd.openxmlformats-officedocument."};
	struct slice essence = slice_trim((struct slice){sent, strcspn(sent, ";")});

	for (size_t i = 0; i < ARRAY_LENGTH(types); i++)
		if (slice_equals_nocase(essence, types[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LENGTH(families); i++)
		if (!strncasecmp(essence.data, families[i], strlen(families[i])))
			return true;
	return false;
}

/* No image, as it is called. "application/octet-stream" and the like say nothing. */
static bool is_of_other_kind(const char *sent)
{
	static const char *const kinds[] = {"text/", "audio/", "video/", "font/"};

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (!strncasecmp(sent, kinds[i], strlen(kinds[i])))
			return true;
	return is_kept_from_pages(sent);
}

/* Browsers look at the bytes of an image, but what is an SVG they take from its name alone. */
static void compare_sent_type(struct work *work)
{
	const struct asset *asset = work->asset;
	const char *sent = work->declared_type;
	enum media_type type = sent ? media_type_parse(sent, strlen(sent)) : MEDIA_NONE;

	if (type == asset->type)
		return;
	if (asset->type == MEDIA_SVG)
		work_add_finding(work, FINDING_TYPE_MISMATCH,
				 "sent %s%s: browsers show an SVG only as image/svg+xml",
				 sent ? "as " : "without a type", sent ? sent : "");
	else if (work->is_type_final && is_kept_from_pages(sent))
		work_add_finding(work, FINDING_TYPE_MISMATCH,
				 "sent as %s and \"nosniff\": browsers do not show it on pages of "
				 "other hosts",
				 sent);
	else if (sent && is_never_shown(sent))
		work_add_finding(work, FINDING_TYPE_MISMATCH,
				 "sent as %s: browsers do not show it on pages of other hosts",
				 sent);
	else if (type != MEDIA_NONE || (sent && is_of_other_kind(sent)))
		work_add_finding(work, FINDING_TYPE_MISMATCH, "sent as %s, the bytes are %s%s",
				 sent, media_type_name(asset->type),
				 type == MEDIA_SVG ? ": browsers do not show it" : "");
}

/* A word of the same kind: what comes is an image, and the page does not get it. */
static void compare_policy(struct work *work)
{
	if (work->is_for_same_origin || work->is_for_same_site)
		work_add_finding(work, FINDING_TYPE_MISMATCH,
				 "sent with Cross-Origin-Resource-Policy: same-%s: browsers do not "
				 "show it on pages of other %s",
				 work->is_for_same_site ? "site" : "origin",
				 work->is_for_same_site ? "sites" : "hosts");
}

void work_compare_types(struct work *work)
{
	const struct asset *asset = work->asset;

	if (work_is_local(work)) {
		enum media_type by_name = media_type_of_name(asset_disk_path(asset));

		if (by_name != MEDIA_NONE && by_name != asset->type)
			work_add_finding(work, FINDING_TYPE_MISMATCH,
					 "the name says %s, the bytes are %s",
					 media_type_name(by_name), media_type_name(asset->type));
		return;
	}
	compare_sent_type(work);
	compare_policy(work);
}
