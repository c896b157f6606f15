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

/// The same for names without "_", by what find_field_name says of them.
struct FieldTable {
  FieldName of[256];
};
extern const FieldTable kFields;

/// Writes the variable that a field of no well-known name becomes. `out` has room for kHttpPrefixBytes + name.size bytes.
void write_variable_name(Bytes name, uint8_t* out);
constexpr size_t kHttpPrefixBytes = 5;

/// Sixteen bytes of a field name as they stand in the name of its variable, without regard to where the name ends.
GATEWIRE_INLINE void write_variable_block(const uint8_t* name, uint8_t* out) {
  Block16 block = load_block(name);
  Block16 letters = reinterpret_cast<Block16>(block - uint8_t{'a'} < uint8_t{26});
  Block16 dashes = reinterpret_cast<Block16>(block == uint8_t{'-'});
  block ^= (letters & uint8_t{'a' ^ 'A'}) | (dashes & uint8_t{'-' ^ '_'});
  __builtin_memcpy(out, &block, sizeof block);
}

/// Whether `variable` is the one that such a field becomes.
bool is_variable_of(Bytes name, Bytes variable);

/// The order of the variables that two field names become: 0 when they are the same, else below or above 0. An order of no meaning.
int compare_variables(Bytes a, Bytes b);

/// The first of several field lines that become the same variable, found without comparing each with each: by order, since whoever sends
/// a head could choose names that any hash takes for alike.
class FieldGroups {
 public:
  /// `position` of `name`, or that of an earlier name that becomes the same variable. At most kMaxFieldLines names, of `input`.
  uint32_t first_of(Bytes input, const VarRecord* keys, uint32_t position);

 private:
  uint16_t ordered_[kMaxFieldLines];  // positions of first lines, in the order of their variables
  uint32_t count_ = 0;
};

}  // namespace gatewire
