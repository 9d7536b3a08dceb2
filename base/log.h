/*
 * log.h: the trace of what stages do, for `-v`. Not for findings, results or faults.
 *
 * Stages call log_trace(); cli/ installs where it goes. Without a sink nothing is formatted. URLs
 * may be logged, request header values never (they may hold secrets).
 */
#ifndef LOG_H
#define LOG_H

typedef void log_sink(const char *subject, const char *line);

void log_set_sink(log_sink *sink); /* NULL: off */
/* `subject` is the file's name: "host_queue". */
__attribute__((format(printf, 2, 3))) void log_trace(const char *subject, const char *format, ...);

#endif
