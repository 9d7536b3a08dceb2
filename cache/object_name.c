/* How a written file gets its name: by a link, which gives it whole and never replaces; where there
 * are no links, as a file that had a name in tmp/ from the start and is moved. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "objects_private.h"
#include "rename_new.h"
#include "sync.h"

/* What has no name gets none here: its bytes go to a file that has one. */
static int give_file_with_name(struct objects *objects, struct pending_object *pending)
{
	int error = pending_object_rewrite(objects, pending);

	return error ? error : sync_file(pending->fd);
}

static int move(struct objects *objects, struct pending_object *pending, const char *name)
{
	int error = pending->name[0] ? 0 : give_file_with_name(objects, pending);

	if (!error)
		error = rename_new(objects->tmp_fd, pending->name, objects->objects_fd, name);
	if (error)
		return error;
	pending->name[0] = '\0';
	objects->flush.has_moved = true;
	return 0;
}

int pending_object_link(const struct objects *objects, const struct pending_object *pending,
			int folder_fd, const char *name)
{
	char path[64];
	int linked;

	snprintf(path, sizeof path, "/proc/self/fd/%d", pending->fd);
	if (pending->name[0])
		linked = linkat(objects->tmp_fd, pending->name, folder_fd, name, 0);
	else
		linked = linkat(AT_FDCWD, path, folder_fd, name, AT_SYMLINK_FOLLOW);
	return linked < 0 ? -errno : 0;
}

/* Notes it when links are refused. */
static int link_at(struct objects *objects, const struct pending_object *pending, int folder_fd,
		   const char *name)
{
	int error = pending_object_link(objects, pending, folder_fd, name);

	if (error)
		objects->lacks_links = link_is_refused(-error);
	return error;
}

int pending_object_give_name(struct objects *objects, struct pending_object *pending,
			     const char *name)
{
	int error;

	if (objects->lacks_links)
		return move(objects, pending, name);
	error = link_at(objects, pending, objects->objects_fd, name);
	return objects->lacks_links ? move(objects, pending, name) : error;
}

bool pending_object_park(struct objects *objects, struct pending_object *pending)
{
	char hex[OBJECT_ID_HEX_BYTES], name[sizeof pending->name];

	if (pending->name[0])
		return true;
	if (objects->lacks_links)
		return false;
	object_id_format(&pending->id, hex);
	snprintf(name, sizeof name, "parked-%s-%d", hex, (int)getpid());
	if (link_at(objects, pending, objects->tmp_fd, name))
		return false;
	memcpy(pending->name, name, sizeof name);
	return true;
}
