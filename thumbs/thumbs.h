/*
 * thumbs.h: images decoded, verified and made into thumbnails by renderer processes.
 *
 *	thumb_pool_new(&options, &pool, &fault);
 *	while (thumb_pool_has_room(pool)) thumb_pool_submit(pool, &job, &fault);
 *	poll thumb_pool_fds(); thumb_pool_step(pool, &fault);
 *	while (thumb_pool_next(pool, &result)) use it; thumb_result_release(&result);
 *
 * As many `picdesk-renderer` processes as cores (base/cores.h), fewer where memory is short
 * (short_memory.h), started by exec, one image each at a time, restarted after 1000 images or a
 * crash. They get the image as an open descriptor (SCM_RIGHTS) and nothing else. One thread;
 * nothing here blocks. Every job submitted comes back exactly once. What comes back is untrusted
 * until this side has re-read type and size of each thumbnail's bytes and compared them with what
 * the spec makes of the original's size (verify.c): results handed out are verified.
 */
#ifndef THUMBS_H
#define THUMBS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "fault.h"
#include "media_type.h"

/* Of an original; longer ones are THUMB_TOO_MANY_PIXELS. */
#define THUMB_MAX_SIDE_PX 32767

enum thumb_fit { /* CSS object-fit, never upscaled */
		 THUMB_CONTAIN,
		 THUMB_COVER,
};

enum thumb_position {
	THUMB_CENTRE,
	THUMB_TOP,
	THUMB_BOTTOM,
	THUMB_LEFT,
	THUMB_RIGHT,
	THUMB_TOP_LEFT,
	THUMB_TOP_RIGHT,
	THUMB_BOTTOM_LEFT,
	THUMB_BOTTOM_RIGHT,
	THUMB_ATTENTION,
	THUMB_ENTROPY,
};

enum thumb_format {
	THUMB_WEBP,
	THUMB_JPEG,
	THUMB_PNG,
	THUMB_AVIF,
	THUMB_AUTO, /* alpha: WebP; else JPEG */
};

#define THUMB_MAX_EDGE_PX 16383 /* WebP's limit */
#define THUMB_MAX_SPECS 32
#define THUMB_NAME_BYTES 64

struct thumb_spec {
	char name[THUMB_NAME_BYTES];  /* [a-z0-9_-]; with dpr above 1: "small@2x" */
	int width_px, height_px;      /* 0: follows from the other; at least one is given */
	enum thumb_fit fit;           /* cover needs both sides, else it is contain */
	enum thumb_position position; /* cover only */
	enum thumb_format format;
	int quality;                 /* 1..100 */
	unsigned char background[3]; /* sRGB; for JPEG, where alpha must go */
	bool has_background;         /* flatten in every format */
	bool is_animated;            /* keep motion (WebP); else the first frame */
};

/* Names as in picdesk.yml: "centre" (and "center"), "top", "top-left"...; false when unknown. */
bool thumb_fit_parse(const char *text, enum thumb_fit *ret_fit);
bool thumb_position_parse(const char *text, enum thumb_position *ret_position);
bool thumb_format_parse(const char *text, enum thumb_format *ret_format);

/* The spec without its name, in one fixed form: "640x360 cover centre webp q75": part of the key.
 */
void thumb_spec_format(const struct thumb_spec *spec, char *ret_text, size_t size_bytes);
/* The size that the spec makes of an original of this size (as shown): pure, exact, never larger
 * than the original. contain: the side that binds is exact, the other rounded half up, at least 1.
 */
void thumb_spec_size(const struct thumb_spec *spec, int original_width_px, int original_height_px,
		     int *ret_width_px, int *ret_height_px);
/* The original is smaller than what the spec asks for. */
bool thumb_spec_is_smaller(const struct thumb_spec *spec, int original_width_px,
			   int original_height_px);
/* How much longer than other images one may take for the encoding that this spec asks for: what is
 * more than a second on a slow machine, also where it keeps motion and all frames together are
 * `max_pixels`. The original's size as shown; 0: not known, 0 comes back. */
int64_t thumb_spec_encoding_ms(const struct thumb_spec *spec, enum media_type type,
			       int original_width_px, int original_height_px, uint64_t max_pixels);

enum thumb_verdict {
	THUMB_OK,
	THUMB_DAMAGED,   /* browsers show it, it decodes with errors; thumbnails are made */
	THUMB_TRUNCATED, /* image data is missing */
	THUMB_UNDECODABLE,
	THUMB_TOO_MANY_PIXELS,
	THUMB_UNREAD,      /* none on the image: the disk did not give its bytes */
	THUMB_UNSUPPORTED, /* a type that the renderer does not decode */
	THUMB_CRASHED,     /* the renderer crashed, hung or lied, twice */
	THUMB_CANCELLED,
};
const char *thumb_verdict_name(enum thumb_verdict verdict); /* "ok", "damaged"... */
bool thumb_verdict_parse(const char *name, enum thumb_verdict *ret_verdict);

struct thumb_job {
	void *owner;    /* comes back in the result */
	int fd;         /* the image, readable from offset 0; the pool takes it and closes it */
	uint64_t bytes; /* its size */
	enum media_type type;
	/* What image_header_read() says of it, as shown; the result is verified against it where it
	 * is not 0. */
	int width_px, height_px;
	const struct thumb_spec *specs; /* borrowed until the result is out */
	size_t n_specs;                 /* 0: decode the whole image to verify it, no thumbnails */
};

struct thumb {
	size_t spec; /* index into the job's specs */
	enum media_type type;
	int width_px, height_px;
	bool is_smaller_than_spec;
	struct buf bytes;
};

struct thumb_result {
	void *owner;
	enum thumb_verdict verdict;
	char message[160];       /* for people, lower case; "" when ok */
	int width_px, height_px; /* of the original, as shown */
	int frames;
	bool has_alpha;
	struct thumb *thumbs; /* in the order of the specs; none unless OK or DAMAGED */
	size_t n_thumbs;
};
void thumb_result_release(struct thumb_result *result);

struct thumb_pool_options {
	const char *renderer_path;  /* NULL: beside this program in a build tree, else in libexec */
	unsigned renderers;         /* 0: cores */
	uint64_t max_pixels;        /* default 100,000,000, frames summed */
	uint64_t max_decoded_bytes; /* default 512 MiB */
	int64_t timeout_ms;         /* default 10000, wall time an image */
	bool require_sandbox;
	bool needs_avif; /* a renderer that cannot encode it is an error, not a verdict */
};
void thumb_pool_options_init(struct thumb_pool_options *options);

struct thumb_pool;
/* Starts no process yet: the first jobs do. */
int thumb_pool_new(const struct thumb_pool_options *options, struct thumb_pool **ret_pool,
		   struct fault *fault);
void thumb_pool_free(struct thumb_pool *pool);
/* There will be no more jobs, and none is pending: the renderers end while the caller goes on;
 * thumb_pool_free() would wait for that. */
void thumb_pool_end(struct thumb_pool *pool);
/* There will be jobs: renderers are started, and nothing is waited for. An error is of one that
 * does not start; the first job tries again. */
int thumb_pool_start_early(struct thumb_pool *pool, struct fault *fault);
/* Until the first of them has said hello, and while there is hope that it will. */
bool thumb_pool_is_starting(const struct thumb_pool *pool);
/* At most 4 jobs a renderer wait; up to 128 until the first renderer has said hello. */
bool thumb_pool_has_room(const struct thumb_pool *pool);
/* Takes job->fd. An error is of a renderer that does not start; the job waits for the next try, or
 * for thumb_pool_cancel(), all the same. */
int thumb_pool_submit(struct thumb_pool *pool, const struct thumb_job *job, struct fault *fault);
size_t thumb_pool_pending(const struct thumb_pool *pool);
/* Descriptors to wait for, at most `max`; returns how many. */
unsigned thumb_pool_fds(const struct thumb_pool *pool, struct pollfd *ret_fds, unsigned max);
/* Monotonic; INT64_MAX: none. What thumb_pool_next() has is not waited for by it. */
int64_t thumb_pool_deadline_ms(const struct thumb_pool *pool);
/* Reads, writes, kills what is over its deadline, restarts; never blocks. */
int thumb_pool_step(struct thumb_pool *pool, struct fault *fault);
bool thumb_pool_has_next(const struct thumb_pool *pool);
bool thumb_pool_next(struct thumb_pool *pool, struct thumb_result *ret_result);
void thumb_pool_cancel(struct thumb_pool *pool); /* what is pending comes back as THUMB_CANCELLED */

/* The renderer's version, which every thumbnail's key contains: "19 vips-8.14.1 ..."; asks the
 * renderer once (`picdesk-renderer --version`) and remembers. */
int thumb_pool_renderer_version(struct thumb_pool *pool, const char **ret_version,
				struct fault *fault);
/* The same without a start of the renderer (60 ms) while it is what it was: `remembered` is what an
 * earlier call gave to remember, or NULL. It counts while the renderer, the libraries that it loads
 * and their folders are the same files. Else renderers are started, for which there will be work,
 * and the first one's hello is waited for: the one call here that waits for them. *ret_remember:
 * what to remember from now on, free() it; NULL when `remembered` still holds. A renderer of
 * another version is refused with -ESTALE when it starts. */
int thumb_pool_recall_version(struct thumb_pool *pool, const char *remembered, char **ret_remember,
			      const char **ret_version, struct fault *fault);
/* What confines the renderers here: "no-new-privileges, rlimits, landlock 3, seccomp". */
int thumb_pool_sandbox(struct thumb_pool *pool, const char **ret_description, struct fault *fault);
/* The same of the renderers that got an image; NULL when none did. Valid as long as the pool. */
const char *thumb_pool_sandbox_of_run(const struct thumb_pool *pool);

#endif
