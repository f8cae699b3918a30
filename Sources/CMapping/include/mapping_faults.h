// What a file that is cut short under its mapping does to the process: nothing but zeros, and a mark.
#ifndef LORADECK_MAPPING_FAULTS_H
#define LORADECK_MAPPING_FAULTS_H

#include <signal.h>
#include <stddef.h>

struct mapping;

// Watches over a mapping of a file: when its bytes cannot be had (the file was cut short, or its disk failed), the pages
// from the first missing one on become zeros and the mapping is torn, where the system would end the process with SIGBUS.
// Null when there is no memory; the mapping is not watched then.
struct mapping *mapping_watch(void *base, size_t length);

// Whether bytes of the mapping were missing.
int mapping_is_torn(const struct mapping *mapping);

// Installs the handler of SIGBUS, once; faults elsewhere go to whoever handled them before. Watching does it too: a program
// calls it at its start, so that who handles crashes for a time gives the signal back to it.
void mapping_faults_install(void);

// Whether the fault is one of a watched mapping, which is mended then. For the handlers of others; safe inside them.
int mapping_takes_fault(const siginfo_t *info);

// To be called before the mapping is taken away. Null is allowed.
void mapping_forget(struct mapping *mapping);

#endif
