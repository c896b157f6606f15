// What a fuzz target insists on, in every build: a broken promise ends the program, and libFuzzer keeps the input. Knows no target.
#pragma once
#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(condition)                                                              \
  do {                                                                                  \
    if (!(condition)) {                                                                 \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);    \
      abort();                                                                          \
    }                                                                                   \
  } while (false)
