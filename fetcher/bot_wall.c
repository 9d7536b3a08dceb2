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
	const char *beside; /* NULL; else this stands there, too */
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
	{"/cdn-cgi/challenge-platform/", false, "Cloudflare", NULL},
	{"window._cf_chl_opt", false, "Cloudflare", NULL},
	{"cf-browser-verification", false, "Cloudflare", NULL},
	{"<title>Just a moment...</title>", false, "Cloudflare", NULL},
	{"<title>Attention Required! | Cloudflare</title>", false, "Cloudflare", NULL},
	{"cf-error-details", true, "Cloudflare", NULL},
	{"errors.edgesuite.net", false, "Akamai", NULL},
	{"Reference&#32;&#35;", false, "Akamai", NULL},
	{"Reference #", false, "Akamai", "Access Denied"},
	{"/_sec/cp_challenge/", false, "Akamai", NULL},
	{"sec-if-cpt-container", false, "Akamai", NULL},
	{"/_Incapsula_Resource", false, "Imperva", NULL},
	{"Incapsula incident ID", false, "Imperva", NULL},
	{"geo.captcha-delivery.com", false, "DataDome", NULL},
	{"ct.captcha-delivery.com", false, "DataDome", NULL},
	{"id=\"px-captcha\"", false, "PerimeterX", NULL},
	{"awsWafCookieDomainList", false, "AWS WAF", NULL},
	{"AwsWafIntegration", false, "AWS WAF", NULL},
	{"Access Denied - Sucuri Website Firewall", false, "Sucuri", NULL},
	{"<title>DDoS-Guard</title>", false, "DDoS-Guard", NULL},
	{"/.well-known/sgcaptcha/", false, "SiteGround", NULL},
	{"/.within.website/x/cmd/anubis/", false, "Anubis", NULL},
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

static bool has_text(const char *body, size_t body_bytes, const char *text)
{
	return !text || memmem(body, body_bytes, text, strlen(text));
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
		if (has_text(body, body_bytes, mark->text) &&
		    has_text(body, body_bytes, mark->beside))
			return mark->guard;
	}
	return NULL;
}
