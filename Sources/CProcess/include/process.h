#ifndef DECK_PROCESS_H
#define DECK_PROCESS_H

/* What the C library can do and Swift's own module of it does not show. */

/* Names the calling thread, for who lists threads; at most 15 bytes count. */
void deck_name_thread(const char *name);

/* Gives memory that was freed back to the system. */
void deck_trim_memory(void);

#endif
