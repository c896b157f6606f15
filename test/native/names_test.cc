// find_name, and the same by the kernel in use: each well-known name is found, and nothing that differs from one in a byte. Names of fields
// are for field_names_test.cc.
#include "core/kernel.h"

#include <string>

#include "check.h"
#include "feedings.h"
#include "random_numbers.h"
#include "reference_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

NameId find_front(Bytes input, size_t length) {
  VarRecord key = {0, static_cast<uint32_t>(length), 0, 0};
  NameId id;
  kernel().find_names(input, &key, 1, &id);
  CHECK_EQUAL(id, find_name({input.data, length}));
  return id;
}

NameId find(std::string_view key) {
  ExactBlock block(key);
  return find_front(block.bytes(), key.size());
}

TEST("every listed name has its own id, whatever is around it") {
  const auto& names = listed_names();
  CHECK_EQUAL(names.size(), static_cast<size_t>(NameId::end));
  CHECK(names.size() > 90);
  for (size_t id = 1; id < names.size(); id++) {
    Doing doing(names[id].data());
    feed_whole(names[id], static_cast<NameId>(id), [&](Bytes input) { return find_front(input, names[id].size()); });
    for (size_t behind : {1, 3, 7, 8, 20}) {
      std::string padded = std::string(names[id]) + std::string(behind, '\xFF');
      feed_whole(padded, static_cast<NameId>(id), [&](Bytes input) { return find_front(input, names[id].size()); });
    }
  }
}

TEST("no name with one byte changed is found, save where that makes another name") {
  for (std::string_view name : listed_names()) {
    std::string changed(name);
    for (size_t at = 0; at < name.size(); at++) {
      for (int byte = 0; byte < 256; byte++) {
        changed[at] = static_cast<char>(byte);
        CHECK_EQUAL(find(changed), reference_name(changed));
      }
      changed[at] = name[at];
    }
  }
}

TEST("no prefix, suffix or extension of a name is found, save where that is another name") {
  for (std::string_view name : listed_names()) {
    for (size_t length = 1; length < name.size(); length++) {
      CHECK_EQUAL(find(name.substr(0, length)), reference_name(name.substr(0, length)));
      CHECK_EQUAL(find(name.substr(length)), reference_name(name.substr(length)));
    }
    for (int byte = 0; byte < 256; byte++) {
      CHECK_EQUAL(find(std::string(name) + static_cast<char>(byte)), NameId::none);
      CHECK_EQUAL(find(static_cast<char>(byte) + std::string(name)), NameId::none);
    }
    CHECK_EQUAL(find(std::string(name) + std::string(name)), NameId::none);
    CHECK_EQUAL(find(std::string(name) + std::string(65531 - name.size(), 'A')), NameId::none);
  }
}

TEST("random keys are not found") {
  RandomNumbers random(1);
  for (int i = 0; i < 200000; i++) {
    std::string key = random.bytes(1 + random.below(40));
    CHECK_EQUAL(find(key), NameId::none);
  }
}

TEST("random keys in the style of the names are found only when they are one") {
  RandomNumbers random(2);
  const auto& names = listed_names();
  for (int i = 0; i < 100000; i++) {
    std::string_view front = names[1 + random.below(names.size() - 1)];
    std::string_view back = names[1 + random.below(names.size() - 1)];
    std::string key = std::string(front.substr(0, 1 + random.below(front.size()))) + std::string(back.substr(random.below(back.size())));
    CHECK_EQUAL(find(key), reference_name(key));
  }
}

TEST("the tail of a key is its last eight bytes, or all of it with zeros behind") {
  RandomNumbers random(3);
  for (uint32_t length = 1; length <= 40; length++) {
    std::string key = random.bytes(length);
    std::string tail = length < 8 ? key + std::string(8 - length, '\0') : key.substr(length - 8);
    ExactBlock padded(tail);
    feed_whole(key, load64(padded.bytes().data), [&](Bytes input) { return key_tail(input.data, length); });
  }
}

}  // namespace
