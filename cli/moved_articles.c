#include "moved_articles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "beneath.h"
#include "cleanup.h"
#include "file.h"
#include "human.h"
#include "map.h"

DEFINE_CLEANUP_POINTER(struct map, map_free)

static bool is_there(int root_fd, const char *file)
{
	return !faccessat(root_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) ||
	       (errno != ENOENT && errno != ENOTDIR);
}

static bool hash_file(int root_fd, const char *file, struct object_id *ret_hash)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(BUF_UNLIMITED);
	const char *name;
	CLEANUP(cleanup_close) int folder_fd = beneath_open_parent(root_fd, file, &name);

	if (folder_fd < 0 || file_read(folder_fd, name, &text))
		return false;
	*ret_hash = object_id_of(buf_string(&text), text.length_bytes);
	return true;
}

static bool has_bytes_of(const struct journal_file *file, const struct object_id *hash)
{
	return object_id_equals(hash, &file->after) || object_id_equals(hash, &file->before);
}

static bool is_of_journal(const struct journal *journal, const struct object_id *hash)
{
	for (size_t i = 0; i < journal->n_files; i++)
		if (has_bytes_of(&journal->files[i], hash))
			return true;
	return false;
}

/* Gone, or another article of the journal has its name by now. One that was edited is not: a copy
 * elsewhere is no reason to leave it as it is without a word. */
static bool is_astray(int root_fd, const struct journal *journal, const struct journal_file *file)
{
	struct object_id hash;

	if (!is_there(root_fd, file->file))
		return true;
	return hash_file(root_fd, file->file, &hash) && !has_bytes_of(file, &hash) &&
	       is_of_journal(journal, &hash);
}

bool moved_articles_are_any(int root_fd, const struct journal *journal)
{
	for (size_t i = 0; i < journal->n_files; i++)
		if (is_astray(root_fd, journal, &journal->files[i]))
			return true;
	return false;
}

/* --- of the same bytes --------------------------------------------------------------------------
 */

/* The first that is astray, and has these bytes. */
static struct journal_file *astray_file_of(int root_fd, struct journal *journal,
					   const struct object_id *hash)
{
	for (size_t i = 0; i < journal->n_files; i++)
		if (has_bytes_of(&journal->files[i], hash) &&
		    is_astray(root_fd, journal, &journal->files[i]))
			return &journal->files[i];
	return NULL;
}

static void look_at(int root_fd, const char *article, struct journal *journal)
{
	struct journal_file *file;
	struct object_id hash;

	if (!hash_file(root_fd, article, &hash))
		return;
	file = astray_file_of(root_fd, journal, &hash);
	if (!file)
		return;
	free(file->file);
	file->file = alloc_string(article);
}

/* The files of the journal that are where they should be. */
static struct map *names_of(int root_fd, const struct journal *journal)
{
	struct map *names = map_new();

	for (size_t i = 0; i < journal->n_files; i++)
		if (!is_astray(root_fd, journal, &journal->files[i]))
			map_put_string(names, journal->files[i].file, names);
	return names;
}

void moved_articles_find(int root_fd, const struct report *now, struct journal *journal)
{
	CLEANUP(map_free_pointer) struct map *seen = names_of(root_fd, journal);

	for (size_t i = 0; i < now->n_images; i++) {
		const struct asset *asset = now->images[i];

		for (size_t k = 0; k < asset->n_refs; k++)
			if (!map_put_string(seen, asset->refs[k].file, seen))
				look_at(root_fd, asset->refs[k].file, journal);
	}
}

/* --- the others ---------------------------------------------------------------------------------
 */

/* The references to images that the run brought, by what they say. */
struct parts {
	struct map *by_written; /* one more than the place of the first */
	struct part {
		const struct asset_ref *ref;
		uintptr_t next; /* that says the same, as above; 0: none */
	} * items;
	size_t count, capacity;
};

static void parts_release(struct parts *parts)
{
	map_free(parts->by_written);
	free(parts->items);
}

static void add_part(struct parts *parts, const struct asset_ref *ref)
{
	void *number = (void *)(parts->count + 1);

	ALLOC_GROW(parts->items, parts->count, parts->capacity);
	parts->items[parts->count++] = (struct part){
		ref, (uintptr_t)map_put_borrowed(parts->by_written, ref->written, number)};
}

/* The last first, since each is put before those that say the same. */
static void find_parts(struct parts *parts, const struct report *now, const struct journal *journal)
{
	*parts = (struct parts){.by_written = map_new()};
	for (size_t i = journal->n_added; i-- > 0;) {
		CLEANUP(cleanup_free) char *url = alloc_printf("/%s", journal->added[i].file);
		const struct asset *asset = report_find(now, url);

		for (size_t k = asset ? asset->n_refs : 0; k-- > 0;)
			add_part(parts, &asset->refs[k]);
	}
}

static void note_part(struct buf *notes, const struct journal_file *file,
		      const struct rewrite_edit *edit, const struct asset_ref *ref)
{
	human_text(notes, ref->file);
	buf_printf(notes, ":%u:%u: ", ref->line, ref->column);
	human_shortened(notes, edit->old);
	buf_append_string(notes, " stood there, in ");
	human_text(notes, file->file);
	buf_append_string(notes, ", which is gone: put it back by hand\n");
}

/* What an article that was moved and edited, or split, says by now. */
static bool note_parts(const struct parts *parts, const struct map *names,
		       const struct journal_file *file, struct buf *notes)
{
	CLEANUP(map_free_pointer) struct map *seen = map_new();
	bool is_any = false;

	for (size_t i = 0; i < file->n_edits; i++) {
		const struct rewrite_edit *edit = &file->edits[i];
		uintptr_t at = (uintptr_t)map_get_string(parts->by_written, edit->new);

		if (map_put_borrowed(seen, edit->new, seen))
			continue;
		for (; at; at = parts->items[at - 1].next) {
			const struct asset_ref *ref = parts->items[at - 1].ref;

			if (map_get_string(names, ref->file))
				continue;
			note_part(notes, file, edit, ref);
			is_any = true;
		}
	}
	return is_any;
}

size_t moved_articles_drop_gone(int root_fd, const struct report *now, struct journal *journal,
				struct buf *notes)
{
	CLEANUP(map_free_pointer) struct map *names = names_of(root_fd, journal);
	CLEANUP(parts_release) struct parts parts;
	size_t n_kept = 0, n_parted = 0;

	find_parts(&parts, now, journal);
	for (size_t i = 0; i < journal->n_files; i++) {
		struct journal_file *file = &journal->files[i];

		if (is_there(root_fd, file->file)) {
			journal->files[n_kept++] = *file;
			continue;
		}
		if (note_parts(&parts, names, file, notes)) {
			n_parted++;
		} else {
			human_text(notes, file->file);
			buf_append_string(notes, ": it is gone: nothing was restored in it\n");
		}
		journal_file_release(file);
	}
	journal->n_files = n_kept;
	return n_parted;
}
