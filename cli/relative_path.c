#include "relative_path.h"

#include <string.h>

#include "cleanup.h"

/* How many bytes of two absolute paths are the same whole folders. */
static size_t common_folders(const char *a, const char *b)
{
	size_t common = 0, i = 0;

	for (; a[i] && a[i] == b[i]; i++)
		if (a[i] == '/')
			common = i;
	if ((!a[i] || a[i] == '/') && (!b[i] || b[i] == '/'))
		common = i;
	return common;
}

void relative_path(struct buf *ret_text, const char *folder, const char *root, const char *path)
{
	CLEANUP(buf_release) struct buf target = BUF_INIT(1u << 16);
	size_t start = ret_text->length_bytes, common;
	const char *from = strcmp(folder, "/") ? folder : "";
	const char *rest;

	buf_append_string(&target, strcmp(root, "/") ? root : "");
	if (path[0])
		buf_printf(&target, "/%s", path);
	common = common_folders(from, buf_string(&target));
	for (rest = from + common; *rest; rest++)
		if (*rest == '/' && rest[1])
			buf_append_string(ret_text, ret_text->length_bytes == start ? ".." : "/..");
	rest = buf_string(&target) + common;
	rest += *rest == '/';
	if (*rest && ret_text->length_bytes > start)
		buf_append_char(ret_text, '/');
	buf_append_string(ret_text, rest);
	if (ret_text->length_bytes == start)
		buf_append_char(ret_text, '.');
}
