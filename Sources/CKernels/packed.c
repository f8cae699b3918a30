#include "packed_kernels.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

bool deck_runs(deck_instructions set) {
    switch (set) {
    case DECK_PORTABLE: return true;
#if defined(__x86_64__)
    case DECK_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    case DECK_AVX512_VNNI:
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
               && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni");
#elif defined(__aarch64__) && defined(__linux__)
    case DECK_NEON_DOT: return (getauxval(AT_HWCAP) & (1 << 20)) != 0;
#elif defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
    case DECK_NEON_DOT: return true;
#endif
    default: return false;
    }
}

deck_instructions deck_best_instructions(void) {
    const deck_instructions order[] = {DECK_AVX512_VNNI, DECK_AVX2, DECK_NEON_DOT};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (deck_runs(order[i])) return order[i];
    }
    return DECK_PORTABLE;
}

void deck_packed_product(
    deck_instructions set, const deck_packed *weights, size_t first, size_t count, const int8_t *values,
    const float *factors, size_t vectors, float *y, size_t y_stride, bool accumulate, const deck_ahead *ahead) {
    deck_panel_product *product = deck_panels_portable;
#if defined(__x86_64__)
    if (set == DECK_AVX2) product = deck_panels_avx2;
    if (set == DECK_AVX512_VNNI) product = deck_panels_avx512;
#elif defined(__aarch64__)
    if (set == DECK_NEON_DOT) product = deck_panels_neon;
#endif
    product(weights, first, count, values, factors, vectors, y, y_stride, accumulate, ahead);
}
