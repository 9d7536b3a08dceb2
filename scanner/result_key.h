/*
 * result_key.h: what the result of file_scan() depends on, as one name. Equal keys, equal results:
 * the file's bytes, its kind, the settings that file_scan_context holds, the generator or what else
 * marks the site, and the program that reads. Not in it, since it is not in the result: which files
 * exist, the site's address, where the file is.
 */
#ifndef RESULT_KEY_H
#define RESULT_KEY_H

#include "file_scan.h"
#include "object_id.h"

/* Of the reader: context and program. False when the program cannot be told from another. */
bool result_key_of_reader(const struct file_scan_context *context, struct object_id *ret_reader);
struct object_id result_key_of_file(const struct object_id *reader, enum file_kind kind,
				    const char *text, size_t length_bytes, bool is_cut);

#endif
