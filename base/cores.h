/*
 * cores.h: how many cores this process may use, which may be fewer than the machine has: `taskset`,
 * a set of processors (cpuset), and the share of CPU time that a container is given.
 */
#ifndef CORES_H
#define CORES_H

/* At least 1. Reads a few small files of /proc and /sys. */
unsigned cores_usable(void);

/* What a control group's `cpu.max` ("150000 100000", in microseconds) allows, rounded up to whole
 * cores; 0: it sets no limit, or is no such text. */
unsigned cores_of_quota(const char *cpu_max);

#endif
