#include "punycode.h"

#include <string.h>

/* RFC 3492 section 5. */
enum {
	BASE = 36,
	THRESHOLD_MIN = 1,
	THRESHOLD_MAX = 26,
	SKEW = 38,
	DAMP = 700,
	INITIAL_BIAS = 72,
	INITIAL_N = 0x80,
};

static uint32_t adapted_bias(uint32_t delta, uint32_t count, bool is_first)
{
	uint32_t k = 0;

	delta = is_first ? delta / DAMP : delta / 2;
	delta += delta / count;
	for (; delta > (BASE - THRESHOLD_MIN) * THRESHOLD_MAX / 2; k += BASE)
		delta /= BASE - THRESHOLD_MIN;
	return k + (BASE - THRESHOLD_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold_at(uint32_t k, uint32_t bias)
{
	return k <= bias ? THRESHOLD_MIN : k >= bias + THRESHOLD_MAX ? THRESHOLD_MAX : k - bias;
}

static void append_number(struct buf *out, uint32_t number, uint32_t bias)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	for (uint32_t k = BASE;; k += BASE) {
		uint32_t threshold = threshold_at(k, bias);

		if (number < threshold)
			break;
		buf_append_char(out, digits[threshold + (number - threshold) % (BASE - threshold)]);
		number = (number - threshold) / (BASE - threshold);
	}
	buf_append_char(out, digits[number]);
}

static uint32_t append_basic(const uint32_t *label, size_t count, struct buf *out)
{
	uint32_t basic = 0;

	for (size_t i = 0; i < count; i++) {
		if (label[i] >= INITIAL_N)
			continue;
		buf_append_char(out, (char)label[i]);
		basic++;
	}
	if (basic)
		buf_append_char(out, '-');
	return basic;
}

static uint32_t least_from(const uint32_t *label, size_t count, uint32_t n)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < count; i++)
		if (label[i] >= n && label[i] < least)
			least = label[i];
	return least;
}

/* Section 6.3. `delta` is below 0x110000 * (PUNYCODE_MAX_CODE_POINTS + 1), hence in 64 bits; a
 * number that 32 bits do not hold is refused as decoders would. */
bool punycode_encode(const uint32_t *label, size_t count, struct buf *out)
{
	uint32_t n = INITIAL_N, bias = INITIAL_BIAS, basic, done;
	uint64_t delta = 0;

	if (count > PUNYCODE_MAX_CODE_POINTS)
		return false;
	basic = done = append_basic(label, count, out);
	while (done < count) {
		uint32_t next = least_from(label, count, n);

		delta += (uint64_t)(next - n) * (done + 1);
		n = next;
		for (size_t i = 0; i < count; i++) {
			if (label[i] < n)
				delta++;
			if (label[i] != n)
				continue;
			if (delta > UINT32_MAX)
				return false;
			append_number(out, (uint32_t)delta, bias);
			bias = adapted_bias((uint32_t)delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
		delta++;
		n++;
	}
	return true;
}

static int digit_value(uint32_t c)
{
	if (c >= '0' && c <= '9')
		return (int)(c - '0') + 26;
	if (c >= 'A' && c <= 'Z')
		return (int)(c - 'A');
	return c >= 'a' && c <= 'z' ? (int)(c - 'a') : -1;
}

/* Reads one number at text[*at]; false when the digits end, or 32 bits do not hold it. */
static bool take_number(const uint32_t *text, size_t count, size_t *at, uint32_t bias,
			uint32_t *ret_number)
{
	uint64_t number = 0, weight = 1;

	for (uint32_t k = BASE;; k += BASE) {
		uint32_t threshold = threshold_at(k, bias);
		int digit = *at < count ? digit_value(text[(*at)++]) : -1;

		if (digit < 0 || weight > UINT32_MAX)
			return false;
		number += (uint64_t)digit * weight;
		if (number > UINT32_MAX)
			return false;
		if ((uint32_t)digit < threshold)
			break;
		weight *= BASE - threshold;
	}
	*ret_number = (uint32_t)number;
	return true;
}

static bool is_code_point(uint64_t c)
{
	return c >= INITIAL_N && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* Section 6.2. */
bool punycode_decode(const uint32_t *text, size_t count, uint32_t *ret_label, size_t *ret_count)
{
	uint32_t bias = INITIAL_BIAS;
	uint64_t n = INITIAL_N, i = 0;
	size_t basic = 0, length, at;

	if (count > PUNYCODE_MAX_CODE_POINTS)
		return false;
	for (size_t k = 0; k < count; k++)
		if (text[k] == '-')
			basic = k;
	for (length = 0; length < basic; length++)
		ret_label[length] = text[length];
	at = count && text[basic] == '-' ? basic + 1 : 0;
	if (at == count)
		return false;
	while (at < count) {
		uint32_t delta;

		if (!take_number(text, count, &at, bias, &delta))
			return false;
		bias = adapted_bias(delta, (uint32_t)length + 1, length == basic);
		i += delta;
		n += i / (length + 1);
		i %= length + 1;
		if (!is_code_point(n))
			return false;
		memmove(ret_label + i + 1, ret_label + i, (length - i) * sizeof *ret_label);
		ret_label[i++] = (uint32_t)n;
		length++;
	}
	*ret_count = length;
	return true;
}
