/*
 * finding.h: one fact for the report about one image, with a severity. Codes, names and default
 * severities are those of the contract with users (docs/picdesk.1, "Findings").
 */
#ifndef FINDING_H
#define FINDING_H

#include <stdbool.h>
#include <stddef.h>

enum severity {
	SEVERITY_OFF,
	SEVERITY_INFO,
	SEVERITY_WARNING,
	SEVERITY_BLOCKED, /* as grave as a warning: the tool could not look */
	SEVERITY_BROKEN,
};
const char *severity_name(enum severity severity);
bool severity_parse(const char *name, enum severity *ret_severity);

enum finding_code {
	FINDING_GONE,
	FINDING_HTTP_ERROR,
	FINDING_DNS,
	FINDING_CONNECT,
	FINDING_TIMEOUT,
	FINDING_TLS,
	FINDING_REDIRECT_LOOP,
	FINDING_DOWNGRADE,
	FINDING_TOO_LARGE,
	FINDING_TOO_MANY_PIXELS,
	FINDING_NOT_AN_IMAGE,
	FINDING_TRUNCATED,
	FINDING_UNDECODABLE,
	FINDING_EMPTY,
	FINDING_DECODER_CRASH,
	FINDING_FORBIDDEN_ADDRESS,
	FINDING_BAD_URL,
	FINDING_MISSING_FILE,
	FINDING_CASE_MISMATCH,
	FINDING_OUTSIDE_ROOT,
	FINDING_HASH_COLLISION,
	FINDING_BLOCKED,
	FINDING_SIZE_MISMATCH,
	FINDING_TYPE_MISMATCH,
	FINDING_STALE_USED,
	FINDING_PERMANENT_REDIRECT,
	FINDING_INSECURE,
	FINDING_DAMAGED,
	FINDING_SLOW,
	FINDING_UNSIZED,
	FINDING_SMALLER_THAN_SPEC,
	FINDING_DUPLICATE,
	FINDING_DEFERRED,
	FINDING_COUNT,
};
const char *finding_code_name(enum finding_code code);
bool finding_code_parse(const char *name, enum finding_code *ret_code);
enum severity finding_default_severity(enum finding_code code);
/* The heading of its group in the text report: "Not found". */
const char *finding_heading(enum finding_code code);
/* What a person can do about it, or NULL where the message says all. */
const char *finding_advice(enum finding_code code);

/* A hundred thousand images have one or two each. */
struct finding {
	const char *message; /* the report's */
	/* Indexes into the asset's refs; none: all of them. */
	union {
		unsigned only_ref;
		unsigned *refs; /* of more than one; owned */
	};
	unsigned n_refs;
	enum finding_code code : 8;
	enum severity severity : 8;
};

/* 0 <= i < n_refs */
static inline unsigned finding_ref(const struct finding *finding, size_t i)
{
	return finding->n_refs == 1 ? finding->only_ref : finding->refs[i];
}

#endif
