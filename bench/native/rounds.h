// Times of several works, taken by turns in one thread: a machine that is slow for a moment is slow for all of them, so they are compared
// within a round. Knows neither the core nor where the figures go.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "work.h"

namespace gatewire::bench {

struct Effort {
  uint32_t rounds;
  double sample_ns;  // whole passes over the input, for so long at least
};

/// One row: a work, and what has to be done before each of its samples.
struct Runner {
  std::string name;
  Work* work;
  std::function<void()> before;
};

/// Nanoseconds for one item.
struct Times {
  double minimum;
  double tenth;   // percentile
  double median;
  double against_first;  // the median of what this one took of the time of the first one, round by round
};

/// One for each runner.
std::vector<Times> take_times(const std::vector<Runner>& runners, const Effort& effort);

}  // namespace gatewire::bench
