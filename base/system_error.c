#include "system_error.h"

#include <errno.h>

bool is_system_error(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
	case -ENAMETOOLONG:
	case -EXDEV:
	case -EACCES:
	case -EPERM:
	case -EISDIR:
	case -EINVAL: /* no name that the file system takes, or no regular file */
	case -ENXIO:  /* a socket */
	case -ENODEV:
	case -EOVERFLOW:
		return false;
	default: /* also EAGAIN: another program has a lease of it */
		return error < 0;
	}
}
