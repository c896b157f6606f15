// Verdicts and refusals as values that tests compare and print. Knows no input.
#pragma once
#include <string>

#include "core/status.h"

namespace gatewire {

inline bool operator==(const Verdict& a, const Verdict& b) {
  return a.outcome == b.outcome && a.refusal == b.refusal && a.offset == b.offset;
}

}  // namespace gatewire

namespace gatewire::test {

inline const char* refusal_name(Refusal refusal) {
  switch (refusal) {
    case Refusal::none:
      return "none";
#define GATEWIRE_NAME(name, status, sentence) \
  case Refusal::name:                         \
    return #name;
      GATEWIRE_REFUSALS(GATEWIRE_NAME)
#undef GATEWIRE_NAME
  }
  return "not a refusal";
}

inline std::string shown(Refusal refusal) { return refusal_name(refusal); }
inline std::string shown(const Verdict& verdict) {
  if (verdict.outcome == Outcome::complete) return "complete";
  if (verdict.outcome == Outcome::incomplete) return "incomplete";
  return std::string("refused ") + refusal_name(verdict.refusal) + " at " + std::to_string(verdict.offset);
}

}  // namespace gatewire::test
