#include "fuzz.h"
#include "srcset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct srcset_reader reader;
	struct srcset_candidate candidate;
	size_t end = 0;

	srcset_init(&reader, (struct slice){(const char *)data, length_bytes});
	while (srcset_next(&reader, &candidate)) {
		fuzz_require(candidate.length_bytes > 0 && candidate.offset >= end);
		end = candidate.offset + candidate.length_bytes;
		fuzz_require(end <= length_bytes);
		fuzz_require(candidate.width_px >= 0 && candidate.height_px >= 0 &&
			     candidate.density >= 0);
	}
	fuzz_require(reader.looked_at <= 4 * length_bytes + 4);
	return 0;
}
