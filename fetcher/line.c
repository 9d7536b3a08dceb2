#include "line.h"

/* What the others get is no more than so many times as much: TCP shares unevenly. Where it is more,
 * the host is slow. */
#define UNEVEN 4
/* Nothing came, and of so many others and more no more than so much each: what is lost of a
 * handshake then is repeated too late. */
#define CROWD 4
#define CRAWL_BYTES_S 16000
/* An answer is early within this part of its time. */
#define EARLY_PART 4

void line_init(struct line *line, unsigned most)
{
	*line = (struct line){.most = most, .limit = most, .cut_ms = INT64_MIN};
}

static bool is_shared(const struct line_lapse *lapse)
{
	uint64_t share_bytes =
		lapse->n_others ? (lapse->all_bytes - lapse->bytes) / lapse->n_others : 0;

	if (!lapse->bytes)
		return lapse->n_others >= CROWD &&
		       share_bytes <= CRAWL_BYTES_S * (uint64_t)lapse->elapsed_ms / 1000;
	return lapse->n_others && share_bytes / UNEVEN <= lapse->bytes;
}

static unsigned fitting(const struct line_lapse *lapse)
{
	unsigned half = (lapse->n_others + 1) / 2;
	uint64_t whole =
		lapse->announced_bytes ? lapse->all_bytes / 2 / lapse->announced_bytes : half;

	return whole < 1 ? 1 : whole < half ? (unsigned)whole : half;
}

/* Only what started after the last cut can tell whether that cut was enough. */
void line_lapse(struct line *line, const struct line_lapse *lapse, int64_t now_ms)
{
	unsigned limit = fitting(lapse);

	if (lapse->started_ms < line->cut_ms || !is_shared(lapse) || limit >= line->limit)
		return;
	line->limit = limit;
	line->successes = 0;
	line->cut_ms = now_ms;
}

static bool is_sign_of_room(const struct line_success *success)
{
	return (success->is_image || !success->n_others) &&
	       success->elapsed_ms <= success->timeout_ms / EARLY_PART;
}

void line_succeed(struct line *line, const struct line_success *success)
{
	if (line->limit == line->most || !is_sign_of_room(success) ||
	    ++line->successes < line->limit)
		return;
	line->limit++;
	line->successes = 0;
}
