#define _GNU_SOURCE
#include "process.h"

#include <pthread.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void deck_name_thread(const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = 0;
    pthread_setname_np(pthread_self(), cut);
}

void deck_trim_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
