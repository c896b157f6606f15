// One entry point of the core, or one contender, with the items of one input: something that can be gone over again and again, by the
// clock or under callgrind. Knows nothing of how it is measured.
#pragma once
#include <stdint.h>

#include <memory>
#include <string>
#include <vector>

namespace gatewire::bench {

/// Memory may be read and written by somebody else from here on, as far as the compiler knows: so results have to stand there, and what was
/// loaded is loaded again. Without it, compilers delete the stores of a result that nobody reads, and the loop looks twice as fast.
template <class Result>
inline void escape(const Result& result) {
  __asm__ volatile("" : : "r"(&result) : "memory");
}

class Work {
 public:
  explicit Work(std::string name) : name_(std::move(name)) {}
  virtual ~Work() = default;

  const std::string& name() const { return name_; }
  virtual size_t count() const = 0;
  /// Whether it is an entry point of the core, and no yardstick.
  virtual bool of_core() const = 0;
  /// Calls the entry point once for each item.
  virtual void pass() = 0;
  /// Number of the first item that is not taken as it has to be; count() when all are.
  virtual size_t first_failure() = 0;

 private:
  std::string name_;
};

/// The loop is compiled for each kind of call, so that all that stands between two calls is the loop. `Call` has `items`, and gives for one
/// of them the number of bytes that it took, or wrote. What is not of the core has `kYardstick`.
template <class Call>
class Loop final : public Work {
 public:
  Loop(std::string name, Call call) : Work(std::move(name)), call_(std::move(call)) {}

  size_t count() const override { return call_.items.size(); }
  bool of_core() const override { return !requires { Call::kYardstick; }; }
  void pass() override {
    for (auto& item : call_.items) {
      int64_t size = call_(item);
      escape(size);
    }
  }
  size_t first_failure() override {
    size_t i = 0;
    while (i < call_.items.size() && call_.is_right(call_.items[i], call_(call_.items[i]))) i++;
    return i;
  }

 private:
  Call call_;
};

template <class Call>
std::unique_ptr<Work> work_of(std::string name, Call call) {
  return std::make_unique<Loop<Call>>(std::move(name), std::move(call));
}

}  // namespace gatewire::bench
