// Tests and checks for the native core: a list of tests, counters, and failures that say file, line and both values. Knows nothing of
// what is tested. A check that fails does not end its test.
#pragma once
#include <stdint.h>
#include <stdio.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "verdicts.h"

namespace gatewire::test {

struct Test {
  const char* name;
  void (*run)();
};

inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

inline bool add_test(const char* name, void (*run)()) {
  tests().push_back({name, run});
  return true;
}

struct Counters {
  uint64_t checks = 0;
  uint64_t failures = 0;
};
inline Counters counters;

/// What is going on, innermost last; printed with a failure. Text must outlive the object.
class Doing {
 public:
  explicit Doing(const char* what, uint64_t number = UINT64_MAX) { stack().push_back({what, number}); }
  ~Doing() { stack().pop_back(); }
  Doing(const Doing&) = delete;
  Doing& operator=(const Doing&) = delete;

  static void print() {
    for (const Step& step : stack()) {
      step.number == UINT64_MAX ? fprintf(stderr, "    while: %s\n", step.what)
                                : fprintf(stderr, "    while: %s %llu\n", step.what, static_cast<unsigned long long>(step.number));
    }
  }

 private:
  struct Step {
    const char* what;
    uint64_t number;
  };
  static std::vector<Step>& stack() {
    static std::vector<Step> steps;
    return steps;
  }
};

inline std::string shown(std::string_view text) {
  std::string out = "\"";
  for (unsigned char c : text.substr(0, 80)) {
    char escape[5];
    snprintf(escape, sizeof escape, "\\x%02X", c);
    if (c >= ' ' && c < 0x7F) {
      out += static_cast<char>(c);
    } else {
      out += escape;
    }
  }
  return out + (text.size() > 80 ? "\" and more: " + std::to_string(text.size()) + " bytes" : "\"");
}
inline std::string shown(const char* text) { return shown(std::string_view(text)); }
inline std::string shown(const std::string& text) { return shown(std::string_view(text)); }
inline std::string shown(bool value) { return value ? "true" : "false"; }
template <class T>
  requires(std::is_integral_v<T> || std::is_enum_v<T>)
std::string shown(T value) {
  return std::to_string(static_cast<unsigned long long>(value));
}

inline void fail(const char* file, int line, const std::string& what) {
  constexpr uint64_t kPrinted = 25;  // one fault in a loop must not hide the others of the log
  if (++counters.failures > kPrinted) return;
  fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
  Doing::print();
}

template <class A, class B>
void check_equal(const char* file, int line, const char* text, const A& actual, const B& expected) {
  counters.checks++;
  if (!(actual == expected)) fail(file, line, std::string(text) + " is " + shown(actual) + ", not " + shown(expected));
}

}  // namespace gatewire::test

#define CHECK(condition)                                                                            \
  do {                                                                                              \
    gatewire::test::counters.checks++;                                                              \
    if (!(condition)) gatewire::test::fail(__FILE__, __LINE__, "not true: " #condition);            \
  } while (false)
#define CHECK_EQUAL(actual, ...) gatewire::test::check_equal(__FILE__, __LINE__, #actual, actual, __VA_ARGS__)

#define GATEWIRE_JOIN_(a, b) a##b
#define GATEWIRE_JOIN(a, b) GATEWIRE_JOIN_(a, b)
#define TEST(name)                                                                                                          \
  static void GATEWIRE_JOIN(test_, __LINE__)();                                                                             \
  [[maybe_unused]] static const bool GATEWIRE_JOIN(added_, __LINE__) =                                                      \
      gatewire::test::add_test(name, GATEWIRE_JOIN(test_, __LINE__));                                                       \
  static void GATEWIRE_JOIN(test_, __LINE__)()
