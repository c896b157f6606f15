// See request_head.h for the records, field_names.h and framing.h for what fields mean.
#include "request_head.h"

#include "field_names.h"
#include "framing.h"
#include "grammar.h"
#include "kernel.h"
#include "request_target.h"

namespace gatewire {
namespace {

constexpr size_t kVersionBytes = 8;
constexpr size_t kMinMethodBytes = 3;
constexpr size_t kMaxMethodBytes = 20;

Bytes cut(Bytes input, uint32_t from, uint32_t to) { return {input.data + from, to - from}; }

void set_value(VarRecord& record, size_t from, size_t to) {
  record = {0, 0, static_cast<uint32_t>(from), static_cast<uint32_t>(to)};
}

// --- keys --------------------------------------------------------------------------------------------------------------------------

constexpr NameId kRequestVarIds[] = {
#define GATEWIRE_NAME(name) NameId::name,
    GATEWIRE_REQUEST_VARS(GATEWIRE_NAME)
#undef GATEWIRE_NAME
};

/// The first line of each variable that several lines make.
class FirstLines {
 public:
  explicit FirstLines(Bytes input, const VarRecord* keys) : input_(input), keys_(keys) {}

  /// `position`, whose variable has this id, or that of an earlier line with the same variable. Called for each line in turn.
  GATEWIRE_INLINE uint32_t of(uint32_t position, NameId id) {
    uint32_t number = static_cast<uint32_t>(id);
    uint64_t bit = uint64_t{1} << (number % 64);
    bool first = (seen_[number / 64] & bit) == 0;
    seen_[number / 64] |= bit;
    if (__builtin_expect(first, 1)) {
      first_[number] = static_cast<uint16_t>(position);
      return position;
    }
    if (id == kNoVariable) return position;
    return id == NameId::none ? groups_.first_of(input_, keys_, position) : first_[number];
  }

 private:
  Bytes input_;
  const VarRecord* keys_;
  uint64_t seen_[256 / 64] = {1};  // by id. Lines without a well-known name are told apart by their names, the first one as well
  uint16_t first_[256];            // by id, for those that have been seen
  FieldGroups groups_;
};

/// The KeyReader of request heads.
void read_field_names(Bytes input, uint32_t variant, HeadIndex& index) {
  NameId ids[kMaxFieldLines];
  NameId joined[kMaxFieldLines / 2];
  bool keep_underscores = ((variant - kRequestVariant) & kKeepUnderscores) != 0;
  bool dashes_only = kernel().find_field_names(input, index.keys, index.key_count, ids);
  KeyPositions roles[static_cast<uint32_t>(KeyRole::count) + 1] = {};  // the last one is for fields without a role
  FirstLines lines(input, index.keys);
  index.facts = {};
  for (uint32_t i = 0; i < index.key_count; i++) {
    const VarRecord& key = index.keys[i];
    FieldName name = kFields.of[static_cast<uint32_t>(ids[i])];
    if (!dashes_only) name = classify_field_name({input.data + key.key, key.key_length}, keep_underscores);
    ids[i] = name.id;
    roles[static_cast<uint32_t>(name.role)].add(i);
    if (name.underscore && index.facts.underscores++ == 0) index.facts.first_underscore = static_cast<uint16_t>(i);
    uint32_t first = lines.of(i, name.id);
    if (__builtin_expect(first == i, 1)) continue;
    if (ids[first] != kJoined) joined[index.facts.repeated++] = ids[first];
    ids[first] = ids[i] = kJoined;
  }
  copy_bytes(index.facts.roles, roles, sizeof index.facts.roles);
  index.var_count = kRequestVars + index.key_count + index.facts.repeated;
  NameId* out = index.ids();
  copy_bytes(out, kRequestVarIds, kRequestVars);
  if (index.facts.of(KeyRole::host).count == 0 && ((variant - kRequestVariant) & kAbsoluteForm) == 0) out[VAR_HTTP_HOST] = kNoVariable;
  if (index.facts.of(KeyRole::content_length).count == 0) out[VAR_CONTENT_LENGTH] = kNoVariable;
  copy_bytes(out + kRequestVars, ids, index.key_count);
  copy_bytes(out + kRequestVars + index.key_count, joined, index.facts.repeated);
}

// --- values that do not stand in the input -------------------------------------------------------------------------------------------

/// Appends to the text behind the head.
class Derived {
 public:
  Derived(uint8_t* text, HeadIndex& index) : text_(text), index_(index) {}

  size_t end() const { return size_t{index_.byte_length} + index_.derived_size; }
  uint8_t* out() { return text_ + end(); }
  void grow(size_t size) { index_.derived_size += static_cast<uint32_t>(size); }
  void add(Bytes bytes) {
    copy_bytes(out(), bytes.data, bytes.size);
    grow(bytes.size);
  }

 private:
  uint8_t* text_;
  HeadIndex& index_;
};

/// Where a head has repeated fields, which is rare: the values of each, in order, as the value of one more record. Groups are ordered by
/// their second line, as read_field_names has counted them.
void join_repeated(Bytes input, HeadIndex& index, Derived derived) {
  uint16_t next[kMaxFieldLines];
  uint16_t last[kMaxFieldLines];
  uint16_t group[kMaxFieldLines / 2];
  FieldGroups groups;
  uint32_t count = 0;
  const NameId* ids = index.ids() + kRequestVars;
  for (uint32_t i = 0; i < index.key_count; i++) {
    if (ids[i] != kJoined) continue;
    uint32_t first = groups.first_of(input, index.keys, i);
    next[i] = 0;
    if (first != i) {
      if (last[first] == first) group[count++] = static_cast<uint16_t>(first);
      next[last[first]] = static_cast<uint16_t>(i);
    }
    last[first] = static_cast<uint16_t>(i);
  }
  VarRecord* records = index.keys + index.key_count;
  for (uint32_t g = 0; g < count; g++) {
    uint32_t i = group[g];
    records[g] = index.keys[i];
    records[g].value = static_cast<uint32_t>(derived.end());
    // Cookies are the exception: their list has its own separator (RFC 6265 section 5.4).
    bool cookie = ids[index.key_count + g] == NameId::HTTP_COOKIE;
    derived.add(cut(input, index.keys[i].value, index.keys[i].value_end));
    while ((i = next[i]) != 0) {
      derived.add({reinterpret_cast<const uint8_t*>(cookie ? "; " : ", "), 2});
      derived.add(cut(input, index.keys[i].value, index.keys[i].value_end));
    }
    records[g].value_end = static_cast<uint32_t>(derived.end());
  }
}

/// PATH_INFO: the path, percent-decoded once, behind the mount point, which is matched where a segment ends.
Verdict take_path(Bytes input, const RequestOptions& options, const RequestTarget& target, uint32_t target_at, HeadIndex& index,
                  Derived derived) {
  VarRecord& record = index.vars[VAR_PATH_INFO];
  Bytes path = {input.data + target_at + target.path, target.path_end - target.path};
  bool server_wide = target.form == TargetForm::asterisk;
  if (target.form == TargetForm::absolute && path.size == 0) {
    // An empty path is "/" (RFC 9110 section 4.2.3), but "*" with OPTIONS (RFC 9112 section 3.2.4).
    server_wide = index.vars[VAR_REQUEST_METHOD].value_end - index.vars[VAR_REQUEST_METHOD].value == 7 &&
                  equal_bytes(input.data + index.vars[VAR_REQUEST_METHOD].value, "OPTIONS", 7);
    path = {reinterpret_cast<const uint8_t*>("/"), 1};
  }
  if (server_wide) {
    set_value(record, target_at, target_at);
    return complete();
  }
  size_t at = target_at + target.path;
  bool stands = target.path < target.path_end && find_byte(path.data, 0, path.size, '%') == path.size;
  if (!stands) {
    at = derived.end();
    uint8_t* out = derived.out();
    path = {out, percent_decode(path, out)};
    derived.grow(path.size);
  }
  size_t mount = options.mount.size;
  bool below = mount == 0 || (path.size >= mount && equal_bytes(path.data, options.mount.data, mount) &&
                              (path.size == mount || path.data[mount] == '/'));
  if (!below) return refuse(Refusal::ERR_HTTP_OUTSIDE_MOUNT, target_at);
  set_value(record, at + mount, at + path.size);
  return complete();
}

// --- what a head means as a whole ----------------------------------------------------------------------------------------------------

Verdict judge_host(Bytes input, uint32_t minor, const RequestTarget& target, uint32_t target_at, HeadIndex& index) {
  const KeyPositions& hosts = index.facts.of(KeyRole::host);
  VarRecord& record = index.vars[VAR_HTTP_HOST];
  set_value(record, target_at, target_at);
  if (hosts.count > 1) return refuse(Refusal::ERR_HTTP_HOST_REPEATED, index.keys[hosts.last].key);
  if (hosts.count == 0 && minor == 1) return refuse(Refusal::ERR_HTTP_HOST_MISSING, index.byte_length);
  if (hosts.count == 1) {
    const VarRecord& field = index.keys[hosts.first];
    Bytes host = cut(input, field.value, field.value_end);
    size_t fault = check_host(host);
    if (fault < host.size) return refuse(Refusal::ERR_HTTP_BAD_HOST, field.value + fault);
    set_value(record, field.value, field.value_end);
  }
  // RFC 9112 section 3.2.2: the authority of the target counts, whatever Host says.
  if (target.form == TargetForm::absolute) set_value(record, target_at + target.authority, target_at + target.authority_end);
  return complete();
}

Verdict judge_method(Bytes method, size_t at) {
  if (method.size < kMinMethodBytes || method.size > kMaxMethodBytes) return refuse(Refusal::ERR_HTTP_METHOD_NOT_SUPPORTED, at);
  for (size_t i = 0; i < method.size; i++) {
    if (method.data[i] >= 'a' && method.data[i] <= 'z') return refuse(Refusal::ERR_HTTP_METHOD_NOT_SUPPORTED, at);
  }
  return method.size == 7 && equal_bytes(method.data, "CONNECT", 7) ? refuse(Refusal::ERR_HTTP_CONNECT, at) : complete();
}

consteval uint64_t word_of(const char* text) {
  uint64_t word = 0;
  for (uint32_t i = 0; text[i] != 0; i++) word |= static_cast<uint64_t>(static_cast<uint8_t>(text[i])) << (8 * i);
  return word;
}

constexpr uint64_t kMethodWords[] = {
#define GATEWIRE_METHOD(method) word_of(#method),
    GATEWIRE_METHODS(GATEWIRE_METHOD)
#undef GATEWIRE_METHOD
};

/// A perfect hash of them: a multiplier, searched at compile time, gives each a slot of its own.
struct MethodTable {
  static constexpr uint32_t kSlotBits = 4;

  uint64_t multiplier;
  uint64_t words[1u << kSlotBits];
  uint8_t numbers[1u << kSlotBits];

  constexpr uint32_t slot_of(uint64_t word) const { return static_cast<uint32_t>(word * multiplier >> (64 - kSlotBits)); }
};

consteval MethodTable make_method_table() {
  for (uint64_t multiplier = 0x9E3779B97F4A7C15ull;; multiplier = multiplier * 0xD1342543DE82EF95ull + 2) {
    MethodTable table = {multiplier, {}, {}};
    uint8_t number = 0;
    bool clash = false;
    for (uint64_t word : kMethodWords) {
      uint32_t slot = table.slot_of(word);
      clash |= table.numbers[slot] != 0;
      table.words[slot] = word;
      table.numbers[slot] = ++number;
    }
    if (!clash) return table;
  }
}

constexpr MethodTable kMethodTable = make_method_table();

/// The number of a method that is followed by more than eight bytes of a request line.
uint8_t number_of(Bytes method) {
  uint64_t word = method.size < 8 ? load64(method.data) & ~(~uint64_t{0} << (8 * method.size)) : 0;
  uint32_t slot = kMethodTable.slot_of(word);
  return kMethodTable.words[slot] == word ? kMethodTable.numbers[slot] : 0;
}

void take_request_line(Bytes input, const RequestLines& lines, const RequestTarget& target, HeadIndex& index) {
  uint32_t at = lines.method_end + 1;
  set_value(index.vars[VAR_REQUEST_METHOD], lines.method, lines.method_end);
  set_value(index.vars[VAR_QUERY_STRING], at + target.query, at + target.query_end);
  set_value(index.vars[VAR_REQUEST_URI], at, lines.target_end);
  set_value(index.vars[VAR_SERVER_PROTOCOL], lines.target_end + 1, lines.target_end + 1 + kVersionBytes);
  set_value(index.vars[VAR_CONTENT_LENGTH], at, at);
  index.minor = static_cast<uint8_t>(lines.minor);
  index.method = number_of(cut(input, lines.method, lines.method_end));
  index.byte_length = lines.line;
  index.derived_size = 0;
  index.keys = index.vars + kRequestVars;
  index.key_count = lines.field_count;
  index.modifier1 = 0;
  index.modifier2 = 0;
}

/// By the hash of all names, which costs the same whatever was sent before: clients differ more than the front ends of a uwsgi server.
void identify(Bytes input, uint32_t variant, ShapeTable& shapes, HeadIndex& index) {
  ShapeTrace trace = {ShapeHash::of_variant(variant), nullptr, false, 0, nullptr};
  for (uint32_t i = 0; i < index.key_count; i++) {
    const VarRecord& key = index.keys[i];
    trace.hash.add(key_tail_behind(input.data + key.key, key.key_length), key.key_length);
  }
  identify_shape(shapes, input, variant, trace, read_field_names, index);
}

Verdict judge_fields(Bytes input, const RequestOptions& options, const RequestLines& lines, const RequestTarget& target, HeadIndex& index) {
  const KeyFacts& facts = index.facts;
  uint32_t target_at = lines.method_end + 1;
  if (options.refuse_underscores && facts.underscores > 0) return refuse(Refusal::ERR_HTTP_UNDERSCORE, index.keys[facts.first_underscore].key);
  Verdict verdict = judge_host(input, lines.minor, target, target_at, index);
  if (verdict.outcome != Outcome::complete) return verdict;
  Bytes length = {};
  verdict = decide_framing(input, lines.minor, options.limits, index, length);
  if (verdict.outcome != Outcome::complete) return verdict;
  if (length.size > 0) {
    size_t at = static_cast<size_t>(length.data - input.data);
    set_value(index.vars[VAR_CONTENT_LENGTH], at, at + length.size);
  }
  if (facts.of(KeyRole::content_type).count > 1) {
    return refuse(Refusal::ERR_HTTP_CONTENT_TYPE_REPEATED, index.keys[facts.of(KeyRole::content_type).last].key);
  }
  verdict = judge_method(cut(input, lines.method, lines.method_end), lines.method);
  if (verdict.outcome != Outcome::complete) return verdict;
  return decide_connection(input, lines.minor, index);
}

}  // namespace

Verdict read_head_lines(Bytes input, const Limits& limits, RequestLines& lines, VarRecord* fields) {
  return kernel().read_head(input, limits, lines, fields) ? complete() : read_request_lines(input, limits, lines, fields);
}

Verdict decode_request_head(Bytes input, const RequestOptions& options, RequestLines& lines, ShapeTable& shapes, HeadIndex& index,
                            uint8_t* text) {
  Verdict verdict = read_head_lines(input, options.limits, lines, index.vars + kRequestVars);
  return verdict.outcome == Outcome::complete ? interpret_request_head(input, options, lines, shapes, index, text) : verdict;
}

Verdict interpret_request_head(Bytes input, const RequestOptions& options, const RequestLines& lines, ShapeTable& shapes, HeadIndex& index,
                               uint8_t* text) {
  uint32_t target_at = lines.method_end + 1;
  RequestTarget target;
  Verdict verdict = split_target(cut(input, lines.method, lines.method_end), cut(input, target_at, lines.target_end), target);
  if (verdict.outcome != Outcome::complete) return refuse(verdict.refusal, target_at + verdict.offset);
  take_request_line(input, lines, target, index);
  uint32_t absolute = target.form == TargetForm::absolute ? kAbsoluteForm : 0u;
  identify(input, kRequestVariant + options.traits + absolute, shapes, index);
  verdict = judge_fields(input, options, lines, target, index);
  if (verdict.outcome != Outcome::complete) return verdict;
  Derived derived(text, index);
  verdict = take_path(input, options, target, target_at, index, derived);
  if (verdict.outcome != Outcome::complete) return verdict;
  if (index.facts.repeated > 0) join_repeated(input, index, derived);
  return complete();
}

}  // namespace gatewire
