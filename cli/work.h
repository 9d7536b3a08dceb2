/*
 * work.h: the pipeline's inner state, shared by pipeline.c (the loop), pipeline_totals.c (what
 * follows it), work.c (states, findings), work_admit.c (the cache's word), work_lease.c (other
 * processes), work_fetch.c (requests and good answers), work_body.c and work_header.c (bodies),
 * work_failure.c (answers that are none), work_image.c (bytes, facts, thumbnails) and
 * work_type.c (what it is called).
 */
#ifndef WORK_H
#define WORK_H

#include "host_load.h"
#include "key_table.h"
#include "only.h"
#include "pattern.h"
#include "pipeline.h"
#include "status_set.h"

enum work_state {
	WORK_WAITING,
	WORK_AWAITING, /* another process is asking for it */
	WORK_FETCHING,
	WORK_FOLLOWING,
	WORK_READY,
	WORK_PARKED,
	WORK_RENDERING,
	WORK_DONE,
	WORK_STATE_COUNT,
};

/* A body on its way into the cache; lives as long as the transfer. */
struct work_body {
	struct cache_writer *writer;
	struct buf head;          /* the first bytes, until the type is known */
	bool is_known;            /* an image, and the head is written */
	bool has_facts;           /* the first bytes told them */
	struct buf header;        /* check --quick: the bytes so far */
	bool is_part;             /* no more than the beginning was sent */
	bool needs_more;          /* and the header goes on behind it */
	size_t next_look_bytes;   /* worth looking at again from here on */
	struct cache_facts facts; /* of the header: check --quick, or has_facts */
};

/* Which thumbnails there are, and which are made. */
struct work_thumbs {
	size_t n_missing;
	struct thumb_spec *missing; /* those submitted to the renderers */
	struct cache_thumb found[]; /* by spec of the settings, bytes 0 where there is none */
};

/* There is one for each of a hundred thousand URLs that wait. */
struct work {
	struct pipeline *pipeline;
	struct asset *asset;
	const char
		*wire; /* the request's URL, often the asset's `url` itself; NULL for local files */
	struct work *followers; /* other spellings of the same request */
	/* In the ready or the awaiting queue, among the followers of another, or parked behind the
	 * same bytes; of one that is RENDERING: the first of those parked behind it. */
	struct work *next;
	const struct cache_entry *entry; /* owned, unless it is work_no_entry */
	struct host_load *load;          /* of its host; NULL: not remote */
	int64_t awaited_since_s;         /* wall clock; 0: no other process was asking */
	uint32_t generation;             /* of the index, when it was looked up */
	enum work_state state : 8;
	bool is_left_out : 1;  /* by --only: as the cache has it */
	bool has_lease : 1;    /* no other process asks */
	bool is_impatient : 1; /* the process that asks has stopped */
	bool is_beside : 1; /* revalidates what another work uses meanwhile; its asset is its own */
	bool was_asked_plainly : 1;  /* a 304 named another tag: the next request has no validators
				      */
	bool is_target_asked : 1;    /* the request goes where fresh redirects led */
	bool was_target_no_use : 1;  /* and failed there: they are asked for again */
	bool was_part_too_short : 1; /* check --quick: the next request is for all */
	bool is_stale : 1;           /* the last good bytes stand in for a failure */
	bool is_type_final : 1;      /* the response said that its type is not to be guessed */
	bool is_for_same_origin : 1; /* Cross-Origin-Resource-Policy, as the next one */
	bool is_for_same_site : 1;
	bool was_rendered : 1;    /* the renderer has had its say: do not ask again */
	unsigned n_changes : 3;   /* of a local image's file, while it was looked at */
	bool had_lost_thumbs : 1; /* their stored bytes were damaged: they are made once more */
	char *declared_type;      /* the response's Content-Type; NULL: it has none */
	struct work_body *body;
	/* What is known of its bytes, from the renderers' queue on until it is done (of a local
	 * image from the first look on); NULL: to be looked up. check --quick: what the header
	 * said, for good: the bytes are gone. */
	struct cache_facts *facts;
	struct work_thumbs *thumbs; /* while they are looked for and made; or NULL */
};

struct pipeline {
	const struct pipeline_options *options;
	const struct settings *settings;
	struct report *report;
	struct cache *cache;
	struct fetcher *fetcher; /* made when the first request is */
	struct thumb_pool *thumbs;
	const char *renderer_version; /* of thumbs; NULL while not asked */
	char **thumb_keys;            /* work_image.c's, of each spec; NULL: not needed yet */
	struct work *works;
	size_t n_works, next_to_admit, n_done, n_broken;
	size_t looked_ahead; /* of the works: the cache was asked for those before it */
	struct work *ready_first, *ready_last;
	struct work *awaiting_first, *awaiting_last;
	int64_t leases_due_ms; /* monotonic: when those awaiting ask for their leases again */
	int64_t lease_came_ms; /* monotonic: when one of them got it last, or began to wait */
	struct work **beside;
	size_t beside_count, beside_capacity, n_beside; /* n: those not done */
	struct host_loads *loads;                       /* for the progress display */
	bool has_explained;                             /* what slow hosts will take was said */
	struct map *requests;     /* host, or "" for all -> struct work_request */
	struct key_table by_wire; /* request URL -> which of the works makes it */
	struct work **rendering;  /* those whose bytes are with the renderers: few */
	size_t n_rendering, rendering_capacity;
	size_t n_rendered;           /* came back */
	struct pattern_list ignored; /* URLs that `check` leaves out */
	struct only only;            /* which URLs are asked for */
	struct status_set accepted;  /* --accept */
	int root_fd;
	bool decodes; /* else what the header says is all that is asked */
	int64_t now_s, deadline_ms;
	bool is_stopping; /* interrupted, out of time, or a fault: finish what is under way, start
			     nothing */
	bool is_full;     /* nothing more can be stored: hits only */
	int error;        /* the first fault of ours */
	struct fault *fault; /* NULL after the first */
};

/* Of a URL that the cache does not know. */
extern const struct cache_entry work_no_entry;

/* work.c. The one place where a work's state changes; traces. DONE settles its followers. */
void work_enter(struct work *work, enum work_state state);
/* Gives `work` what its finished leader found; it is another spelling of the same request. */
void work_follow(struct work *work, const struct work *leader);
/* A fault of ours: remembers the first, and stops the run; a full disk stops only what stores. */
void pipeline_fail(struct pipeline *pipeline, int error);
/* Adds a finding at the severity that the configuration gives it, and makes the asset's status
 * broken or blocked when the code is of that kind. NULL when the configuration turns the code off.
 */
__attribute__((format(printf, 3, 4))) struct finding *
work_add_finding(struct work *work, enum finding_code code, const char *format, ...);

/* Before the first other finding of a work that has its answer. */
void work_note_insecure(struct work *work);

/* work_admit.c: decides from the cache whether to ask. */
/* Before any of them is admitted: what this run is going to use is not evicted for its sake. */
void work_mark_used(struct work *work);
void work_admit_remote(struct work *work);
/* By what was looked up. */
void work_admit_by_cache(struct work *work);
/* When the image was last looked at, wall clock; a host that asked for a rest showed none. */
int64_t work_seen_s(const struct cache_entry *entry);
/* false: a fault of ours. */
bool work_look_up(struct work *work);

/* work_request.c: what a request says, for responses that vary, and what its failure depends on;
 * borrowed. Secrets are hashes. */
struct work_request {
	struct http_fields fields;
	uint64_t digest; /* of these, and of the settings that decide what becomes of it; never 0 */
};
const struct work_request *work_request(const struct work *work);
void work_free_requests(struct pipeline *pipeline);

/* work_lease.c: one process asks, the others await its answer; requests beside a stale image. */
/* Nobody else asks, and nobody has asked since it was looked up. */
bool work_may_start(struct work *work);
/* It might not start: another process asks, or has asked. */
void work_take_withdrawn(struct work *work);
/* A work that left FETCHING: its answer is stored, or there is none. */
void work_end_lease(struct work *work);
/* Asks for what this work uses stale, for the next run. */
void work_revalidate_beside(const struct work *work);
/* Those that await another process's answer look whether it has come. */
void work_ask_for_leases(struct pipeline *pipeline);
/* When that is due (monotonic); INT64_MAX: nothing awaits. */
int64_t work_leases_due_ms(const struct pipeline *pipeline);
void work_stop_awaiting(struct pipeline *pipeline);
void work_free_beside(struct pipeline *pipeline);

/* work_fetch.c: asks, takes what came back, and settles by what is stored. */
void work_ask(struct work *work);
void work_take_response(struct work *work, struct fetch_response *response);
void work_drop_entry(struct work *work);
void work_drop_thumbs(struct work *work);
void work_drop_facts(struct work *work);
void work_free_entry(const struct cache_entry *entry);
/* The stored bytes turned out to be gone or damaged: a plain request. */
void work_fetch_again(struct work *work);
/* The entry's bytes are the answer: READY. */
void work_use_entry(struct work *work, enum asset_source source);
/* The last good bytes stand in: for a failure that will pass, or without a network. */
void work_use_stale(struct work *work, const char *why);
/* NULL: it was the request's own URL. */
void work_note_redirect(struct work *work, const char *final_url, bool is_permanent);

/* work_failure.c: what a failure means for the asset, and what the cache remembers of it. */
/* Of an asset that fails as it was checked now: its first failure in a row (wall clock). */
int64_t work_failing_since(const struct work *work);
void work_take_failure(struct work *work, const struct fetch_response *response);
void work_take_remembered_failure(struct work *work);
/* The host's wish to be asked later: of this response; of an earlier run, and not over. */
void work_take_deferred(struct work *work, const struct fetch_response *response);
bool work_is_deferred(const struct work *work);
void work_keep_deferred(struct work *work);

/* work_body.c: a body on its way into the cache, as long as it may be an image. */
struct body_sink work_body_sink(struct work *work);
/* What came instead of an image, sent as that type (or NULL); ret_text is always terminated. */
void work_body_describe(const struct work_body *body, const char *content_type, char *ret_text,
			size_t size_bytes);
void work_body_free(struct work *work);
/* work_facts.c: the bytes, and what their header says. */
bool work_is_local(const struct work *work);
/* -ENOENT: the cache has lost the bytes, or a local image's file is not what it was. The caller
 * closes the descriptor. */
int work_open_image(struct work *work, int *ret_fd, uint64_t *ret_bytes);
/* The hash of a local image, and its facts; false with a finding when it is none or may not be
 * read, with a problem of the run when the system does not give it, or after a fault of ours. */
bool work_identify_local(struct work *work);
/* Neither good nor broken: it stays unchecked, and what was made of it is kept. Of a local image
 * it is a problem of the run, of a stored one the run's end. */
void work_note_unread(const struct work *work, const char *why);
/* A local image's file still has the bytes that it was identified by; others always have. */
bool work_is_as_identified(struct work *work);
/* What the first bytes of an image say; false when the others may say more. */
bool work_read_first_bytes(const void *data, size_t length_bytes, struct cache_facts *ret_facts);
/* Remembered ones, else of the header; -ENOENT as above. */
int work_find_facts(struct work *work, struct cache_facts *ret_facts);
/* The size that the header says, once more. */
int work_read_size(const struct work *work, int fd, uint64_t bytes, struct cache_facts *facts);
/* The verdict on an image whose header is not valid. */
void work_condemn_header(enum media_type type, struct cache_facts *facts);
void work_condemn_cut_header(struct cache_facts *facts);

/* work_header.c: a body of which only the header is read, and nothing is kept. */
struct body_sink work_header_sink(struct work *work);
/* So much of an image is asked for: EXIF with its thumbnail, a colour profile and XMP fit in most.
 */
#define WORK_HEADER_BYTES (16 * 1024)

/* work_image.c: READY -> RENDERING, PARKED or DONE. */
void work_look_at_image(struct work *work);
void work_take_thumbs(struct work *work, struct thumb_result *result);
/* The stored bytes were decoded, and are no whole image. */
bool work_is_known_broken(const struct work *work);
void work_free_thumb_keys(struct pipeline *pipeline);
/* work_type.c: the finding where it is called something else than it is. */
void work_compare_types(struct work *work);
/* Starts nothing: the pool is made (and the renderer's version asked) on first use.
 * -ENOSYS where there is no renderer: -ENOENT is of an image whose bytes are gone. */
int pipeline_need_thumbs(struct pipeline *pipeline);
/* An image is on its way that will be decoded. Waits for nothing, and says nothing of what fails.
 */
void pipeline_expect_thumbs(struct pipeline *pipeline);
int pipeline_need_fetcher(struct pipeline *pipeline);
struct fetcher_options;
void pipeline_fetcher_options(const struct pipeline *pipeline, struct fetcher_options *ret_options);
void work_release(struct work *work);

/* pipeline_totals.c: when all works are done. */
void pipeline_find_duplicates(struct pipeline *pipeline);
void pipeline_collect_hosts(struct pipeline *pipeline);
bool pipeline_is_quick(const struct pipeline *pipeline); /* check --quick */

#endif
