// The shape table: exact match whatever the hash or a hint says, ids that do not depend on a hit, bounds, and eviction that neither a
// flood of shapes nor shapes of yesterday can block. Everything goes through decode_packet, which follows shapes while it walks.
#include "core/shape_table.h"

#include <set>
#include <string>
#include <vector>

#include "check.h"
#include "identified_shapes.h"
#include "packet_builder.h"
#include "random_numbers.h"
#include "reference_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

constexpr Way kWays[] = {Way::followed, Way::hashed};
const Keys kUsual = {"QUERY_STRING", "REQUEST_METHOD", "CONTENT_LENGTH", "HTTP_HOST", "HTTP_X_OWN", "a"};

TEST("a shape is kept at once and found again, with the same ids") {
  Shapes shapes;
  Identified first = shapes.identify(kUsual);
  CHECK(first.kept());
  CHECK(first.ids == ids_of(kUsual));
  for (int i = 0; i < 100; i++) {
    for (Way way : kWays) CHECK_EQUAL(shapes.identify(kUsual, way), first);
  }
}

TEST("an equal hash is not enough: other keys are another shape and get their own ids") {
  const std::string other_method = "XEQUEST_METHOD";
  const Keys one = {"A", "REQUEST_METHOD", "HTTP_HOST"};
  const Keys other = {"A", other_method, "HTTP_HOST"};
  CHECK_EQUAL(hash_of(one), hash_of(other));
  for (Way way : kWays) {
    Shapes shapes;
    Identified first = shapes.identify(one, way);
    Identified second = shapes.identify(other, way);
    CHECK(first.kept() && second.kept());
    CHECK(first.slot != second.slot && first.slot / kShapeWays == second.slot / kShapeWays);
    CHECK(first.ids == ids_of(one));
    CHECK(second.ids == ids_of(other));
    CHECK(first.ids != second.ids);
    for (int i = 0; i < 10; i++) {
      CHECK_EQUAL(shapes.identify(one, way), first);
      CHECK_EQUAL(shapes.identify(other, way), second);
    }
  }
}

TEST("a shape with the very hash of a head is not taken for it when a key, a length or the number of keys differs") {
  const std::vector<Keys> near = {{"A", "B"}, {"A"}, {"A", "B", "C"}, {"A", "C"}, {std::string("A\0", 2), "B"}, {"A", std::string("B\0\0", 3)},
                                  {"HTTP_HOST", "B"}, {std::string("HTTP_HOST\0", 10), "B"}, {std::string(40, 'k')}, {std::string(41, 'k')}};
  for (const Keys& forged : near) {
    for (const Keys& head : near) {
      if (forged == head) continue;
      Shapes shapes;
      uint32_t way = set_of(head);
      Shape shape = shapes.table->shapes[shapes.identify(forged).slot];
      shape.prefix_hash[shape.var_count].state = hash_of(head);
      shape.prefix_hash[head.size()].state = hash_of(head);
      shapes.table->shapes[way] = shape;
      Identified seen = shapes.identify(head, Way::hashed);
      CHECK(seen.kept() && seen.slot != way);
    }
  }
}

TEST("a shape that ends earlier is not taken for a head, even when what its slot held before goes on like the head") {
  const Keys head = {"A", "B", "HTTP_HOST"};
  Shapes shapes;
  uint32_t slot = shapes.identify(head).slot;
  Shape& shape = shapes.table->shapes[slot];
  shape.key_count = shape.var_count = 2;
  shape.prefix_hash[2].state = hash_of(head);
  Identified seen = shapes.identify(head, Way::hashed);
  CHECK(seen.kept() && seen.slot != slot);
}

TEST("what is left of a longer shape in a slot does not lead a head astray") {
  const Keys longer = {alike(0), "Y", "HTTP_HOST"};
  Keys shorter = {"A", "B"};
  for (int i = 0; set_of(shorter) != set_of(longer); i++) shorter[0] = "A" + std::to_string(i);
  Keys both = {shorter[0], shorter[1], "HTTP_HOST"};
  Shapes shapes;
  for (int i = 0; i < 4; i++) shapes.identify({alike(i), "Y", "HTTP_HOST"});
  while (!shapes.identify(shorter).kept()) continue;
  for (int i = 0; i < 10; i++) {
    for (const Keys& keys : {both, longer, shorter}) CHECK(shapes.identify(keys).ids == ids_of(keys));
  }
}

TEST("a difference in any one byte of a key of any length is seen, in whatever way the shape is looked for") {
  for (Way way : kWays) {
    for (size_t length = 1; length <= 40; length++) {
      for (size_t at = 0; at < length; at++) {
        static Shapes shapes;  // a new one for each byte would take most of the time
        Keys one = {"before", std::string(length, 'k'), "behind"};
        Keys other = one;
        other[1][at] = 'K';
        Identified first = shapes.identify(one, way);
        Identified second = shapes.identify(other, way);
        CHECK(!second.kept() || first.slot != second.slot);
      }
    }
  }
}

TEST("a key that another one begins with, or a zero byte more, makes another shape") {
  const std::vector<Keys> near = {{"A"}, {std::string("A\0", 2)}, {std::string("A\0\0", 3)}, {"AB"}, {"AB", "C"}, {"A", "BC"}, {"A", "B", "C"},
                                  {"C", "AB"}, {std::string(32, 'k')}, {std::string(31, 'k')}, {std::string(33, 'k')},
                                  {std::string(32, 'k') + std::string(1, '\0')}, {std::string(32, 'k'), "k"}};
  for (Way way : kWays) {
    Shapes shapes;
    std::set<uint32_t> slots;
    for (const Keys& keys : near) slots.insert(shapes.identify(keys, way).slot);
    CHECK_EQUAL(slots.size(), near.size());
    for (const Keys& keys : near) CHECK(shapes.identify(keys, way).ids == ids_of(keys));
  }
}

TEST("heads that begin alike are told apart where they part, and where one of them ends") {
  const std::vector<Keys> orders = {{"A", "HTTP_HOST", "C"}, {"A", "HTTP_HOST", "PATH"}, {"A", "HTTP_HOST"}, {"A", "HTTP_HOST", "C", "PATH"},
                                    {"A"}, {"HTTP_HOST", "A", "C"}, {"A", "C", "HTTP_HOST"}, {"A", "HTTP_HOST", "C", "PATH", "HTTPS"}};
  Shapes shapes;
  std::vector<Identified> first;
  for (const Keys& keys : orders) first.push_back(shapes.identify(keys));
  RandomNumbers random(10);
  for (int i = 0; i < 5000; i++) {
    size_t pick = random.below(orders.size());
    CHECK_EQUAL(shapes.identify(orders[pick], random.below(5) == 0 ? Way::hashed : Way::followed), first[pick]);
  }
}

TEST("64 keys are kept and 65 are not") {
  for (Way way : kWays) {
    Shapes shapes;
    Keys keys(kShapeMaxVars, "HTTP_HOST");
    Identified seen = shapes.identify(keys, way);
    CHECK(seen.kept());
    CHECK_EQUAL(shapes.identify(keys, way), seen);
    Keys longer = keys;
    longer.push_back("PATH");
    Identified too_long = shapes.identify(longer, way);
    CHECK(!too_long.kept());
    CHECK(too_long.ids == ids_of(longer));
    CHECK_EQUAL(shapes.identify(longer, way), too_long);
    CHECK_EQUAL(shapes.identify(keys, way), seen);
  }
}

TEST("keys of up to 32 bytes each, and 256 bytes beyond that in all, are kept; one byte more is not") {
  const std::vector<Keys> largest = {{std::string(kKeySlot + kKeyOverflow, 'k')},
                                     {std::string(160, 'k'), "HTTP_HOST", std::string(160, 'l')},
                                     Keys(kShapeMaxVars, std::string(36, 'm'))};
  for (Way way : kWays) {
    Shapes shapes;
    for (Keys keys : largest) {
      Identified seen = shapes.identify(keys, way);
      CHECK(seen.kept());
      CHECK_EQUAL(shapes.identify(keys, way), seen);
      keys.back() += 'x';
      seen = shapes.identify(keys, way);
      CHECK(!seen.kept());
      CHECK(seen.ids == ids_of(keys));
    }
  }
  Shapes shapes;
  CHECK(!shapes.identify(Keys(10, std::string(6000, 'k'))).kept());
}

TEST("the bytes of a long key beyond its slot are compared too, in every key") {
  for (size_t which = 0; which < 3; which++) {
    for (size_t at : {32, 33, 60, 91}) {
      Shapes shapes;
      Keys one = {std::string(100, 'a'), std::string(100, 'b'), std::string(100, 'c')};
      Keys other = one;
      other[which][at] = '?';
      CHECK_EQUAL(hash_of(one), hash_of(other));
      Identified first = shapes.identify(one);
      Identified second = shapes.identify(other);
      CHECK(second.kept() && second.slot != first.slot);
      CHECK_EQUAL(shapes.identify(one), first);
      CHECK_EQUAL(shapes.identify(other), second);
    }
  }
}

TEST("a head without vars has no shape, and shapes that are not kept cost nobody a slot or credit") {
  Shapes shapes;
  CHECK(!shapes.identify({}).kept());
  Identified usual = shapes.identify(kUsual);
  Keys large(65, "K");
  for (int i = 0; i < 1000; i++) {
    CHECK(!shapes.identify({}).kept());
    CHECK(!shapes.identify(large).kept());
  }
  CHECK_EQUAL(shapes.table->last_serial, usual.serial);
  CHECK_EQUAL(shapes.identify(kUsual), usual);
}

TEST("four shapes of one set live side by side") {
  Shapes shapes;
  std::set<uint32_t> slots;
  for (int i = 0; i < 4; i++) slots.insert(shapes.identify({alike(i)}).slot);
  CHECK_EQUAL(slots.size(), size_t{kShapeWays});
  CHECK_EQUAL(*slots.rbegin() - *slots.begin(), kShapeWays - 1);
  CHECK_EQUAL(*slots.begin() % kShapeWays, 0u);
}

TEST("shapes that differ as those of peers do use the whole table") {
  Shapes shapes;
  std::set<uint32_t> slots;
  for (int i = 0; i < 5000; i++) {
    Identified seen = shapes.identify({"REQUEST_METHOD", "K" + std::to_string(i), "HTTP_HOST"});
    if (seen.kept()) slots.insert(seen.slot);
  }
  CHECK_EQUAL(slots.size(), size_t{kShapeSlots});
}

TEST("a flood of one-time shapes into the set of a shape in use does not push it out") {
  const Keys used = {alike(99999999)};
  for (Way way : kWays) {
    Shapes shapes;
    Identified first = shapes.identify(used, way);
    for (int i = 0; i < 5000; i++) {
      Identified once = shapes.identify({alike(i)}, way);
      CHECK(once.slot != first.slot);
      if (i % 4 == 3) CHECK_EQUAL(shapes.identify(used, way), first);
    }
  }
}

TEST("a shape that was much used survives a burst of one-time shapes without being used meanwhile") {
  const Keys used = {alike(99999999)};
  Shapes shapes;
  Identified first = shapes.identify(used);
  for (uint32_t i = 0; i < 2 * kShapeMaxCredit; i++) shapes.identify(used);
  for (uint32_t i = 0; i < 3 * kShapeMaxCredit; i++) shapes.identify({alike(static_cast<int>(i))});
  CHECK_EQUAL(shapes.identify(used), first);
}

TEST("shapes of yesterday give way: new ones get in and stay, however much the old ones were used") {
  Shapes shapes;
  for (int use = 0; use < 200; use++) {
    for (int i = 0; i < 4; i++) CHECK(shapes.identify({alike(i)}).kept());
  }
  const Keys newcomer = {alike(5)};
  uint32_t tries = 1;
  while (!shapes.identify(newcomer).kept() && tries < 1000) tries++;
  CHECK_EQUAL(tries, kShapeMaxCredit + 1);
  Identified seen = shapes.identify(newcomer);
  for (int i = 0; i < 100; i++) CHECK_EQUAL(shapes.identify(newcomer), seen);
}

TEST("after a flood of twenty thousand shapes ordinary traffic is found again") {
  Shapes shapes;
  for (int i = 0; i < 20000; i++) shapes.identify({"REQUEST_METHOD", "FLOOD_" + std::to_string(i)});
  std::vector<Keys> traffic;
  for (int i = 0; i < 24; i++) traffic.push_back({"REQUEST_METHOD", "HTTP_HOST", "HTTP_X_ORDER_" + std::to_string(i)});
  for (int round = 0; round < 40; round++) {
    for (const Keys& keys : traffic) shapes.identify(keys);
  }
  for (const Keys& keys : traffic) {
    Identified seen = shapes.identify(keys);
    CHECK(seen.kept());
    CHECK_EQUAL(shapes.identify(keys), seen);
  }
}

TEST("a slot that changes hands gets a new serial, and no serial is given twice") {
  Shapes shapes;
  std::set<uint32_t> serials;
  for (int i = 0; i < 2000; i++) {
    Identified seen = shapes.identify({alike(i)});
    if (seen.kept()) CHECK(serials.insert(seen.serial).second);
  }
  CHECK(serials.size() > 100);
}

TEST("the serial never becomes the mark of a free slot when it wraps") {
  Shapes shapes;
  shapes.table->last_serial = UINT32_MAX - 1;
  CHECK_EQUAL(shapes.identify({"A"}).serial, UINT32_MAX);
  Identified wrapped = shapes.identify({"B"});
  CHECK_EQUAL(wrapped.serial, 1u);
  for (Way way : kWays) CHECK_EQUAL(shapes.identify({"B"}, way), wrapped);
}

TEST("a packet that is refused for its content length does not spoil the shape it shares with good ones") {
  auto table = empty_shape_table();
  PacketDecoder decoder;
  for (const char* value : {"x", "5", "x", "6"}) {
    std::string input = packet(var("A", "b") + var("CONTENT_LENGTH", value) + var("CONTENT_LENGTH", "5"));
    CHECK_EQUAL(decoder.decode(pages().ending(input), {}, *table), reference_packet(input, {}));
  }
}

/// Sequences of keys from few, among them keys that only an exact compare tells apart.
Keys few_keys(RandomNumbers& random) {
  static const Keys keys = {"A", "B", "HTTP_HOST", "CONTENT_LENGTH", "XONTENT_LENGTH", "REQUEST_METHOD", "XEQUEST_METHOD",
                            alike(1), alike(2), alike(3), std::string(40, 'k'), "X" + std::string(39, 'k')};
  Keys head;
  size_t first = random.below(keys.size());
  for (size_t count = random.below(6); count > 0; count--) head.push_back(keys[(first + random.below(3)) % keys.size()]);
  return head;
}

TEST("whatever came before, a head gets its own ids and a shape of its own keys") {
  RandomNumbers random(9);
  for (int round = 0; round < 10; round++) {
    Shapes shapes;
    if (round % 2 == 1) shapes.table->last_serial = UINT32_MAX - 50;
    for (int i = 0; i < 4000; i++) {
      Keys keys = few_keys(random);
      Identified seen = shapes.identify(keys, random.below(10) == 0 ? Way::hashed : Way::followed);
      if (!seen.kept()) continue;
      const Shape& shape = shapes.table->shapes[seen.slot];
      CHECK(shape.serial == seen.serial && shape.var_count == keys.size());
      for (size_t k = 0; k < keys.size(); k++) CHECK_EQUAL(uint32_t{shape.key_length[k]}, static_cast<uint32_t>(keys[k].size()));
    }
  }
}

TEST("a table that forgets is empty, and gives no serial and no name of a beginning a second time") {
  RandomNumbers random(13);
  Shapes shapes;
  std::set<uint32_t> serials;
  std::set<uint64_t> prefixes;
  for (int round = 0; round < 20; round++) {
    for (int i = 0; i < 40; i++) {
      Keys keys = few_keys(random);
      Identified seen = shapes.identify(keys);
      if (!seen.kept()) continue;
      serials.insert(seen.serial);
      const Shape& shape = shapes.table->shapes[seen.slot];
      for (size_t count = 1; count <= keys.size(); count++) prefixes.insert(shape.prefix[count]);
    }
    forget_shapes(*shapes.table);
    for (const Shape& shape : shapes.table->shapes) CHECK_EQUAL(shape.serial, 0u);
    Keys keys = {"A", "HTTP_HOST"};
    Identified seen = shapes.identify(keys);
    CHECK(seen.kept() && serials.count(seen.serial) == 0);
    const Shape& shape = shapes.table->shapes[seen.slot];
    for (size_t count = 1; count <= keys.size(); count++) CHECK(prefixes.count(shape.prefix[count]) == 0);
  }
}

TEST("equal names of beginnings mean equal keys, in all shapes and at all times") {
  RandomNumbers random(11);
  Shapes shapes;
  std::map<uint64_t, Keys> beginnings;
  std::map<uint32_t, Keys> keys_of_slot;
  for (int i = 0; i < 600; i++) {
    Keys keys = few_keys(random);
    Identified seen = shapes.identify(keys);
    if (seen.kept()) keys_of_slot[seen.slot] = keys;
    for (const auto& [slot, held] : keys_of_slot) {
      const Shape& shape = shapes.table->shapes[slot];
      for (size_t count = 0; count <= held.size(); count++) {
        Keys beginning(held.begin(), held.begin() + static_cast<ptrdiff_t>(count));
        CHECK(beginnings.try_emplace(shape.prefix[count], beginning).first->second == beginning);
        CHECK_EQUAL(shape.prefix_hash[count].state, hash_of(beginning));
      }
    }
  }
}

}  // namespace
