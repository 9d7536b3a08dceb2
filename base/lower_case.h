/*
 * lower_case.h: names that differ in letter case only.
 */
#ifndef LOWER_CASE_H
#define LOWER_CASE_H

#include <stddef.h>

/* The text in lower case, letter by letter (Unicode's simple mapping, as the C library has it);
 * bytes that are no UTF-8 stay. Equal for names that a file system takes for one where letter case
 * does not count. From any thread; free() the result. */
char *lower_case(const char *text, size_t length_bytes);

#endif
