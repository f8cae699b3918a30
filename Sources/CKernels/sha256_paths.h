#ifndef LORADECK_SHA256_PATHS_H
#define LORADECK_SHA256_PATHS_H

#include "sha256.h"

/// The constants of the 64 rounds: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
extern const uint32_t deck_sha256_rounds[64];

typedef void deck_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t count);

deck_sha256_blocks deck_sha256_portable;
#if defined(__x86_64__)
deck_sha256_blocks deck_sha256_x86;
#elif defined(__aarch64__)
deck_sha256_blocks deck_sha256_arm;
#endif

#endif
