#include "system_error.h"

#include <errno.h>

bool is_system_error(int error)
{
	switch (error) {
	case -EIO:
	case -EREMOTEIO:
	case -ESTALE:
	case -ETIMEDOUT:
	case -ENOTCONN: /* the program behind a FUSE file system has gone */
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		return true;
	default:
		return false;
	}
}
