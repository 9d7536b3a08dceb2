/*
 * libarchive.h: the functions of libarchive that the cache calls. Only export and import load it:
 * it brings an XML parser and ICU, over which the dynamic linker takes longer than over the whole
 * of picdesk.
 */
#ifndef LIBARCHIVE_H
#define LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "fault.h"

#define LIBARCHIVE_FUNCTIONS(F)            \
	F(archive_entry_free)              \
	F(archive_entry_new)               \
	F(archive_entry_pathname)          \
	F(archive_entry_set_filetype)      \
	F(archive_entry_set_mtime)         \
	F(archive_entry_set_pathname)      \
	F(archive_entry_set_perm)          \
	F(archive_entry_set_size)          \
	F(archive_entry_size)              \
	F(archive_errno)                   \
	F(archive_error_string)            \
	F(archive_read_data)               \
	F(archive_read_free)               \
	F(archive_read_new)                \
	F(archive_read_next_header)        \
	F(archive_read_open_filename)      \
	F(archive_read_support_format_tar) \
	F(archive_write_close)             \
	F(archive_write_data)              \
	F(archive_write_free)              \
	F(archive_write_header)            \
	F(archive_write_new)               \
	F(archive_write_open_fd)           \
	F(archive_write_set_bytes_in_last_block) \
	F(archive_write_set_format_ustar)

struct libarchive {
#define LIBARCHIVE_POINTER(name) __typeof__(name) *name;
	LIBARCHIVE_FUNCTIONS(LIBARCHIVE_POINTER)
#undef LIBARCHIVE_POINTER
};

extern struct libarchive libarchive;

/* Before the first call of any; -ELIBACC when it cannot be loaded. */
int libarchive_load(struct fault *fault);

#endif
