// From field names to CGI variables: which variable a field becomes, and which fields become none (RFC 3875 section 4.1.18). Knows names,
// not values.
//
// A name becomes HTTP_ and the name with letters in upper case and "-" as "_". "_" in a name is therefore ambiguous (RFC 9110 section
// 17.10): such fields are dropped unless the options keep them, and even then never become a variable that frames or routes.
#pragma once
#include "bytes.h"
#include "head_index.h"
#include "limits.h"
#include "names.h"

namespace gatewire {

/// What a field name is, in a head where names with "_" are kept or not.
struct FieldName {
  NameId id;          // of its variable; none: a variable without a well-known name; kNoVariable: no variable
  KeyRole role;       // KeyRole::count: none
  bool underscore;
};
FieldName classify_field_name(Bytes name, bool keep_underscores);

/// Writes the variable that a field of no well-known name becomes. `out` has room for kHttpPrefixBytes + name.size bytes.
void write_variable_name(Bytes name, uint8_t* out);
constexpr size_t kHttpPrefixBytes = 5;

/// Whether two field names become the same variable.
bool same_variable(Bytes a, Bytes b);

/// The first of several field lines that become the same variable, found without comparing each with each.
class FieldGroups {
 public:
  /// `position` of `name`, or that of an earlier name that becomes the same variable. At most kMaxFieldLines names, of `input`.
  uint32_t first_of(Bytes input, const VarRecord* keys, uint32_t position);

 private:
  static constexpr uint32_t kSlots = 2048;
  static_assert(kMaxFieldLines <= kSlots / 2);
  uint16_t slots_[kSlots] = {};  // position + 1
};

}  // namespace gatewire
