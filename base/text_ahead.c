#include "text_ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "alloc.h"
#include "cleanup.h"
#include "disk_work.h"

#define MOST_PIECES (TEXT_AHEAD_BYTES / BUF_PIECE_BYTES)

struct text_ahead {
	text_writer *write;
	const void *context;
	pthread_t reader;
	struct disk_work *work;
	/* Under the lock: */
	pthread_mutex_t lock;
	pthread_cond_t has_room, has_piece;
	struct slice pieces[MOST_PIECES]; /* of index i: i % MOST_PIECES; owned */
	size_t n_made, n_read;
	bool is_made, is_dropped;
};

static int add_piece(void *context, const void *data, size_t length_bytes)
{
	struct text_ahead *ahead = context;
	struct slice piece = {alloc_string_n(data, length_bytes), length_bytes};
	bool is_dropped;

	pthread_mutex_lock(&ahead->lock);
	while (ahead->n_made - ahead->n_read == MOST_PIECES && !ahead->is_dropped)
		pthread_cond_wait(&ahead->has_room, &ahead->lock);
	is_dropped = ahead->is_dropped;
	if (!is_dropped)
		ahead->pieces[ahead->n_made++ % MOST_PIECES] = piece;
	pthread_cond_signal(&ahead->has_piece);
	pthread_mutex_unlock(&ahead->lock);
	if (!is_dropped)
		return 0;
	free((char *)piece.data);
	return -ECANCELED;
}

static void make(struct text_ahead *ahead)
{
	struct buf_outlet outlet = {.write = add_piece, .context = ahead};
	CLEANUP(buf_release) struct buf text = {.max_bytes = BUF_UNLIMITED, .outlet = &outlet};

	ahead->write(ahead->context, &text);
	buf_drain(&text);
	pthread_mutex_lock(&ahead->lock);
	ahead->is_made = true;
	pthread_cond_signal(&ahead->has_piece);
	pthread_mutex_unlock(&ahead->lock);
}

/* -EAGAIN: there is no thread, and the reader cannot wait for itself. */
static int make_beside(void *context, size_t index)
{
	struct text_ahead *ahead = context;

	(void)index;
	if (pthread_equal(pthread_self(), ahead->reader))
		return -EAGAIN;
	make(ahead);
	return 0;
}

struct text_ahead *text_ahead_start(text_writer *write, const void *context)
{
	struct text_ahead *ahead = alloc_zeroed(1, sizeof *ahead);

	ahead->write = write;
	ahead->context = context;
	ahead->reader = pthread_self();
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->has_room, NULL);
	pthread_cond_init(&ahead->has_piece, NULL);
	ahead->work = disk_work_start(make_beside, ahead, 1);
	return ahead;
}

/* False: that was all. */
static bool take_piece(struct text_ahead *ahead, struct slice *ret_piece)
{
	bool has_piece;

	pthread_mutex_lock(&ahead->lock);
	while (ahead->n_read == ahead->n_made && !ahead->is_made)
		pthread_cond_wait(&ahead->has_piece, &ahead->lock);
	has_piece = ahead->n_read < ahead->n_made;
	if (has_piece)
		*ret_piece = ahead->pieces[ahead->n_read++ % MOST_PIECES];
	pthread_cond_signal(&ahead->has_room);
	pthread_mutex_unlock(&ahead->lock);
	return has_piece;
}

void text_ahead_write(const void *context, struct buf *ret_text)
{
	struct text_ahead *ahead = (struct text_ahead *)context;
	struct slice piece;

	if (disk_work_has_ended(ahead->work) && disk_work_step(ahead->work, true) == -EAGAIN) {
		ahead->write(ahead->context, ret_text);
		return;
	}
	while (take_piece(ahead, &piece)) {
		buf_append(ret_text, piece.data, piece.length_bytes);
		free((char *)piece.data);
	}
}

void text_ahead_free(struct text_ahead *ahead)
{
	if (!ahead)
		return;
	pthread_mutex_lock(&ahead->lock);
	ahead->is_dropped = true;
	pthread_cond_signal(&ahead->has_room);
	pthread_mutex_unlock(&ahead->lock);
	disk_work_free(ahead->work);
	for (; ahead->n_read < ahead->n_made; ahead->n_read++)
		free((char *)ahead->pieces[ahead->n_read % MOST_PIECES].data);
	pthread_cond_destroy(&ahead->has_piece);
	pthread_cond_destroy(&ahead->has_room);
	pthread_mutex_destroy(&ahead->lock);
	free(ahead);
}
