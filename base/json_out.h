/*
 * json_out.h: JSON (RFC 8259) written into a buf, two-space indented or on one line.
 *
 *	struct json_out out;
 *	json_out_init(&out, &buf, true);
 *	json_object_begin(&out);
 *	json_member_string(&out, "url", url);
 *	json_key(&out, key); json_bool(&out, is_known);
 *	json_object_end(&out);
 *
 * Keys and values come in the order of the calls, so equal calls give equal bytes. Bytes that are
 * no UTF-8 are written as lone surrogates U+DC80..U+DCFF (as Python's "surrogateescape"), so no
 * byte is lost; C0 and C1 controls, U+2028 and U+2029 are escaped, and the bracket of "##[", which
 * is a command to GitHub's runner wherever it stands in a job's output. Nesting is at most 32.
 */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "buf.h"

struct json_out {
	struct buf *buf;
	bool indented;
	unsigned depth;
	bool first[32]; /* nothing was written yet in the container at this depth */
	bool after_key;
};

void json_out_init(struct json_out *out, struct buf *buf, bool indented);
void json_object_begin(struct json_out *out);
void json_object_end(struct json_out *out);
void json_array_begin(struct json_out *out);
void json_array_end(struct json_out *out);
void json_key(struct json_out *out, const char *key);
void json_string(struct json_out *out, const char *text); /* NULL writes null */
void json_string_n(struct json_out *out, const char *text, size_t length_bytes);
void json_int(struct json_out *out, int64_t value);
/* `digits` after the point; null for what JSON cannot say: infinity, not a number. */
void json_decimal(struct json_out *out, double value, int digits);
void json_bool(struct json_out *out, bool value);
void json_null(struct json_out *out);

/* A key and its value in one step. The key is written as it stands, without escapes; at most 64
 * bytes. */
static inline void json_member_string(struct json_out *out, const char *key, const char *text);
static inline void json_member_int(struct json_out *out, const char *key, int64_t value);
static inline void json_member_array(struct json_out *out, const char *key);
static inline void json_member_object(struct json_out *out, const char *key);

/* Keys with whole numbers, one after the other, in the object that is open. */
struct json_number {
	const char *key;
	uint64_t value;
};
void json_numbers(struct json_out *out, const struct json_number *numbers, size_t count);

/* For the members: so the compiler counts the key's bytes. */
void json_put_string(struct json_out *out, const char *key, size_t key_bytes, const char *text);
void json_put_int(struct json_out *out, const char *key, size_t key_bytes, int64_t value);
void json_put_begin(struct json_out *out, const char *key, size_t key_bytes, char bracket);

static inline void json_member_string(struct json_out *out, const char *key, const char *text)
{
	json_put_string(out, key, strlen(key), text);
}

static inline void json_member_int(struct json_out *out, const char *key, int64_t value)
{
	json_put_int(out, key, strlen(key), value);
}

static inline void json_member_array(struct json_out *out, const char *key)
{
	json_put_begin(out, key, strlen(key), '[');
}

static inline void json_member_object(struct json_out *out, const char *key)
{
	json_put_begin(out, key, strlen(key), '{');
}

#endif
