#include "publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "file_kind.h"

/* Deeper folders are none that anybody meant. */
#define MOST_DEPTH 4

static bool is_article(const char *name)
{
	enum file_kind kind = file_kind_of(name);

	return kind != FILE_NONE && kind != FILE_CSS && !file_kind_is_data(kind);
}

/* The path of an article from the root, to be freed; NULL: there is none. */
static char *find_article(int parent_fd, const char *name, const char *path, int depth)
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *item;
	char *found = NULL;

	if (!folder) {
		cleanup_close(&fd);
		return NULL;
	}
	while (!found && (item = readdir(folder))) {
		CLEANUP(cleanup_free) char *inner = alloc_printf("%s/%s", path, item->d_name);

		if (item->d_name[0] == '.')
			continue;
		if (item->d_type == DT_DIR && depth < MOST_DEPTH)
			found = find_article(fd, item->d_name, inner, depth + 1);
		else if (item->d_type == DT_REG && is_article(item->d_name))
			found = alloc_string(inner);
	}
	closedir(folder);
	return found;
}

int publish_check_folder(int root_fd, const char *folder, struct fault *fault)
{
	CLEANUP(cleanup_free) char *list = alloc_printf("%s/" PUBLISH_LIST, folder);
	CLEANUP(cleanup_free) char *article = NULL;

	if (!faccessat(root_fd, list, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	article = find_article(root_fd, folder, folder, 0);
	if (!article)
		return 0;
	return fault_raise(
		fault, -EEXIST,
		"publish: %s is a folder of articles (%s), which would not be scanned any "
		"more: name one that is for thumbnails alone",
		folder, article);
}
