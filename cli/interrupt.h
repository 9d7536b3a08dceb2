/*
 * interrupt.h: Ctrl-C, SIGTERM and a terminal that goes (SIGHUP) as something that the loop can
 * wait for.
 *
 * The first signal makes interrupt_fd() readable and interrupt_signal() non-zero: the run ends what
 * it can and keeps what is finished. The second one exits at once (128 + signal): nothing on disk
 * can be half. A SIGHUP that was ignored (nohup) stays so. SIGPIPE and SIGXFSZ are ignored: a
 * closed pipe and a file over `ulimit -f` are write errors.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

void interrupt_init(void);
/* For verbs that ask for no signal (gc, fsck, export...): the first one is as the second. */
void interrupt_ends_at_once(void);
int interrupt_fd(void);     /* to poll for reading */
int interrupt_signal(void); /* SIGINT, SIGTERM, SIGHUP, or 0 */

#endif
