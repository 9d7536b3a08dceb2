#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "alloc.h"
#include "beneath.h"
#include "cleanup.h"
#include "file.h"
#include "plain_disk.h"
#include "tmpfile.h"

#define FOLDER ".cache/picdesk-undo"
#define MOST_BYTES ((size_t)1 << 30)
#define HEADING "picdesk-undo 1"
#define MOST_WORDS 4

void journal_file_release(struct journal_file *file)
{
	for (size_t i = 0; i < file->n_edits; i++) {
		free(file->edits[i].old);
		free(file->edits[i].new);
	}
	free(file->edits);
	free(file->file);
}

void journal_release(struct journal *journal)
{
	for (size_t i = 0; i < journal->n_files; i++)
		journal_file_release(&journal->files[i]);
	for (size_t i = 0; i < journal->n_added; i++)
		free(journal->added[i].file);
	for (size_t i = 0; i < journal->n_folders; i++)
		free(journal->folders[i]);
	free(journal->files);
	free(journal->added);
	free(journal->folders);
	*journal = (struct journal){0};
}

static struct journal_file *add_file(struct journal *journal, char *name)
{
	ALLOC_GROW(journal->files, journal->n_files, journal->files_capacity);
	journal->files[journal->n_files] = (struct journal_file){.file = name};
	return &journal->files[journal->n_files++];
}

static void add_edit(struct journal_file *file, size_t offset, char *old, char *new)
{
	ALLOC_GROW(file->edits, file->n_edits, file->edits_capacity);
	file->edits[file->n_edits++] =
		(struct rewrite_edit){.offset = offset, .old = old, .new = new};
}

void journal_add_file(struct journal *journal, const struct rewrite *rewrite)
{
	struct journal_file *file = add_file(journal, alloc_string(rewrite->file));

	file->before = rewrite->before_id;
	file->after = rewrite->after_id;
	for (size_t i = 0; i < rewrite->n_edits; i++)
		add_edit(file, rewrite->edits[i].offset, alloc_string(rewrite->edits[i].old),
			 alloc_string(rewrite->edits[i].new));
}

void journal_add_added(struct journal *journal, const char *file, const struct object_id *hash)
{
	ALLOC_GROW(journal->added, journal->n_added, journal->added_capacity);
	journal->added[journal->n_added++] = (struct journal_added){alloc_string(file), *hash};
}

static void add_folder(struct journal *journal, char *folder)
{
	ALLOC_GROW(journal->folders, journal->n_folders, journal->folders_capacity);
	journal->folders[journal->n_folders++] = folder;
}

void journal_add_folders(struct journal *journal, int root_fd, const char *folder)
{
	for (const char *end = folder; *end; end += *end == '/') {
		char *path;

		end = strchrnul(end, '/');
		path = alloc_printf("%.*s", (int)(end - folder), folder);
		if (faccessat(root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			add_folder(journal, path);
		else
			free(path);
	}
}

/* --- words --------------------------------------------------------------------------------------
 */

static void put_word(struct buf *text, const char *word)
{
	buf_append_char(text, ' ');
	for (; *word; word++) {
		unsigned char c = (unsigned char)*word;

		if (c <= ' ' || c == '%' || c >= 0x7f)
			buf_printf(text, "%%%02X", c);
		else
			buf_append_char(text, (char)c);
	}
}

static void put_hash(struct buf *text, const struct object_id *hash)
{
	char hex[OBJECT_ID_HEX_BYTES];

	object_id_format(hash, hex);
	put_word(text, hex);
}

/* Decodes in place. */
static void decode_word(char *word)
{
	char *to = word;

	for (char *from = word; *from; from++) {
		int high = *from == '%' ? hex_digit(from[1]) : -1;
		int low = high < 0 ? -1 : hex_digit(from[2]);

		*to++ = low < 0 ? *from : (char)(high << 4 | low);
		from += low < 0 ? 0 : 2;
	}
	*to = '\0';
}

static size_t split(char *line, char *ret_words[MOST_WORDS])
{
	size_t count = 0;

	for (char *word = line; word && count < MOST_WORDS;) {
		char *blank = strchr(word, ' ');

		if (blank)
			*blank++ = '\0';
		decode_word(word);
		ret_words[count++] = word;
		word = blank;
	}
	return count;
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void format(const struct journal *journal, struct buf *text)
{
	buf_append_string(text, HEADING "\n");
	for (size_t i = 0; i < journal->n_files; i++) {
		const struct journal_file *file = &journal->files[i];

		buf_append_string(text, "file");
		put_hash(text, &file->before);
		put_hash(text, &file->after);
		put_word(text, file->file);
		for (size_t k = 0; k < file->n_edits; k++) {
			buf_printf(text, "\nedit %zu", file->edits[k].offset);
			put_word(text, file->edits[k].old);
			put_word(text, file->edits[k].new);
		}
		buf_append_char(text, '\n');
	}
	for (size_t i = 0; i < journal->n_folders; i++) {
		buf_append_string(text, "folder");
		put_word(text, journal->folders[i]);
		buf_append_char(text, '\n');
	}
	for (size_t i = 0; i < journal->n_added; i++) {
		buf_append_string(text, "added");
		put_hash(text, &journal->added[i].hash);
		put_word(text, journal->added[i].file);
		buf_append_char(text, '\n');
	}
}

/* The highest number in the folder, of any verb or of one; its name too. 0: there is none. One that
 * is not seen would be written over by the next. */
static int find_last(int folder_fd, const char *verb, unsigned *ret_number, char **ret_name,
		     struct fault *fault)
{
	int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	unsigned last = 0;
	struct dirent *entry;
	int error = folder ? 0 : -errno;

	if (!folder)
		cleanup_close(&fd);
	while (folder && (errno = 0, entry = readdir(folder))) {
		char *dash;
		unsigned long number = strtoul(entry->d_name, &dash, 10);

		if (dash == entry->d_name || *dash != '-' || number <= last || number > 999999999 ||
		    (verb && strcmp(dash + 1, verb)))
			continue;
		last = (unsigned)number;
		if (ret_name) {
			free(*ret_name);
			*ret_name = alloc_string(entry->d_name);
		}
	}
	if (folder) {
		error = -errno;
		closedir(folder);
	}
	*ret_number = last;
	return error ? fault_raise(fault, error, FOLDER ": read: %s", strerror(-error)) : 0;
}

/* 1: there is such a folder; 0: there is none. */
static int open_folder(int root_fd, int *ret_fd, struct fault *fault)
{
	*ret_fd = openat(root_fd, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_fd >= 0)
		return 1;
	return errno == ENOENT || errno == ENOTDIR
		       ? 0
		       : fault_raise(fault, -errno, FOLDER ": open: %s", strerror(errno));
}

static int hide_from_git(int folder_fd, struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64);

	if (!faccessat(folder_fd, ".gitignore", F_OK, 0))
		return 0;
	buf_append_string(&text, "*\n");
	return file_replace(folder_fd, FOLDER, ".gitignore", &text, fault);
}

/* The journal's name, and those of folders that may be new with it: they may be on another
 * disk than the articles (a cache that a CI runner mounts), which nothing else keeps in order. */
static int sync_names(int root_fd, struct fault *fault)
{
	static const char *const folders[] = {FOLDER, ".cache", "."};

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		CLEANUP(cleanup_close)
		int fd = openat(root_fd, folders[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int error = fd < 0 ? 0 : plain_disk_sync(fd, fsync);

		if (error)
			return fault_raise(fault, error, "%s: sync: %s", folders[i],
					   strerror(-error));
	}
	return 0;
}

int journal_write(const struct journal *journal, int root_fd, const char *verb, char **ret_name,
		  struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MOST_BYTES);
	CLEANUP(cleanup_close) int folder_fd = -1;
	char name[64];
	unsigned last = 0;
	int error = beneath_make(root_fd, FOLDER, &folder_fd, fault);

	if (!error)
		error = hide_from_git(folder_fd, fault);
	if (!error)
		error = find_last(folder_fd, NULL, &last, NULL, fault);
	if (error)
		return error;
	tmpfile_sweep(folder_fd);
	format(journal, &text);
	snprintf(name, sizeof name, "%04u-%s", last + 1, verb);
	error = file_replace(folder_fd, FOLDER, name, &text, fault);
	if (!error)
		error = sync_names(root_fd, fault);
	if (!error)
		*ret_name = alloc_string(name);
	return error;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static bool is_in_git(const char *file)
{
	for (const char *part = file; *part; part += strspn(part, "/")) {
		size_t length = strcspn(part, "/");

		if (length == strlen(".git") && !strncasecmp(part, ".git", length))
			return true;
		part += length;
	}
	return false;
}

static bool read_line(struct journal *journal, char *line)
{
	struct journal_file *file = journal->n_files ? &journal->files[journal->n_files - 1] : NULL;
	char *words[MOST_WORDS];
	size_t count = split(line, words);
	struct object_id before, after;

	/* No run changes it: git runs what its configuration names. */
	if (count == 4 && !strcmp(words[0], "file") && !is_in_git(words[3]) &&
	    object_id_parse(words[1], strlen(words[1]), &before) &&
	    object_id_parse(words[2], strlen(words[2]), &after)) {
		file = add_file(journal, alloc_string(words[3]));
		file->before = before;
		file->after = after;
		return true;
	}
	if (count == 4 && !strcmp(words[0], "edit") && file) {
		add_edit(file, strtoull(words[1], NULL, 10), alloc_string(words[2]),
			 alloc_string(words[3]));
		return true;
	}
	if (count == 2 && !strcmp(words[0], "folder")) {
		add_folder(journal, alloc_string(words[1]));
		return true;
	}
	if (count == 3 && !strcmp(words[0], "added") &&
	    object_id_parse(words[1], strlen(words[1]), &before)) {
		journal_add_added(journal, words[2], &before);
		return true;
	}
	return false;
}

static bool parse(struct journal *journal, char *text)
{
	char *rest, *line = strtok_r(text, "\n", &rest);

	if (!line || strcmp(line, HEADING))
		return false;
	while ((line = strtok_r(NULL, "\n", &rest)))
		if (!read_line(journal, line))
			return false;
	return true;
}

int journal_read_last(int root_fd, const char *verb, struct journal *ret_journal, char **ret_name,
		      struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MOST_BYTES);
	CLEANUP(cleanup_free) char *name = NULL;
	CLEANUP(cleanup_close) int folder_fd = -1;
	unsigned last = 0;
	int error = open_folder(root_fd, &folder_fd, fault);

	if (error > 0)
		error = find_last(folder_fd, verb, &last, &name, fault);
	if (error)
		return error;
	if (!last)
		return -ENOENT;
	error = file_read(folder_fd, name, &text);
	if (error)
		return fault_raise(fault, error, "%s/%s: read: %s", FOLDER, name, strerror(-error));
	if (!text.length_bytes || !parse(ret_journal, text.data)) {
		journal_release(ret_journal);
		return fault_raise(fault, -EINVAL, "%s/%s: it is no journal of picdesk", FOLDER,
				   name);
	}
	*ret_name = name;
	name = NULL;
	return 0;
}

int journal_remove(int root_fd, const char *name, struct fault *fault)
{
	CLEANUP(cleanup_free) char *path = alloc_printf("%s/%s", FOLDER, name);

	if (unlinkat(root_fd, path, 0) < 0 && errno != ENOENT)
		return fault_raise(fault, -errno, "%s: remove: %s", path, strerror(errno));
	return 0;
}

bool journal_is_there(int root_fd, const char *verb)
{
	CLEANUP(cleanup_close) int folder_fd = -1;
	unsigned last = 0;

	return open_folder(root_fd, &folder_fd, NULL) > 0 &&
	       !find_last(folder_fd, verb, &last, NULL, NULL) && last;
}

char *journal_last_verb(int root_fd)
{
	CLEANUP(cleanup_free) char *name = NULL;
	CLEANUP(cleanup_close) int folder_fd = -1;
	unsigned last = 0;

	if (open_folder(root_fd, &folder_fd, NULL) <= 0 ||
	    find_last(folder_fd, NULL, &last, &name, NULL) || !last)
		return NULL;
	return alloc_string(strchr(name, '-') + 1);
}
