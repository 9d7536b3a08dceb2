#include "redirect.h"

#include <string.h>
#include <strings.h>

#include "buf.h"
#include "cleanup.h"
#include "dead_end.h"
#include "utf8.h"

bool redirect_is_status(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool redirect_is_permanent(int status)
{
	return status == 301 || status == 308;
}

static bool was_visited(const struct url *from, const struct fetch_hop *hops, size_t n_hops,
			const char *target)
{
	CLEANUP(cleanup_free) char *here = url_serialize(from, false);

	if (!strcmp(here, target))
		return true;
	for (size_t i = 0; i < n_hops; i++)
		if (!strcmp(hops[i].url, target))
			return true;
	return false;
}

static enum fetch_outcome check_target(const struct redirect_policy *policy, const struct url *from,
				       const struct fetch_hop *hops, size_t n_hops,
				       const struct url *target, const char **ret_message)
{
	CLEANUP(cleanup_free) char *text = NULL;

	if (!url_is_http(target)) {
		*ret_message = "redirected to something other than http or https";
		return FETCH_BAD_REDIRECT;
	}
	if (*target->username || *target->password) {
		*ret_message = "redirected to a URL with a user name or password in it";
		return FETCH_BAD_REDIRECT;
	}
	if (!policy->allow_downgrade && !strcmp(from->scheme, "https") &&
	    !strcmp(target->scheme, "http")) {
		*ret_message = "https redirects to http";
		return FETCH_DOWNGRADE;
	}
	if (dead_end_is_placeholder(target)) {
		*ret_message =
			"the image was removed: its host redirects to a picture that says so";
		return FETCH_REMOVED;
	}
	text = url_serialize(target, false);
	if (was_visited(from, hops, n_hops, text)) {
		*ret_message = "the redirects go in a circle";
		return FETCH_REDIRECT_LOOP;
	}
	if (n_hops >= policy->max_redirects) {
		*ret_message = "too many redirects";
		return FETCH_REDIRECT_LOOP;
	}
	return FETCH_OK;
}

/* Location is bytes. Browsers read them as UTF-8, and where they are none, escape them as they are.
 */
static void read_location(const char *location, struct buf *ret_text)
{
	if (utf8_is_valid(location, strlen(location))) {
		buf_append_string(ret_text, location);
		return;
	}
	for (; *location; location++) {
		if ((unsigned char)*location < 0x80)
			buf_append_char(ret_text, *location);
		else
			buf_printf(ret_text, "%%%02X", (unsigned char)*location);
	}
}

static bool has_other_location(const struct http_fields *fields, const char *location)
{
	for (size_t i = 0; i < fields->count; i++)
		if (!strcasecmp(fields->items[i].name, "Location") &&
		    strcmp(fields->items[i].value, location) != 0)
			return true;
	return false;
}

/* Cookies are not kept: a server that looks for the one that it set asks for ever. */
static bool sets_cookie(const struct fetch_hop *hops, size_t n_hops,
			const struct http_fields *fields)
{
	for (size_t i = 0; i < n_hops; i++)
		if (http_fields_get(&hops[i].fields, "Set-Cookie"))
			return true;
	return http_fields_get(fields, "Set-Cookie") != NULL;
}

enum fetch_outcome redirect_decide(const struct redirect_policy *policy, const struct url *from,
				   const struct fetch_hop *hops, size_t n_hops,
				   const struct http_fields *fields, struct url *ret_target,
				   const char **ret_message)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(URL_MAX_BYTES);
	const char *location = http_fields_get(fields, "Location");
	enum fetch_outcome outcome;
	struct url target;

	if (!location || !*location) {
		*ret_message = "redirected, but to nowhere: Location is missing";
		return FETCH_BAD_REDIRECT;
	}
	if (has_other_location(fields, location)) {
		*ret_message = "redirected to several places at once";
		return FETCH_BAD_REDIRECT;
	}
	read_location(location, &text);
	if (text.overflowed || url_parse(text.data, text.length_bytes, from, &target) != URL_OK) {
		*ret_message = "redirected to something that is no URL";
		return FETCH_BAD_REDIRECT;
	}
	outcome = check_target(policy, from, hops, n_hops, &target, ret_message);
	if (outcome != FETCH_OK) {
		url_release(&target);
		if (outcome == FETCH_REDIRECT_LOOP && sets_cookie(hops, n_hops, fields))
			*ret_message = "the redirects do not end: a cookie is set on the way, with "
				       "which a browser may get further";
		return outcome;
	}
	*ret_target = target;
	return FETCH_OK;
}
