// ncurses for Swift: wide calls switched on, and accessors for what the importer cannot see (macros, varargs) or must not
// touch (globals, which strict concurrency rejects).
#ifndef LORADECK_CNCURSES_SHIM_H
#define LORADECK_CNCURSES_SHIM_H
#define NCURSES_WIDECHAR 1
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <wchar.h>
#include <ncursesw/curses.h>

// wcwidth is declared for _XOPEN_SOURCE only, which the importer does not define.
extern int wcwidth(wchar_t c);

static inline SCREEN *nc_newterm(const char *term) { return newterm(term, stdout, stdin); }

// A string of the terminal's description; NULL when it has none of that name.
static inline const char *nc_string(const char *name) {
    const char *value = tigetstr(name);
    return value == (const char *)-1 ? NULL : value;
}

static inline int nc_codeset_is_utf8(void) {
    const char *name = nl_langinfo(CODESET);
    return (name[0] | 32) == 'u' && (name[1] | 32) == 't' && (name[2] | 32) == 'f';
}
#endif
