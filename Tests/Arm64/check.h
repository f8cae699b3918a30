#ifndef LORADECK_CHECK_H
#define LORADECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/// SplitMix64: the same numbers for the same seed, on every machine.
typedef struct {
    uint64_t state;
} generator;

uint64_t next_bits(generator *g);

/// Evenly between -scale and scale.
float next_number(generator *g, float scale);

/// Memory that ends where the next page cannot be read, filled with ones, which are NaN as f32 and as f16. It stays
/// until `leave_rooms`.
void *room(size_t bytes);
void leave_rooms(void);

float *random_floats(generator *g, size_t count, float scale);
uint16_t *random_halves(generator *g, size_t count, float scale);
/// A copy in a room of its own.
float *copied(const float *x, size_t count);
/// What f16 numbers stand for, computed without the compiler's f16 type.
float *widened(const uint16_t *x, size_t count);

double half_value(uint16_t bits);
/// The nearest f16, even of two; beyond the largest it is the largest.
uint16_t nearest_half(double x);

/// Names what is compared from here on, for the message of a failure.
__attribute__((format(printf, 1, 2))) void name_case(const char *format, ...);

/// Counts a comparison, and tells of the first wrong element of each case. NaN equals nothing.
void compare(size_t index, double got, double want, double bound);
/// The same for something that holds or not.
void expect(bool holds, const char *what);

size_t comparison_count(void);
size_t failure_count(void);

/// What is compared, one file each.
void check_products(void);
void check_activations(void);
void check_low_rank(void);
void check_attention(void);
void check_rows(void);
void check_numbers(void);
void check_decoding(void);
void check_hashing(void);

#endif
