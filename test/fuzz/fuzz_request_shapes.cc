// Many request heads, one shape table: whatever came before, each head has the variables that an empty table and a plain second reading
// give it, and a slot that belongs to its own names. The input is a list of heads: a byte that chooses traits, form, version and kernel,
// one byte for each field line, and FF at the end, so that a finding holds all of the history it needs.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/kernel.h"
#include "decoded_packet.h"
#include "exact_block.h"
#include "reference_environ.h"
#include "request_vars.h"
#include "require.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

constexpr char kEndOfHead = '\xFF';
constexpr size_t kMaxHeads = 300;

/// The names that have a meaning, or become a variable of their own, in several cases.
const std::vector<std::string> kKnown = {"Host", "host", "Content-Length", "CONTENT-LENGTH", "Content-Type", "Connection", "Upgrade", "Expect",
    "Transfer-Encoding", "Cookie", "cookie", "COOKIE", "Accept", "User-Agent", "Proxy", "X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For",
    "Content_Length", "Content_Type", "Transfer_Encoding", "Host_", "Upgrade-Insecure-Requests", "Sec-Fetch-Mode", "If-None-Match", "TE"};

/// The name that a byte stands for. The low bits choose how it looks; the high bits make variants, most of which have the same hash, so
/// that four of them fill a set and the fifth has to fight for its place.
std::string name_of(uint8_t byte) {
  std::string variant(1, static_cast<char>('A' + byte / 8 % 26));
  switch (byte % 8) {
    case 0: return kKnown[byte / 8 % kKnown.size()];
    case 1: return "X-" + variant;
    case 2: return variant + "ccept-Language";
    case 3: return variant + "-Forwarded-Host";
    case 4: return variant + "_Forwarded-Host";
    case 5: return variant + std::string(31, 'k');
    case 6: return variant + std::string(32, 'k');
    default: return std::string(36, 'k') + variant + std::string(50, 'k');
  }
}

std::string value_of(const std::string& name, size_t position) {
  std::string upper = upper_case(name);
  if (upper == "CONTENT-LENGTH") return "7";
  if (upper == "TRANSFER-ENCODING") return "chunked";
  if (upper == "EXPECT") return "100-continue";
  if (upper == "CONNECTION") return "Upgrade, close";
  if (upper == "HOST") return "h:80";
  return std::string(position * 31 % 70, static_cast<char>('a' + position % 26));
}

struct Head {
  RequestOptions options;
  std::string bytes;
  std::string shape;  // all that a shape depends on
};

Head head_of(std::string_view choices) {
  uint8_t first = static_cast<uint8_t>(choices[0]);
  bool absolute = (first & 8) != 0;
  Head head = {};
  head.options.limits = open_limits();
  head.options.traits = first % kRequestTraits;
  head.bytes = std::string("GET ") + (absolute ? "http://other" : "") + "/%41?b HTTP/1." + ((first & 16) != 0 ? "0" : "1") + "\r\n";
  head.shape = std::string(1, static_cast<char>(first % 16));
  for (size_t i = 1; i < choices.size(); i++) {
    std::string name = name_of(static_cast<uint8_t>(choices[i]));
    head.bytes += name + ": " + value_of(name, i) + "\r\n";
    head.shape += name + ":";
  }
  head.bytes += "\r\n";
  return head;
}

void choose(uint8_t number) {
  uint32_t count = 0;
  while (kernel_name(count) != nullptr) count++;
  choose_kernel(kernel_name(number % count));
}

/// Tables of one input; emptied where they were used, for filling a megabyte with zeros would take most of the time.
struct Tables {
  RequestReader reader;
  RequestReader other_reader;
  std::unique_ptr<ShapeTable> old_table = empty_shape_table();
  std::unique_ptr<ShapeTable> new_table = empty_shape_table();
  std::map<std::pair<uint32_t, uint32_t>, std::string> known;

  static void forget(ShapeTable& table) {
    for (ShapeHint& hint : table.hints) hint = {};
    for (uint32_t& latest : table.latest) latest = 0;
    table.last_prefix = 0;
    table.last_serial = 0;
  }

  void empty() {
    for (const auto& [shape, unused] : known) old_table->shapes[shape.first] = {};
    known.clear();
    forget(*old_table);
  }

  RequestVars read_with_empty_table(Bytes input, const RequestOptions& options) {
    other_reader.index.shape_slot = kNoShape;
    RequestVars seen = other_reader.read(input, options, *new_table);
    if (other_reader.index.shape_slot != kNoShape) new_table->shapes[other_reader.index.shape_slot] = {};
    forget(*new_table);
    return seen;
  }
};

void check_head(Tables& tables, const Head& head) {
  ExactBlock block(head.bytes);
  HeadIndex& index = tables.reader.index;
  index.shape_slot = kNoShape;
  RequestVars seen = tables.reader.read(block.bytes(), head.options, *tables.old_table);
  if (index.shape_slot != kNoShape) {
    REQUIRE(tables.old_table->shapes[index.shape_slot].serial == index.shape_serial);
    REQUIRE(tables.known.try_emplace({index.shape_slot, index.shape_serial}, head.shape).first->second == head.shape);
  }
  REQUIRE(seen == tables.read_with_empty_table(block.bytes(), head.options));
  if (seen.verdict.outcome != Outcome::complete) return;
  ReferenceEnviron environ = reference_environ(head.bytes, "", (head.options.traits & kKeepUnderscores) != 0);
  Pairs all = environ.request_line;
  all.insert(all.end(), environ.fields.begin(), environ.fields.end());
  REQUIRE(seen.vars == all);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Tables tables;
  tables.empty();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (size_t heads = 0; heads < kMaxHeads && !rest.empty(); heads++) {
    std::string_view choices = rest.substr(0, rest.find(kEndOfHead));
    rest.remove_prefix(std::min(choices.size() + 1, rest.size()));
    if (choices.empty()) continue;
    choose(static_cast<uint8_t>(choices[0]) >> 5);
    check_head(tables, head_of(choices));
  }
  return 0;
}
