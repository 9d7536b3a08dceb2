/*
 * interrupt.h: Ctrl-C and SIGTERM as something that the loop can wait for.
 *
 * The first signal makes interrupt_fd() readable and interrupt_signal() non-zero: the run ends what
 * it can and keeps what is finished. The second one exits at once (128 + signal): nothing on disk
 * can be half. SIGPIPE and SIGXFSZ are ignored: a closed pipe and a file over `ulimit -f` are write
 * errors.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

void interrupt_init(void);
int interrupt_fd(void);     /* to poll for reading */
int interrupt_signal(void); /* SIGINT, SIGTERM, or 0 */

#endif
