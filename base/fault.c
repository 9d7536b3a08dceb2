#include "fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static void append(struct fault *fault, const char *format, va_list arguments)
{
	size_t room = sizeof fault->text - fault->length_bytes;
	int written;

	if (room < 2)
		return;
	if (fault->length_bytes) {
		fault->text[fault->length_bytes++] = '\n';
		room--;
	}
	written = vsnprintf(fault->text + fault->length_bytes, room, format, arguments);
	if (written < 0)
		written = 0;
	fault->length_bytes += (size_t)written < room ? (size_t)written : room - 1;
}

int fault_raise(struct fault *fault, int error, const char *format, ...)
{
	va_list arguments;

	if (!fault)
		return error;
	fault_clear(fault);
	fault->error = error;
	va_start(arguments, format);
	append(fault, format, arguments);
	va_end(arguments);
	return error;
}

int fault_wrap(struct fault *fault, int error, const char *format, ...)
{
	va_list arguments;

	if (!fault)
		return error;
	if (!fault->error)
		fault->error = error;
	va_start(arguments, format);
	append(fault, format, arguments);
	va_end(arguments);
	return error;
}

void fault_clear(struct fault *fault)
{
	fault->error = 0;
	fault->length_bytes = 0;
	fault->text[0] = '\0';
}

bool fault_is_no_room(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EFBIG;
}
