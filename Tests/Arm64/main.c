#include <stdio.h>
#include <string.h>

#include "check.h"
#include "packed.h"

/// Compares every kernel with plain loops. The first argument, `dot` or `portable`, says which packed products this
/// machine must choose. Prints the number of comparisons when all of them hold.
int main(int count, char **arguments) {
    const deck_instructions best = deck_best_instructions();
    const char *wanted = count > 1 ? arguments[1] : "";
    name_case("the choice of instructions");
    expect(deck_runs(DECK_PORTABLE), "the portable products must always run");
    expect(deck_runs(best), "the best products do not run here");
    expect(!deck_runs(DECK_AVX2) && !deck_runs(DECK_AVX512_VNNI), "this is no x86");
    expect(deck_runs(DECK_NEON_DOT) == (best == DECK_NEON_DOT), "the best products are not NEON's, or do not run");
    const bool has_dot = best == DECK_NEON_DOT;
    if (strcmp(wanted, "dot") == 0) expect(has_dot, "a machine with dot products does not choose them");
    if (strcmp(wanted, "portable") == 0) expect(!has_dot, "a machine without dot products chooses them");

    check_activations();
    check_products();
    check_low_rank();
    check_attention();
    check_rows();
    check_numbers();
    check_decoding();
    check_hashing();

    if (failure_count() > 0) {
        const char *machine = *wanted ? wanted : "native";
        fprintf(stderr, "%s: %zu cases are wrong, of %zu comparisons\n", machine, failure_count(), comparison_count());
        return 1;
    }
    printf("%zu\n", comparison_count());
    return 0;
}
