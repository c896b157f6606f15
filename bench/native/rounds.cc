// See rounds.h.
#include "rounds.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace gatewire::bench {
namespace {

double passes_ns(Work& work, uint32_t passes) {
  auto start = std::chrono::steady_clock::now();
  for (uint32_t i = 0; i < passes; i++) work.pass();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

/// Warms up, and counts how many passes make a sample.
uint32_t passes_of_sample(Work& work, double sample_ns) {
  double fastest = sample_ns;
  for (double spent = 0; spent < 4 * sample_ns;) {
    double ns = passes_ns(work, 1);
    fastest = std::min(fastest, ns);
    spent += ns;
  }
  return std::max(1u, static_cast<uint32_t>(std::ceil(sample_ns / std::max(fastest, 1.0))));
}

/// `part` of the values are not above the result: 0 the least of them, 0.5 the median.
double quantile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(part * static_cast<double>(values.size() - 1) + 0.5)];
}

}  // namespace

std::vector<Times> take_times(const std::vector<Runner>& runners, const Effort& effort) {
  std::vector<uint32_t> passes;
  for (const Runner& runner : runners) {
    runner.before();
    passes.push_back(passes_of_sample(*runner.work, effort.sample_ns));
  }
  std::vector<std::vector<double>> samples(runners.size());
  for (uint32_t round = 0; round < effort.rounds; round++) {
    // Each round begins with another one, so that none always runs in the wake of the same.
    for (size_t i = 0; i < runners.size(); i++) {
      size_t turn = (round + i) % runners.size();
      const Runner& runner = runners[turn];
      runner.before();
      runner.work->pass();  // what the others have left in caches and predictors is not its business
      samples[turn].push_back(passes_ns(*runner.work, passes[turn]) / passes[turn] / static_cast<double>(runner.work->count()));
    }
  }
  std::vector<Times> times;
  for (const std::vector<double>& own : samples) {
    std::vector<double> ratios;
    for (size_t round = 0; round < own.size(); round++) ratios.push_back(own[round] / samples[0][round]);
    times.push_back({quantile(own, 0), quantile(own, 0.1), quantile(own, 0.5), quantile(ratios, 0.5)});
  }
  return times;
}

}  // namespace gatewire::bench
