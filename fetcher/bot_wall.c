#include "bot_wall.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct field_mark {
	const char *name, *value; /* `value` NULL: any; else it begins so */
	bool only_refusals;       /* ordinary answers carry it too */
	const char *guard;
};

struct body_mark {
	const char *text;
	bool only_refusals;
	const char *guard;
};

static const struct field_mark field_marks[] = {
	{"cf-mitigated", "challenge", false, "Cloudflare"},
	{"cf-chl-bypass", NULL, true, "Cloudflare"},
	{"x-vercel-mitigated", NULL, false, "Vercel"},
	{"x-amzn-waf-action", NULL, false, "AWS WAF"},
	{"x-sucuri-block", NULL, false, "Sucuri"},
	{"x-datadome", "protected", true, "DataDome"},
	{"x-dd-b", NULL, true, "DataDome"},
	{"x-px-block", NULL, false, "PerimeterX"},
	{"x-kpsdk-ct", NULL, true, "Kasada"},
	{"server", "AkamaiGHost", true, "Akamai"},
	{"server", "ddos-guard", true, "DDoS-Guard"},
	{"server", "DataDome", true, "DataDome"},
};

static const struct body_mark body_marks[] = {
	{"/cdn-cgi/challenge-platform/", false, "Cloudflare"},
	{"window._cf_chl_opt", false, "Cloudflare"},
	{"cf-browser-verification", false, "Cloudflare"},
	{"<title>Just a moment...</title>", false, "Cloudflare"},
	{"<title>Attention Required! | Cloudflare</title>", false, "Cloudflare"},
	{"cf-error-details", true, "Cloudflare"},
	{"errors.edgesuite.net", false, "Akamai"},
	{"/_sec/cp_challenge/", false, "Akamai"},
	{"sec-if-cpt-container", false, "Akamai"},
	{"/_Incapsula_Resource", false, "Imperva"},
	{"Incapsula incident ID", false, "Imperva"},
	{"geo.captcha-delivery.com", false, "DataDome"},
	{"ct.captcha-delivery.com", false, "DataDome"},
	{"id=\"px-captcha\"", false, "PerimeterX"},
	{"awsWafCookieDomainList", false, "AWS WAF"},
	{"AwsWafIntegration", false, "AWS WAF"},
	{"Access Denied - Sucuri Website Firewall", false, "Sucuri"},
	{"<title>DDoS-Guard</title>", false, "DDoS-Guard"},
	{"/.well-known/sgcaptcha/", false, "SiteGround"},
	{"/.within.website/x/cmd/anubis/", false, "Anubis"},
};

/* Statuses that guards refuse with. Cloudflare's 52x mean that the site behind it is down. */
static bool is_refusal(int status)
{
	return status == 401 || status == 403 || status == 405 || status == 406 || status == 429 ||
	       status == 503;
}

static const char *find_field_mark(int status, const struct http_fields *fields)
{
	for (size_t i = 0; i < sizeof field_marks / sizeof *field_marks; i++) {
		const struct field_mark *mark = &field_marks[i];
		const char *value = http_fields_get(fields, mark->name);

		if (!value || (mark->only_refusals && !is_refusal(status)))
			continue;
		if (!mark->value || !strncasecmp(value, mark->value, strlen(mark->value)))
			return mark->guard;
	}
	return NULL;
}

const char *bot_wall_find(int status, const struct http_fields *fields, const char *body,
			  size_t body_bytes)
{
	const char *guard = find_field_mark(status, fields);

	if (guard)
		return guard;
	if (body_bytes > BOT_WALL_PREFIX_BYTES)
		body_bytes = BOT_WALL_PREFIX_BYTES;
	for (size_t i = 0; i < sizeof body_marks / sizeof *body_marks; i++) {
		const struct body_mark *mark = &body_marks[i];

		if (mark->only_refusals && !is_refusal(status))
			continue;
		if (memmem(body, body_bytes, mark->text, strlen(mark->text)))
			return mark->guard;
	}
	return NULL;
}
