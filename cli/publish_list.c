#include "publish_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "cleanup.h"
#include "file.h"
#include "plain_disk.h"
#include "publish.h"

#define MOST_LIST_BYTES (256u << 20)
#define JOURNAL ".picdesk-publishing"

static const char heading[] =
	"# Written by picdesk: the files that it published here and may remove again.\n";

/* --- reading ------------------------------------------------------------------------------------
 */

static bool is_hex(const char *text, size_t count)
{
	return strspn(text, "0123456789abcdef") >= count;
}

/* A listed name is only believed, and its file removed, when it is written like ours:
 * <16 hex>-<spec>.<8 hex>.<extension>. */
static bool is_publishable_name(const char *name)
{
	const char *end = strrchr(name, '.');

	return is_hex(name, 16) && name[16] == '-' && !strchr(name, '/') && end - name > 25 &&
	       end[-9] == '.' && is_hex(end - 8, 8);
}

/* 1: there is such a file; 0: there is none. */
static int read_names(struct publish_list *list, const char *file, struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MOST_LIST_BYTES);
	int error = file_read(list->dir_fd, file, &text);
	char *rest, *line;

	if (error == -ENOENT)
		return 0;
	if (error)
		return fault_raise(fault, error, "%s/%s: read: %s", list->folder, file,
				   file_error_text(error));
	if (!text.length_bytes)
		return 1;
	for (line = strtok_r(text.data, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest))
		if (is_publishable_name(line))
			map_put_string(list->names, line, list);
	return 1;
}

int publish_list_read(struct publish_list *list, int dir_fd, const char *folder,
		      struct fault *fault)
{
	struct stat status;
	int found;

	*list = (struct publish_list){.dir_fd = dir_fd, .folder = folder, .names = map_new()};
	if (!fstatat(dir_fd, PUBLISH_LIST, &status, AT_SYMLINK_NOFOLLOW))
		list->written_at = status.st_ctim;
	found = read_names(list, PUBLISH_LIST, fault);
	if (found >= 0)
		found = read_names(list, JOURNAL, fault);
	if (found < 0)
		return found;
	list->has_journal = found;
	return 0;
}

void publish_list_release(struct publish_list *list)
{
	map_free(list->names);
	list->names = NULL;
}

/* --- writing ------------------------------------------------------------------------------------
 */

static int write_all(int fd, const struct buf *text)
{
	for (size_t done = 0; done < text->length_bytes;) {
		ssize_t written = write(fd, text->data + done, text->length_bytes - done);

		if (written < 0 && errno != EINTR)
			return -errno;
		done += written > 0 ? (size_t)written : 0;
	}
	return 0;
}

int publish_list_announce(struct publish_list *list, const char *const *names, size_t count,
			  struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MOST_LIST_BYTES);
	CLEANUP(cleanup_close) int fd = -1;
	int error;

	if (!count)
		return 0;
	/* A full disk may have cut the line before this one. */
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "\n%s", names[i]);
	buf_append_char(&text, '\n');
	fd = openat(list->dir_fd, JOURNAL,
		    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	error = fd < 0 ? -errno : write_all(fd, &text);
	if (error)
		return fault_raise(fault, error, "%s/%s: write: %s", list->folder, JOURNAL,
				   file_error_text(error));
	list->has_journal = true;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int replace(const struct publish_list *list, const struct buf *text, struct fault *fault)
{
	CLEANUP(buf_release) struct buf old = BUF_INIT(MOST_LIST_BYTES);

	if (!file_read(list->dir_fd, PUBLISH_LIST, &old) &&
	    !strcmp(buf_string(&old), buf_string(text)))
		return 0;
	return file_replace(list->dir_fd, list->folder, PUBLISH_LIST, text, fault);
}

int publish_list_write(struct publish_list *list, const char **names, size_t count,
		       struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MOST_LIST_BYTES);
	int error;

	if (count)
		qsort(names, count, sizeof *names, compare_names);
	buf_append_string(&text, heading);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s\n", names[i]);
	error = replace(list, &text, fault);
	if (error || !list->has_journal)
		return error;
	unlinkat(list->dir_fd, JOURNAL, 0);
	list->has_journal = false;
	return 0;
}

int publish_list_touch(const struct publish_list *list, struct fault *fault)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MOST_LIST_BYTES);
	int error;

	if (!utimensat(list->dir_fd, PUBLISH_LIST, NULL, AT_SYMLINK_NOFOLLOW))
		return 0;
	/* Another user's, in a folder of both: one of our own takes its place. */
	error = errno == EACCES || plain_disk_lacks(errno)
			? file_read(list->dir_fd, PUBLISH_LIST, &text)
			: -errno;
	if (error)
		return fault_raise(fault, error, "%s/%s: touch: %s", list->folder, PUBLISH_LIST,
				   file_error_text(error));
	return file_replace(list->dir_fd, list->folder, PUBLISH_LIST, &text, fault);
}
