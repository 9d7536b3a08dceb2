/*
 * url_pattern.h: the regular expressions that URLs are chosen by: POSIX extended ones, and what
 * people type from other tools: \d and \D, \d, \s and \w inside of brackets, (?:...) for a group,
 * "+?" and the like for "+", and (?i) at the beginning for any letter case.
 */
#ifndef URL_PATTERN_H
#define URL_PATTERN_H

#include <regex.h>

/* Returns 0, or an error of regcomp(3) for regerror(3); regfree() the result. */
int url_pattern_compile(const char *text, regex_t *ret_regex);

#endif
