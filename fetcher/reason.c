#include "reason.h"

#include "alloc.h"

const char *reason_of_status(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{205, "Reset Content"},
		{206, "Partial Content"},
		{300, "Multiple Choices"},
		{304, "Not Modified"},
		{305, "Use Proxy"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{402, "Payment Required"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{407, "Proxy Authentication Required"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{410, "Gone"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{416, "Range Not Satisfiable"},
		{418, "I'm a Teapot"},
		{421, "Misdirected Request"},
		{422, "Unprocessable Content"},
		{423, "Locked"},
		{425, "Too Early"},
		{426, "Upgrade Required"},
		{428, "Precondition Required"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{451, "Unavailable For Legal Reasons"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{507, "Insufficient Storage"},
		{508, "Loop Detected"},
		{509, "Bandwidth Limit Exceeded"},
		{511, "Network Authentication Required"},
		{520, "Cloudflare: Unknown Error of the Site"},
		{521, "Cloudflare: the Site Is Down"},
		{522, "Cloudflare: the Site Timed Out"},
		{523, "Cloudflare: the Site Is Unreachable"},
		{524, "Cloudflare: the Site Took Too Long"},
		{525, "Cloudflare: TLS Failed at the Site"},
		{526, "Cloudflare: Bad Certificate at the Site"},
		{530, "Cloudflare: Error of the Site"},
	};

	for (size_t i = 0; i < ARRAY_LENGTH(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return NULL;
}

const char *reason_of_host(const struct http_fields *fields)
{
	/* Cloudinary, Azure's and Amazon's stores, Vercel. */
	static const char *const names[] = {"x-cld-error", "x-ms-error-code", "x-amz-error-code",
					    "x-vercel-error"};

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		const char *value = http_fields_get(fields, names[i]);

		if (value && *value)
			return value;
	}
	return NULL;
}
