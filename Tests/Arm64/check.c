#include "check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

uint64_t next_bits(generator *g) {
    g->state += 0x9e3779b97f4a7c15;
    uint64_t mixed = g->state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

float next_number(generator *g, float scale) {
    return ((float)(next_bits(g) >> 40) / 8388608.0f - 1) * scale;
}

static struct {
    uint8_t *start;
    size_t bytes;
} rooms[64];
static size_t room_count;

void *room(size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), kept = (bytes + page - 1) / page * page;
    uint8_t *start = mmap(NULL, kept + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED || room_count == COUNT_OF(rooms) || mprotect(start + kept, page, PROT_NONE) != 0) {
        perror("memory for a case");
        exit(2);
    }
    memset(start, 0xff, kept);
    rooms[room_count].start = start;
    rooms[room_count++].bytes = kept + page;
    return start + kept - bytes;
}

void leave_rooms(void) {
    while (room_count > 0) {
        room_count--;
        munmap(rooms[room_count].start, rooms[room_count].bytes);
    }
}

float *random_floats(generator *g, size_t count, float scale) {
    float *x = room(count * sizeof *x);
    for (size_t i = 0; i < count; i++) x[i] = next_number(g, scale);
    return x;
}

uint16_t *random_halves(generator *g, size_t count, float scale) {
    uint16_t *x = room(count * sizeof *x);
    for (size_t i = 0; i < count; i++) x[i] = nearest_half(next_number(g, scale));
    return x;
}

float *copied(const float *x, size_t count) {
    float *copy = room(count * sizeof *copy);
    memcpy(copy, x, count * sizeof *copy);
    return copy;
}

float *widened(const uint16_t *x, size_t count) {
    float *wide = room(count * sizeof *wide);
    for (size_t i = 0; i < count; i++) wide[i] = (float)half_value(x[i]);
    return wide;
}

double half_value(uint16_t bits) {
    const int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
    double size = exponent == 0 ? ldexp(mantissa, -24) : ldexp(mantissa + 1024, exponent - 25);
    if (exponent == 31) size = mantissa == 0 ? INFINITY : NAN;
    return bits & 0x8000 ? -size : size;
}

uint16_t nearest_half(double x) {
    const uint16_t sign = signbit(x) ? 0x8000 : 0;
    const double size = fabs(x);
    // Numbers below the smallest exponent share its unit.
    const int exponent = size < ldexp(1, -14) ? -14 : ilogb(size);
    const double units = rint(ldexp(size, 10 - exponent));
    // A mantissa that rounds up to 2048 carries into the exponent by itself.
    const double bits = units + 1024 * (exponent + 14);
    return sign | (uint16_t)fmin(bits, 0x7bff);
}

static char case_name[200];
static bool case_has_failed;
static size_t comparisons, failures;

void name_case(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(case_name, sizeof case_name, format, arguments);
    va_end(arguments);
    case_has_failed = false;
}

/// Whether a failure is to be told: not more than once a case, and not without end.
static bool is_told(void) {
    const bool is_first = !case_has_failed;
    case_has_failed = true;
    failures += is_first;
    return is_first && failures <= 30;
}

void compare(size_t index, double got, double want, double bound) {
    comparisons++;
    if (got == want || fabs(got - want) <= bound) return;
    if (!is_told()) return;
    fprintf(stderr, "%s: element %zu is %.9g, not %.9g (within %.2g)\n", case_name, index, got, want, bound);
}

void expect(bool holds, const char *what) {
    comparisons++;
    if (!holds && is_told()) fprintf(stderr, "%s: %s\n", case_name, what);
}

size_t comparison_count(void) { return comparisons; }
size_t failure_count(void) { return failures; }
