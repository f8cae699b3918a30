// Running another program for a moment, without what a full process library would set up.
#ifndef LORADECK_TERMINAL_FEED_H
#define LORADECK_TERMINAL_FEED_H

#include <stddef.h>

// Runs a program found in PATH with `input` as its standard input; its output is dropped. Waits for it, two seconds at
// most. Returns its exit status, or -1 when it could not be started, was ended by a signal, or took too long.
int terminal_run_with_input(char *const arguments[], const void *input, size_t length);

#endif
