// What a terminal program must do inside signal handlers: no Swift runs there.
#ifndef LORADECK_TERMINAL_SIGNALS_H
#define LORADECK_TERMINAL_SIGNALS_H

#include <stddef.h>
#include <termios.h>

// Installs handlers for SIGWINCH, SIGTSTP, SIGCONT, SIGHUP, SIGTERM and SIGINT. Each writes one byte to `fd`:
// 'W', 'Z', 'C', 'H' or 'T' (both SIGTERM and SIGINT). A second SIGTERM or SIGINT restores the terminal, as a crash does,
// and ends the process: the first one may wait for a main thread that hangs. Other signals keep what they do.
void terminal_signals_install(int fd);

// Gives the signals back to whoever had them. After a hang-up SIGHUP stays ignored: the shell and the kernel each send
// one, and the second would cut the orderly end short.
void terminal_signals_remove(int hung_up);

// Stops the calling process as an uncaught SIGTSTP does, and returns when it is continued; at once where the kernel
// would leave nobody to continue it (orphaned process groups). `whole_group` stops the rest of the job too.
void terminal_stop(int whole_group);

// From now on a crash (SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE) first writes `reset` to `tty`, restores
// `modes`, copies the captured text (`captured`, or -1) to `real_stderr` and puts that back as standard error; then
// the previous handler sees the same signal. `reset` must outlive the call to terminal_crash_disarm.
void terminal_crash_arm(
    int tty, const struct termios *modes, const void *reset, size_t reset_length, int captured, int real_stderr);
void terminal_crash_disarm(void);

// Whether a crash has given the terminal back already; nothing may be drawn from then on.
int terminal_crashed(void);

// A file in memory that nobody else can open, closed in child processes; -1 where the kernel has none.
int terminal_memory_file(void);

// A pipe whose ends do not block and close in child processes; 0, or -1 with errno.
int terminal_wake_pipe(int ends[2]);

#endif
