#include "sha256_paths.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

const uint32_t deck_sha256_rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#if defined(__x86_64__)
/// SHA itself, and the shuffles that the path is written with: SSSE3 and SSE4.1.
static bool has_x86_sha(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & 1u << 29)) return false;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & 1u << 9) && (c & 1u << 19);
}
#endif

bool deck_sha256_runs(deck_sha256_path path) {
    switch (path) {
    case DECK_SHA256_PORTABLE: return true;
#if defined(__x86_64__)
    case DECK_SHA256_X86: return has_x86_sha();
#elif defined(__aarch64__) && defined(__linux__)
    case DECK_SHA256_ARM: return (getauxval(AT_HWCAP) & (1 << 6)) != 0;
#elif defined(__aarch64__) && (defined(__ARM_FEATURE_SHA2) || defined(__APPLE__))
    case DECK_SHA256_ARM: return true;
#endif
    default: return false;
    }
}

deck_sha256_path deck_sha256_best(void) {
    if (deck_sha256_runs(DECK_SHA256_X86)) return DECK_SHA256_X86;
    if (deck_sha256_runs(DECK_SHA256_ARM)) return DECK_SHA256_ARM;
    return DECK_SHA256_PORTABLE;
}

void deck_sha256_compress(deck_sha256_path path, uint32_t *state, const void *blocks, size_t count) {
    deck_sha256_blocks *compress = deck_sha256_portable;
#if defined(__x86_64__)
    if (path == DECK_SHA256_X86) compress = deck_sha256_x86;
#elif defined(__aarch64__)
    if (path == DECK_SHA256_ARM) compress = deck_sha256_arm;
#endif
    compress(state, blocks, count);
}
