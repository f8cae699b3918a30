#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sha256.h"

/// The state after one block of "abc", padded (FIPS 180-4's example), and then every path against the portable one.
void check_hashing(void) {
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    static const uint32_t abc[8] = {0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
                                    0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad};
    name_case("the choice of a way to hash");
    expect(deck_sha256_runs(DECK_SHA256_PORTABLE), "the portable way must always run");
    expect(deck_sha256_runs(deck_sha256_best()), "the best way does not run here");
    expect(!deck_sha256_runs(DECK_SHA256_X86), "this is no x86");

    generator g = {.state = 256};
    for (int path = DECK_SHA256_PORTABLE; path <= DECK_SHA256_ARM; path++) {
        if (!deck_sha256_runs((deck_sha256_path)path)) continue;
        uint8_t *block = room(DECK_SHA256_BLOCK);
        memset(block, 0, DECK_SHA256_BLOCK);
        memcpy(block, "abc\x80", 4);
        block[DECK_SHA256_BLOCK - 1] = 24;
        uint32_t state[8];
        memcpy(state, start, sizeof state);
        deck_sha256_compress((deck_sha256_path)path, state, block, 1);
        name_case("sha256 of abc, path %d", path);
        expect(memcmp(state, abc, sizeof state) == 0, "is another");

        for (size_t count = 0; count < 20; count++) {
            uint8_t *blocks = room(count * DECK_SHA256_BLOCK);
            for (size_t i = 0; i < count * DECK_SHA256_BLOCK; i++) blocks[i] = (uint8_t)next_bits(&g);
            uint32_t got[8], want[8];
            for (size_t i = 0; i < 8; i++) got[i] = want[i] = (uint32_t)next_bits(&g);
            deck_sha256_compress((deck_sha256_path)path, got, blocks, count);
            deck_sha256_compress(DECK_SHA256_PORTABLE, want, blocks, count);
            name_case("sha256 of %zu blocks, path %d", count, path);
            expect(memcmp(got, want, sizeof got) == 0, "differs from the portable way");
        }
        leave_rooms();
    }
}
