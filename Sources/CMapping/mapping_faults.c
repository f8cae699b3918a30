#define _GNU_SOURCE
#include "mapping_faults.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// Entries are never freed, so that the handler can walk them at any moment; forgotten ones are taken again.
struct mapping {
    struct mapping *next;
    // Zero while the entry is free.
    atomic_uintptr_t base;
    atomic_size_t length;
    atomic_int torn;
};

static struct mapping *_Atomic all;
// Held by who takes an entry, never by the handler.
static pthread_mutex_t entries = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before;
static uintptr_t page_size;

// True when the page of `address` and those behind it are zeros now.
static int fill(struct mapping *mapping, uintptr_t address) {
    uintptr_t base = atomic_load(&mapping->base);
    size_t length = atomic_load(&mapping->length);
    if (base == 0 || address < base || address - base >= length) return 0;
    uintptr_t page = address & ~(page_size - 1);
    uintptr_t end = (base + length + page_size - 1) & ~(page_size - 1);
    // Before the zeros are there to be read.
    atomic_store(&mapping->torn, 1);
    return mmap((void *)page, end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0)
        != MAP_FAILED;
}

int mapping_takes_fault(const siginfo_t *info) {
    // BUS_ADRERR is a page that its file does not have; others are broken memory or code.
    if (info->si_signo != SIGBUS || info->si_code != BUS_ADRERR) return 0;
    int saved_errno = errno;
    struct mapping *mapping = atomic_load(&all);
    while (mapping && !fill(mapping, (uintptr_t)info->si_addr)) mapping = mapping->next;
    errno = saved_errno;
    return mapping != NULL;
}

static void on_fault(int number, siginfo_t *info, void *context) {
    if (mapping_takes_fault(info)) return;
    if (before.sa_flags & SA_SIGINFO) return before.sa_sigaction(number, info, context);
    if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) return before.sa_handler(number);
    // A fault happens again and meets the default action then; what was sent does not.
    signal(number, SIG_DFL);
    if (info->si_code <= 0) raise(number);
}

static void install(void) {
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
}

void mapping_faults_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}

struct mapping *mapping_watch(void *base, size_t length) {
    mapping_faults_install();
    pthread_mutex_lock(&entries);
    struct mapping *mapping = atomic_load(&all);
    while (mapping && atomic_load(&mapping->base) != 0) mapping = mapping->next;
    if (!mapping) {
        mapping = calloc(1, sizeof *mapping);
        if (mapping) {
            mapping->next = atomic_load(&all);
            atomic_store(&all, mapping);
        }
    }
    if (mapping) {
        atomic_store(&mapping->torn, 0);
        atomic_store(&mapping->length, length);
        atomic_store(&mapping->base, (uintptr_t)base);
    }
    pthread_mutex_unlock(&entries);
    return mapping;
}

int mapping_is_torn(const struct mapping *mapping) { return mapping && atomic_load(&mapping->torn); }

void mapping_forget(struct mapping *mapping) {
    if (!mapping) return;
    pthread_mutex_lock(&entries);
    atomic_store(&mapping->base, 0);
    pthread_mutex_unlock(&entries);
}
