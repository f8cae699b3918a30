#include "blocks.h"
#include "kernels.h"

#define DEFINE(NAME, ID, VALUES, BYTES) \
    CLONES void deck_decode_##NAME(const uint8_t *source, size_t values, float *target) { \
        const size_t blocks = values / VALUES; \
        lanes lo, hi; \
        for (size_t i = 0; i < blocks; i++) { \
            for (int part = 0; part < VALUES / 32; part++) { \
                decode_##NAME(source, part, &lo, &hi); \
                store_f32(target, &lo); \
                store_f32(target + LANES, &hi); \
                target += 32; \
            } \
            source += BYTES; \
        } \
        const size_t rest = VALUES == 32 && BYTES >= 64 ? values % VALUES : 0; \
        if (rest > 0) { \
            uint8_t padded[BYTES] = {0}; \
            memcpy(padded, source, rest * (BYTES / 32)); \
            lanes both[2]; \
            decode_##NAME(padded, 0, &both[0], &both[1]); \
            memcpy(target, both, rest * sizeof(float)); \
        } \
    }
FOR_EACH_FORMAT(DEFINE)

bool deck_decode(uint32_t type, const void *source, size_t values, float *target) {
    switch (type) {
#define CASE(NAME, ID, VALUES, BYTES) \
    case ID: \
        deck_decode_##NAME(source, values, target); \
        return true;
        FOR_EACH_FORMAT(CASE)
    default:
        return false;
    }
}
