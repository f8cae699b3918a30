#define _GNU_SOURCE
#include "terminal_signals.h"

#include <mapping_faults.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK_SIZE = 64 * 1024, REPLAY_LIMIT = 64 * 1024 };

static const int told[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGHUP, SIGTERM, SIGINT};
static const char told_byte[] = {'W', 'Z', 'C', 'H', 'T', 'T'};
enum { TOLD = sizeof told / sizeof told[0] };
static struct sigaction told_before[TOLD];
static atomic_int wake_fd = -1;
static atomic_int endings;
static int told_installed;

static const int fatal[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE};
enum { FATAL = sizeof fatal / sizeof fatal[0] };
static struct sigaction fatal_before[FATAL];
static atomic_int armed;
static atomic_int crashed;
static void *own_stack;

static struct {
    int tty;
    struct termios modes;
    const char *reset;
    size_t reset_length;
    int captured;
    int real_stderr;
} crash;

// Everything here is on POSIX's list of async-signal-safe functions.
static void write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        bytes += written;
        length -= (size_t)written;
    }
}

static void restore_terminal(void) {
    if (!atomic_exchange(&armed, 0)) return;
    atomic_store(&crashed, 1);
    write_all(crash.tty, crash.reset, crash.reset_length);
    tcsetattr(crash.tty, TCSANOW, &crash.modes);
    if (crash.real_stderr < 0) return;
    if (crash.captured >= 0) {
        char buffer[1024];
        off_t end = lseek(crash.captured, 0, SEEK_END);
        off_t at = end > REPLAY_LIMIT ? end - REPLAY_LIMIT : 0;
        for (;;) {
            ssize_t count = pread(crash.captured, buffer, sizeof buffer, at);
            if (count <= 0) break;
            write_all(crash.real_stderr, buffer, (size_t)count);
            at += count;
        }
    }
    dup2(crash.real_stderr, STDERR_FILENO);
}

static void on_crash(int number, siginfo_t *info, void *context) {
    // A file that is cut short ends nothing.
    if (mapping_takes_fault(info)) return;
    int saved_errno = errno;
    restore_terminal();
    struct sigaction before = {.sa_handler = SIG_DFL};
    for (int i = 0; i < FATAL; i++) {
        if (fatal[i] == number) before = fatal_before[i];
    }
    sigaction(number, &before, NULL);
    // A fault happens again when its instruction is executed again, and meets the earlier handler then. What was sent, and
    // a trap, does not: the earlier handler reports it here, and the default action ends the process.
    if (info->si_code <= 0 || number == SIGTRAP) {
        if (before.sa_flags & SA_SIGINFO) {
            before.sa_sigaction(number, info, context);
        } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
            before.sa_handler(number);
        }
        signal(number, SIG_DFL);
        raise(number);
    }
    errno = saved_errno;
}

static void on_signal(int number) {
    int saved_errno = errno;
    for (int i = 0; i < TOLD; i++) {
        if (told[i] != number) continue;
        if (told_byte[i] == 'T' && atomic_fetch_add(&endings, 1) > 0) {
            restore_terminal();
            signal(number, SIG_DFL);
            raise(number);
        }
        ssize_t ignored = write(atomic_load(&wake_fd), &told_byte[i], 1);
        (void)ignored;
    }
    errno = saved_errno;
}

void terminal_signals_install(int fd) {
    atomic_store(&wake_fd, fd);
    atomic_store(&endings, 0);
    // Restarting spares the other threads' system calls; poll ends all the same.
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigset_t unblocked;
    sigemptyset(&unblocked);
    for (int i = 0; i < TOLD; i++) {
        sigaction(told[i], &action, told_installed ? NULL : &told_before[i]);
        sigaddset(&unblocked, told[i]);
    }
    told_installed = 1;
    pthread_sigmask(SIG_UNBLOCK, &unblocked, NULL);
}

void terminal_signals_remove(int hung_up) {
    if (!told_installed) return;
    for (int i = 0; i < TOLD; i++) {
        if (told[i] != SIGHUP || !hung_up) sigaction(told[i], &told_before[i], NULL);
    }
    if (hung_up) signal(SIGHUP, SIG_IGN);
    told_installed = 0;
    atomic_store(&wake_fd, -1);
}

void terminal_stop(int whole_group) {
    struct sigaction before, action = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTSTP, &action, &before);
    if (whole_group) kill(0, SIGTSTP);
    action.sa_handler = SIG_DFL;
    sigaction(SIGTSTP, &action, NULL);
    // Sent to this thread, it stops the process before the call returns.
    pthread_kill(pthread_self(), SIGTSTP);
    sigaction(SIGTSTP, &before, NULL);
}

void terminal_crash_arm(
    int tty, const struct termios *modes, const void *reset, size_t reset_length, int captured, int real_stderr) {
    crash.tty = tty;
    crash.modes = *modes;
    crash.reset = reset;
    crash.reset_length = reset_length;
    crash.captured = captured;
    crash.real_stderr = real_stderr;

    // An overflown stack cannot carry a handler.
    stack_t current;
    if (!own_stack && sigaltstack(NULL, &current) == 0 && (current.ss_flags & SS_DISABLE)) {
        own_stack = malloc(STACK_SIZE);
        if (own_stack) {
            stack_t stack = {.ss_sp = own_stack, .ss_size = STACK_SIZE};
            sigaltstack(&stack, NULL);
        }
    }
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < FATAL; i++) sigaction(fatal[i], &action, &fatal_before[i]);
    atomic_store(&crashed, 0);
    atomic_store(&armed, 1);
}

void terminal_crash_disarm(void) {
    if (!atomic_exchange(&armed, 0)) return;
    for (int i = 0; i < FATAL; i++) sigaction(fatal[i], &fatal_before[i], NULL);
}

int terminal_crashed(void) { return atomic_load(&crashed); }

int terminal_memory_file(void) { return memfd_create("standard-error", MFD_CLOEXEC); }

int terminal_wake_pipe(int ends[2]) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC); }
