#ifndef LORADECK_COPENBLAS_SHIM_H
#define LORADECK_COPENBLAS_SHIM_H
#include <cblas.h>
#endif
