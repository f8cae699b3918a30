// ncurses for Swift: wide calls switched on, and accessors for what the importer cannot see (macros) or must not touch
// (globals, which strict concurrency rejects).
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
static inline WINDOW *nc_stdscr(void) { return stdscr; }
static inline WINDOW *nc_curscr(void) { return curscr; }
static inline int nc_colors(void) { return COLORS; }
static inline int nc_color_pairs(void) { return COLOR_PAIRS; }

static inline attr_t nc_bold(void) { return WA_BOLD; }
static inline attr_t nc_dim(void) { return WA_DIM; }
static inline attr_t nc_reverse(void) { return WA_REVERSE; }
static inline attr_t nc_underline(void) { return WA_UNDERLINE; }

// Pairs above 255 fit only through the extended argument.
static inline int nc_set_style(WINDOW *window, attr_t attributes, int pair) {
    return wattr_set(window, attributes, 0, &pair);
}

static inline mmask_t nc_mouse_events(void) {
    return BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON4_PRESSED | BUTTON5_PRESSED;
}
static inline mmask_t nc_button_pressed(void) { return BUTTON1_PRESSED; }
static inline mmask_t nc_button_released(void) { return BUTTON1_RELEASED; }
static inline mmask_t nc_wheel_up(void) { return BUTTON4_PRESSED; }
static inline mmask_t nc_wheel_down(void) { return BUTTON5_PRESSED; }

static inline int nc_codeset_is_utf8(void) {
    const char *name = nl_langinfo(CODESET);
    return (name[0] | 32) == 'u' && (name[1] | 32) == 't' && (name[2] | 32) == 'f';
}
#endif
