#include "webp_alpha.h"

#include <stdint.h>
#include <string.h>

#include "octets.h"

#define FILE_BYTES 12 /* "RIFF", size, "WEBP" */
#define CHUNK_BYTES 8 /* name, size */
#define FLAGS_AT (FILE_BYTES + CHUNK_BYTES)
#define FLAG_ALPHA 0x10u
/* Behind a signature of a byte: 14 bits of width, 14 of height, one of alpha, 3 of a version. */
#define VP8L_ALPHA_AT 4
#define VP8L_ALPHA 0x10u

void webp_alpha_name(unsigned char *data, size_t length_bytes)
{
	size_t at = FILE_BYTES;

	if (length_bytes <= FLAGS_AT || memcmp(data + FILE_BYTES, "VP8X", 4))
		return;
	while (at < length_bytes && length_bytes - at > CHUNK_BYTES + VP8L_ALPHA_AT) {
		uint64_t body_bytes = octets_u32le(data + at + 4);

		if (!memcmp(data + at, "VP8L", 4)) {
			if (data[at + CHUNK_BYTES + VP8L_ALPHA_AT] & VP8L_ALPHA)
				data[FLAGS_AT] |= FLAG_ALPHA;
			return;
		}
		at += CHUNK_BYTES + (size_t)(body_bytes + (body_bytes & 1));
	}
}
