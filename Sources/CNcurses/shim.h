#ifndef LORADECK_CNCURSES_SHIM_H
#define LORADECK_CNCURSES_SHIM_H
#define NCURSES_WIDECHAR 1
#include <wchar.h>
#include <locale.h>
#include <ncursesw/curses.h>
#endif
