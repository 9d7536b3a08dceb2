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

static const struct rewrite_edit *edit_of(const struct journal_file *file, const char *written)
{
	for (size_t i = 0; i < file->n_edits; i++)
		if (!strcmp(file->edits[i].new, written))
			return &file->edits[i];
	return NULL;
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

/* References to images that came for an article, from files that the journal does not know: parts
 * of articles that were moved and edited, or split. */
struct parts {
	const struct asset_ref **refs;
	size_t count, capacity;
};

static void parts_release(struct parts *parts)
{
	free(parts->refs);
}

static void find_parts(const struct report *now, const struct journal *journal,
		       const struct map *names, struct parts *ret_parts)
{
	for (size_t i = 0; i < journal->n_added; i++) {
		CLEANUP(cleanup_free) char *url = alloc_printf("/%s", journal->added[i].file);
		const struct asset *asset = report_find(now, url);

		for (size_t k = 0; asset && k < asset->n_refs; k++) {
			if (map_get_string(names, asset->refs[k].file))
				continue;
			ALLOC_GROW(ret_parts->refs, ret_parts->count, ret_parts->capacity);
			ret_parts->refs[ret_parts->count++] = &asset->refs[k];
		}
	}
}

/* Those that say what an edit of this file wrote. */
static bool note_parts(const struct parts *parts, const struct journal_file *file,
		       struct buf *notes)
{
	bool is_any = false;

	for (size_t i = 0; i < parts->count; i++) {
		const struct rewrite_edit *edit = edit_of(file, parts->refs[i]->written);

		if (!edit)
			continue;
		note_part(notes, file, edit, parts->refs[i]);
		is_any = true;
	}
	return is_any;
}

size_t moved_articles_drop_gone(int root_fd, const struct report *now, struct journal *journal,
				struct buf *notes)
{
	CLEANUP(map_free_pointer) struct map *names = names_of(root_fd, journal);
	CLEANUP(parts_release) struct parts parts = {0};
	size_t n_kept = 0, n_parted = 0;

	find_parts(now, journal, names, &parts);
	for (size_t i = 0; i < journal->n_files; i++) {
		struct journal_file *file = &journal->files[i];

		if (is_there(root_fd, file->file)) {
			journal->files[n_kept++] = *file;
			continue;
		}
		if (note_parts(&parts, file, notes)) {
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
