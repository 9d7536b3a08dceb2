#include "read_ahead.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "cores.h"
#include "found_pack.h"
#include "reference.h"
#include "result_key.h"

/* Fewer files are read sooner than a thread is started. */
#define FILES_A_THREAD 16
/* Taken at once: the lock and the sleepers cost as much as a small file. */
#define FILES_A_CLAIM 8

struct slot {
	struct scanned scanned;
	bool is_done;
};

/* What reads the files of one site. */
struct reader {
	struct file_scan_context context;
	struct object_id id; /* with a memory: of its keys */
};

struct read_ahead {
	struct site_files *files;
	const struct scan_memory *memory; /* NULL: none */
	const struct inner_sites *inner;
	struct reader *readers; /* of each of `inner`, and of the whole site behind them */
	const struct walked_file *items;
	size_t count;
	pthread_t threads[READ_AHEAD_MAX_THREADS];
	unsigned n_threads; /* without the one that asks */
	/* Under the lock: */
	pthread_mutex_t lock;
	pthread_cond_t has_room, is_done;
	struct slot slots[READ_AHEAD_FILES]; /* of index i: i % READ_AHEAD_FILES */
	size_t next_to_scan, next_to_give;
	unsigned n_idle; /* threads that wait for room */
	bool is_awaited, is_stopped;
};

void scanned_release(struct scanned *scanned)
{
	arena_release(&scanned->arena);
	*scanned = (struct scanned){0};
}

static void make_refs(const struct read_ahead *ahead, const struct site *site, const char *file,
		      const struct found *found, struct scanned *scanned)
{
	if (found->n_images == 0 || found->is_silenced)
		return;
	scanned->refs = arena_zeroed(&scanned->arena, found->n_images * sizeof *scanned->refs);
	for (size_t i = 0; i < found->n_images; i++) {
		const struct found_image *image = &found->images[i];
		struct image_ref *ref = &scanned->refs[scanned->n_refs];

		if (reference_is_placeholder(image->url))
			continue;
		ref->file = file;
		reference_resolve(ahead->files, site, found->base_href, image, &scanned->arena,
				  ref);
		ref->is_below_other_base |= found->is_below_media_folder;
		scanned->n_refs++;
	}
}

static void make_problems(const char *file, const struct found *found, struct scanned *scanned)
{
	if (found->n_problems == 0)
		return;
	scanned->problems =
		arena_zeroed(&scanned->arena, found->n_problems * sizeof *scanned->problems);
	for (size_t i = 0; i < found->n_problems; i++) {
		const struct found_problem *problem = &found->problems[i];

		scanned->problems[scanned->n_problems++] = (struct scan_problem){
			problem->code, file, problem->line, problem->column, problem->message};
	}
}

/* A file that is named is read whatever its name: as Markdown when nothing better is known. */
static enum file_kind kind_of(const struct walked_file *walked)
{
	enum file_kind kind = file_kind_of(walked->path);

	return kind == FILE_NONE ? FILE_MARKDOWN : kind;
}

/* By the memory, when it knows the file; else from the text. */
static void find(const struct read_ahead *ahead, const struct reader *reader, enum file_kind kind,
		 const struct file_text *text, struct found *ret_found, struct scanned *scanned)
{
	const struct scan_memory *memory = ahead->memory;
	struct slice known;

	if (memory) {
		scanned->key = result_key_of_file(&reader->id, kind, text->data, text->length_bytes,
						  text->is_cut);
		scanned->is_recalled = memory->recall(memory->context, &scanned->key, &known) &&
				       found_unpack(known, ret_found);
		if (scanned->is_recalled)
			return;
	}
	file_scan(&reader->context, kind, text->data, text->length_bytes, text->is_cut, ret_found);
	found_place(ret_found, text->data, text->length_bytes);
	if (memory)
		scanned->packed = found_pack(ret_found, &ret_found->arena);
}

static void scan(const struct read_ahead *ahead, size_t index, struct file_text *text,
		 struct scanned *ret_scanned)
{
	const struct walked_file *walked = &ahead->items[index];
	const struct reader *reader = &ahead->readers[inner_sites_find(ahead->inner, walked->path)];
	CLEANUP(found_release) struct found found = {0};

	*ret_scanned = (struct scanned){0};
	if (walked->problem)
		return;
	ret_scanned->error =
		-site_files_read(ahead->files, walked->path, SCANNER_MAX_FILE_BYTES, text);
	if (ret_scanned->error)
		return;
	ret_scanned->n_bytes = text->length_bytes;
	find(ahead, reader, kind_of(walked), text, &found, ret_scanned);
	ret_scanned->is_unpublished = found.is_unpublished;
	/* The strings go on living, in the one who asks. */
	ret_scanned->arena = found.arena;
	found.arena = (struct arena){0};
	make_refs(ahead, reader->context.site, walked->path, &found, ret_scanned);
	make_problems(walked->path, &found, ret_scanned);
}

static bool has_work(const struct read_ahead *ahead)
{
	return ahead->next_to_scan < ahead->count &&
	       ahead->next_to_scan < ahead->next_to_give + READ_AHEAD_FILES;
}

/* The next files; the lock is held, but not while they are scanned. */
static void scan_next(struct read_ahead *ahead)
{
	size_t first = ahead->next_to_scan, end = first + FILES_A_CLAIM;
	CLEANUP(file_text_release) struct file_text text = {0};

	if (end > ahead->count)
		end = ahead->count;
	if (end > ahead->next_to_give + READ_AHEAD_FILES)
		end = ahead->next_to_give + READ_AHEAD_FILES;
	ahead->next_to_scan = end;
	pthread_mutex_unlock(&ahead->lock);
	for (size_t i = first; i < end; i++)
		scan(ahead, i, &text, &ahead->slots[i % READ_AHEAD_FILES].scanned);
	pthread_mutex_lock(&ahead->lock);
	for (size_t i = first; i < end; i++)
		ahead->slots[i % READ_AHEAD_FILES].is_done = true;
	if (ahead->is_awaited && first <= ahead->next_to_give && ahead->next_to_give < end)
		pthread_cond_signal(&ahead->is_done);
}

static void *run_thread(void *argument)
{
	struct read_ahead *ahead = argument;

	pthread_mutex_lock(&ahead->lock);
	while (!ahead->is_stopped && ahead->next_to_scan < ahead->count) {
		if (has_work(ahead)) {
			scan_next(ahead);
			continue;
		}
		ahead->n_idle++;
		pthread_cond_wait(&ahead->has_room, &ahead->lock);
		ahead->n_idle--;
	}
	pthread_mutex_unlock(&ahead->lock);
	return NULL;
}

static unsigned useful_threads(size_t count, unsigned wanted)
{
	if (wanted == 0)
		wanted = cores_usable();
	if (wanted > READ_AHEAD_MAX_THREADS)
		wanted = READ_AHEAD_MAX_THREADS;
	if (count / FILES_A_THREAD < wanted)
		wanted = (unsigned)(count / FILES_A_THREAD);
	return wanted;
}

/* Signals are for the thread that owns the loop. */
static void start_threads(struct read_ahead *ahead, unsigned n_threads)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (ahead->n_threads + 1 < n_threads &&
	       pthread_create(&ahead->threads[ahead->n_threads], NULL, run_thread, ahead) == 0)
		ahead->n_threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* False: their results cannot be told from those of other programs. */
static bool make_readers(struct read_ahead *ahead, const struct file_scan_context *context)
{
	size_t count = ahead->inner->count + 1;
	bool have_ids = true;

	ahead->readers = alloc_zeroed(count, sizeof *ahead->readers);
	for (size_t i = 0; i < count; i++) {
		struct reader *reader = &ahead->readers[i];

		reader->context = *context;
		if (i < ahead->inner->count)
			reader->context.site = ahead->inner->items[i];
		have_ids = result_key_of_reader(&reader->context, &reader->id) && have_ids;
	}
	return have_ids;
}

struct read_ahead *read_ahead_new(const struct file_scan_context *context, struct site_files *files,
				  const struct scan_memory *memory, const struct file_walk *walk,
				  unsigned n_threads)
{
	struct read_ahead *ahead = alloc_zeroed(1, sizeof *ahead);

	ahead->files = files;
	ahead->inner = &walk->inner;
	ahead->memory = make_readers(ahead, context) ? memory : NULL;
	ahead->items = walk->items;
	ahead->count = walk->count;
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->has_room, NULL);
	pthread_cond_init(&ahead->is_done, NULL);
	start_threads(ahead, useful_threads(walk->count, n_threads));
	return ahead;
}

bool read_ahead_next(struct read_ahead *ahead, size_t *ret_index, struct scanned *ret_scanned)
{
	struct slot *slot = &ahead->slots[ahead->next_to_give % READ_AHEAD_FILES];

	if (ahead->next_to_give == ahead->count)
		return false;
	pthread_mutex_lock(&ahead->lock);
	while (!slot->is_done) {
		if (has_work(ahead)) {
			scan_next(ahead);
			continue;
		}
		ahead->is_awaited = true;
		pthread_cond_wait(&ahead->is_done, &ahead->lock);
		ahead->is_awaited = false;
	}
	*ret_scanned = slot->scanned;
	*ret_index = ahead->next_to_give++;
	*slot = (struct slot){0};
	/* Not for each file: a thread that wakes for one sleeps again at once. */
	if (ahead->n_idle > 0 && ahead->next_to_scan <= ahead->next_to_give + READ_AHEAD_FILES / 2)
		pthread_cond_signal(&ahead->has_room);
	pthread_mutex_unlock(&ahead->lock);
	return true;
}

void read_ahead_free(struct read_ahead *ahead)
{
	if (!ahead)
		return;
	pthread_mutex_lock(&ahead->lock);
	ahead->is_stopped = true;
	pthread_cond_broadcast(&ahead->has_room);
	pthread_mutex_unlock(&ahead->lock);
	for (unsigned i = 0; i < ahead->n_threads; i++)
		pthread_join(ahead->threads[i], NULL);
	for (size_t i = 0; i < READ_AHEAD_FILES; i++)
		scanned_release(&ahead->slots[i].scanned);
	pthread_mutex_destroy(&ahead->lock);
	pthread_cond_destroy(&ahead->has_room);
	pthread_cond_destroy(&ahead->is_done);
	free(ahead->readers);
	free(ahead);
}
