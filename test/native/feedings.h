// Every way in which a decoder is given one input: whole, at either edge of mapped memory, with bytes behind it, and cut at every
// position. Written once; each decoder test goes through here. Knows no protocol.
#pragma once
#include <string>
#include <string_view>

#include "check.h"
#include "exact_block.h"
#include "guarded_pages.h"

namespace gatewire::test {

inline GuardedPages& pages() {
  static GuardedPages shared(size_t{256} * 1024);
  return shared;
}

/// Input that is read to its end, such as one value: no cut of it means anything. `decode` takes Bytes and gives something with ==.
template <class Seen, class Decode>
void feed_whole(std::string_view input, const Seen& expected, Decode decode) {
  {
    Doing doing("in a heap block of its size");
    ExactBlock block(input);
    CHECK_EQUAL(decode(block.bytes()), expected);
  }
  {
    Doing doing("ending at an unmapped page");
    CHECK_EQUAL(decode(pages().ending(input)), expected);
  }
  {
    Doing doing("beginning behind an unmapped page");
    CHECK_EQUAL(decode(pages().beginning(input)), expected);
  }
}

/// A message that says itself where it ends. `decided_at`: how many bytes settle the verdict; all fewer are incomplete.
/// What `decode` gives has a member `verdict`.
template <class Seen, class Decode>
void feed_every_way(std::string_view input, size_t decided_at, const Seen& expected, Decode decode) {
  feed_whole(input, expected, decode);
  const std::string tails[] = {std::string(1, '\0'), std::string(1, '\xFF'), std::string(7, 'A'),
                               std::string(8, '\0'), std::string(64, '\xFF'), std::string(input.substr(0, 4096))};
  for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
    Doing doing("with trailing bytes, kind", i);
    CHECK_EQUAL(decode(pages().ending(std::string(input) + tails[i])), expected);
  }
  for (size_t cut = 0; cut < input.size(); cut++) {
    Doing doing("cut after byte", cut);
    Seen seen = decode(pages().ending(input.substr(0, cut)));
    if (cut < decided_at) {
      CHECK_EQUAL(seen.verdict, incomplete());
    } else {
      CHECK_EQUAL(seen, expected);
    }
  }
}

}  // namespace gatewire::test
