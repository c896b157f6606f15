// Field names: which variable each becomes, which become none, and which lines become the same one.
#include "core/field_names.h"
#include "core/kernel.h"

#include <map>
#include <string>
#include <vector>

#include "check.h"
#include "feedings.h"
#include "random_numbers.h"
#include "reference_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

struct Classified {
  NameId id;
  KeyRole role;
  bool underscore;
  bool operator==(const Classified&) const = default;
};

std::string shown(const Classified& name) {
  return "id " + std::to_string(static_cast<int>(name.id)) + " role " + std::to_string(static_cast<int>(name.role)) + (name.underscore ? " _" : "");
}

void expect(std::string_view name, bool keep_underscores, const Classified& expected) {
  std::string text(name);
  Doing doing(text.c_str());
  feed_whole(name, expected, [&](Bytes bytes) {
    FieldName seen = classify_field_name(bytes, keep_underscores);
    VarRecord record = {0, static_cast<uint32_t>(bytes.size), 0, 0};
    NameId id;
    CHECK_EQUAL(kernel().find_field_names(bytes, &record, 1, &id), !seen.underscore);
    CHECK_EQUAL(id, find_field_name(bytes));
    return Classified{seen.id, seen.role, seen.underscore};
  });
}

/// In capitals, in small letters, and with every other letter small, one way and the other.
std::vector<std::string> cases_of(std::string_view name) {
  std::vector<std::string> all(4, std::string(name));
  for (size_t i = 0; i < name.size(); i++) {
    bool letter = name[i] >= 'A' && name[i] <= 'Z';
    if (!letter) continue;
    char small = static_cast<char>(name[i] + 32);
    all[1][i] = small;
    all[2 + i % 2][i] = small;
  }
  return all;
}

/// The names of fields that become HTTP_* variables of the list: without the prefix, "-" for "_" but at `kept`.
std::string field_of(std::string_view variable, size_t kept = SIZE_MAX) {
  std::string name(variable.substr(5));
  for (size_t i = 0; i < name.size(); i++) {
    if (name[i] == '_' && i != kept) name[i] = '-';
  }
  return name;
}

struct Special {
  const char* name;
  NameId id;
  KeyRole role;
};

const Special kSpecial[] = {
    {"HOST", kNoVariable, KeyRole::host},
    {"CONTENT-LENGTH", kNoVariable, KeyRole::content_length},
    {"TRANSFER-ENCODING", kNoVariable, KeyRole::transfer_encoding},
    {"CONTENT-TYPE", NameId::CONTENT_TYPE, KeyRole::content_type},
    {"CONNECTION", NameId::HTTP_CONNECTION, KeyRole::connection},
    {"EXPECT", NameId::HTTP_EXPECT, KeyRole::expect},
    {"UPGRADE", NameId::HTTP_UPGRADE, KeyRole::upgrade},
    {"PROXY", kNoVariable, KeyRole::count},
};

Classified expected_of(const std::string& capitals) {
  for (const Special& special : kSpecial) {
    if (capitals == special.name) return {special.id, special.role, false};
  }
  std::string variable = "HTTP_" + capitals;
  for (char& c : variable) {
    if (c == '-') c = '_';
  }
  return {reference_name(variable), KeyRole::count, false};
}

TEST("every well-known HTTP_ name is that of a field, in any case") {
  int known = 0;
  for (std::string_view variable : listed_names()) {
    if (!variable.starts_with("HTTP_")) continue;
    std::string field = field_of(variable);
    for (const std::string& name : cases_of(field)) {
      for (bool keep : {false, true}) expect(name, keep, expected_of(field));
    }
    known++;
  }
  CHECK(known > 50);
}

TEST("fields that frame or route are known by their role, in any case, and only as they are spelled") {
  for (const Special& special : kSpecial) {
    for (const std::string& name : cases_of(special.name)) {
      for (bool keep : {false, true}) {
        expect(name, keep, {special.id, special.role, false});
        expect(name + "X", keep, {NameId::none, KeyRole::count, false});
        expect("X" + name, keep, {NameId::none, KeyRole::count, false});
        expect(name + "-", keep, {NameId::none, KeyRole::count, false});
      }
    }
    // One byte changed makes another field, in 0x20 too: "@" is no "`".
    std::string changed = special.name;
    for (size_t i = 0; i < changed.size(); i++) {
      for (char other : {'!', '`', '~', '^', '9'}) {
        changed[i] = other;
        expect(changed, false, {NameId::none, KeyRole::count, false});
      }
      changed[i] = special.name[i];
    }
  }
}

TEST("a name with an underscore becomes no variable, or that of its dashes and never one that frames") {
  for (std::string_view variable : listed_names()) {
    if (!variable.starts_with("HTTP_")) continue;
    for (size_t at = 0; at + 5 < variable.size(); at++) {
      if (variable[at + 5] != '_') continue;
      std::string field = field_of(variable, at);
      bool reserved = variable == "HTTP_CONTENT_LENGTH" || variable == "HTTP_CONTENT_TYPE" || variable == "HTTP_TRANSFER_ENCODING";
      for (const std::string& name : cases_of(field)) {
        expect(name, false, {kNoVariable, KeyRole::count, true});
        expect(name, true, {reserved ? kNoVariable : reference_name(variable), KeyRole::count, true});
      }
    }
  }
  for (const char* name : {"_", "a_", "_a", "x_y-z", "HOST_", "_PROXY"}) {
    expect(name, false, {kNoVariable, KeyRole::count, true});
    expect(name, true, {NameId::none, KeyRole::count, true});
  }
}

TEST("names of all lengths, known beginnings and ends included") {
  for (size_t size = 1; size < 300; size++) {
    expect(std::string(size, 'q'), false, {NameId::none, KeyRole::count, false});
    expect(std::string(size, 'q') + "_", true, {NameId::none, KeyRole::count, true});
    expect("UPGRADE-INSECURE-REQUESTS" + std::string(size, 'S'), false, {NameId::none, KeyRole::count, false});
    expect(std::string(size, 'X') + "USER-AGENT", false, {NameId::none, KeyRole::count, false});
  }
}

TEST("a variable has HTTP_, capitals and underscores; all else stays") {
  for (int byte = 0; byte < 256; byte++) {
    std::string name = {'a', static_cast<char>(byte), '-', 'z'};
    char expected = static_cast<char>(byte >= 'a' && byte <= 'z' ? byte - 32 : byte == '-' ? '_' : byte);
    std::string out(kHttpPrefixBytes + name.size(), '\xEE');
    ExactBlock block(name);
    ExactBlock room(out);
    write_variable_name(block.bytes(), room.data());
    CHECK_EQUAL(std::string(reinterpret_cast<char*>(room.data()), out.size()), std::string("HTTP_A") + expected + "_Z");
  }
}

std::string variable_of(std::string_view name) {
  std::string out(kHttpPrefixBytes + name.size(), '\0');
  write_variable_name({reinterpret_cast<const uint8_t*>(name.data()), name.size()}, reinterpret_cast<uint8_t*>(out.data()));
  return out;
}

/// A list of names as they might stand in a head, and which of them are the first of their variable.
class Names {
 public:
  void add(std::string_view name) {
    keys_.push_back({static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(name.size()), 0, 0});
    variables_.push_back(variable_of(name));
    text_ += name;
  }

  void check() const {
    ExactBlock block(text_);
    FieldGroups groups;
    std::map<std::string, uint32_t> firsts;
    for (uint32_t i = 0; i < keys_.size(); i++) {
      Doing doing("name", i);
      CHECK_EQUAL(groups.first_of(block.bytes(), keys_.data(), i), firsts.try_emplace(variables_[i], i).first->second);
    }
    // Those that were there are found again.
    for (uint32_t i = 0; i < keys_.size(); i++) CHECK_EQUAL(groups.first_of(block.bytes(), keys_.data(), i), firsts[variables_[i]]);
  }

  size_t size() const { return keys_.size(); }

 private:
  std::string text_;
  std::vector<VarRecord> keys_;
  std::vector<std::string> variables_;
};

TEST("lines of one variable are found whatever the case, and with underscores for dashes") {
  Names names;
  for (const char* name : {"x-a", "X-A", "x_a", "X_A", "x-b", "xa", "x-a-", "X-a", "", "-", "_", "a", "A", "`", "@", "{", "[", "\x7F", "_a"}) names.add(name);
  names.check();
}

TEST("as many lines as there may be, all different, all the same, and in pairs") {
  for (const char* prefix : {"", "x-", "a-long-name-that-all-of-them-begin-with-"}) {
    Names different, backwards, same, pairs;
    for (uint32_t i = 0; i < kMaxFieldLines; i++) {
      different.add(prefix + std::to_string(i));
      backwards.add(prefix + std::to_string(kMaxFieldLines - i));
      same.add(std::string(prefix) + (i % 2 == 0 ? "y" : "Y"));
      pairs.add(prefix + std::to_string(i % (kMaxFieldLines / 2)));
    }
    for (const Names* names : {&different, &backwards, &same, &pairs}) {
      CHECK_EQUAL(names->size(), size_t{kMaxFieldLines});
      names->check();
    }
  }
}

TEST("random lines, of few letters so that many are alike") {
  RandomNumbers random(21);
  const std::string_view letters = "aAbB-_";
  for (int round = 0; round < 300; round++) {
    Names names;
    for (size_t count = random.below(kMaxFieldLines + 1); count > 0; count--) {
      std::string name;
      for (size_t size = 1 + random.below(4); size > 0; size--) name += letters[random.below(letters.size())];
      names.add(name);
    }
    names.check();
  }
}

TEST("a variable is that of a name when it is what is written for it") {
  const std::vector<std::string> names = {"a", "A", "-", "_", "x-a", "X_A", "x-b", "xa", "\xFF", "{", "["};
  for (const std::string& name : names) {
    for (const std::string& other : names) {
      for (std::string variable : {variable_of(other), "HTTP_" + other, other, variable_of(other).substr(0, 5), "HTTQ_" + variable_of(other).substr(5)}) {
        ExactBlock block(variable);
        ExactBlock field(name);
        CHECK_EQUAL(is_variable_of(field.bytes(), block.bytes()), variable == variable_of(name));
      }
    }
  }
}

TEST("the order of variables: equal ones are equal, and others are ordered the same both ways") {
  const std::vector<std::string> names = {"", "a", "A", "b", "-", "_", "aa", "a-", "A_", "ab", "\xFF", "\x80", "zz", "Z{", "Z["};
  auto bytes_of = [](const std::string& text) { return Bytes{reinterpret_cast<const uint8_t*>(text.data()), text.size()}; };
  for (const std::string& a : names) {
    for (const std::string& b : names) {
      int order = compare_variables(bytes_of(a), bytes_of(b));
      int other = compare_variables(bytes_of(b), bytes_of(a));
      CHECK_EQUAL(order == 0, variable_of(a) == variable_of(b));
      CHECK((order < 0) == (other > 0) && (order > 0) == (other < 0));
    }
  }
}

}  // namespace
