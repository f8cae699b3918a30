#ifndef LORADECK_SHA256_H
#define LORADECK_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// SHA-256's compression function (FIPS 180-4, section 6.2.2). Padding is the caller's.

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes of one block.
#define DECK_SHA256_BLOCK 64

/// Ways to compress. Each machine runs some of them; all give the same bits.
typedef enum {
    DECK_SHA256_PORTABLE = 0,
    /// x86's SHA extensions
    DECK_SHA256_X86 = 1,
    /// ARMv8's cryptographic extension
    DECK_SHA256_ARM = 2,
} deck_sha256_path;

/// Whether this machine runs the given path.
bool deck_sha256_runs(deck_sha256_path path);

/// The fastest path that this machine runs.
deck_sha256_path deck_sha256_best(void);

/// Takes `count` whole blocks into the state: eight words, a to h. `blocks` needs no alignment. `path` is one that runs.
void deck_sha256_compress(deck_sha256_path path, uint32_t *state, const void *blocks, size_t count);

#ifdef __cplusplus
}
#endif

#endif
