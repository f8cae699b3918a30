#ifndef LORADECK_CKERNELS_H
#define LORADECK_CKERNELS_H
#include <stddef.h>
#include <stdint.h>
#endif
