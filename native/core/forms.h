// Forms: what is the same in everything that an encoder writes for the same names. A form is made of the names once, and of the values that are
// to be part of it; from then on the encoder gets the other values only, and fills them in.
//
//     piece │ blank │ piece │ blank │ piece        ; a blank behind each piece but the last
//
// The table is bounded. Forms are kept until it is full; which are worth it, and when all are forgotten, is for the caller to decide. A form
// that is not kept can be filled in until the next one is made.
#pragma once
#include "bytes.h"
#include "limits.h"

namespace gatewire {

constexpr uint32_t kForms = 256;
constexpr uint32_t kKeptFormBytes = 65536;
/// Names are part of one text: the shortest ones, each with marks and a size, take most.
constexpr uint32_t kMostFormBytes = kMaxBlockBytes * 9 + 128;
/// Pieces are copied as whole blocks of this size as long as there is room, and values in blocks of the other.
constexpr size_t kPieceBlock = 48;
constexpr size_t kValueBlock = 32;

/// Added to the length of what is not a name but the value of the name before it: it is part of the form, and leaves no blank.
constexpr uint32_t kValueOfForm = 0x80000000;
GATEWIRE_INLINE bool is_value_of_form(uint32_t length) { return (length & kValueOfForm) != 0; }

struct Form {
  uint32_t at;      // of the first piece
  uint32_t blanks;
  uint32_t bytes;   // of all pieces
  uint32_t mark;    // a number that the maker wants to see again
};

/// Zero-filled memory is an empty table.
struct FormTable {
  uint32_t count;  // of the forms that are kept
  uint32_t used;   // bytes of theirs
  Form forms[kForms + 1];
  uint8_t memory[kKeptFormBytes + kMostFormBytes + kPieceBlock];
};

/// Of a form that was just made.
struct MadeForm {
  uint32_t number;
  bool kept;
};

/// Makes one form, piece by piece. A piece stands in the table as its size, a word, and its bytes.
class FormMaker {
 public:
  explicit FormMaker(FormTable& table) : table_(table), form_{table.used, 0, 0, 0}, piece_(table.used), at_(table.used + kSizeBytes) {}

  /// More bytes of the piece that is being made. `readable`: so many stand from the first one on.
  GATEWIRE_INLINE void add(Bytes bytes, size_t readable) {
    // Nobody can ask for more than kMostFormBytes; should it happen, the form is cut short, and nothing else.
    size_t room = sizeof table_.memory - kPieceBlock - at_;
    size_t size = bytes.size < room ? bytes.size : room;
    if (__builtin_expect(size <= kValueBlock && readable >= kValueBlock, 1)) {
      __builtin_memcpy(table_.memory + at_, bytes.data, kValueBlock);
    } else if (size > 0) {
      copy_bytes(table_.memory + at_, bytes.data, size);
    }
    at_ += static_cast<uint32_t>(size);
  }
  template <size_t N>
  GATEWIRE_INLINE void add(const char (&literal)[N]) { add({reinterpret_cast<const uint8_t*>(literal), N - 1}, N - 1); }

  /// The piece is complete; a blank follows.
  GATEWIRE_INLINE void end_piece() {
    close_piece();
    form_.blanks++;
    piece_ = at_;
    at_ += kSizeBytes;
  }

  /// The last piece is complete.
  MadeForm finish(uint32_t mark, bool keep) {
    close_piece();
    form_.mark = mark;
    uint32_t number = table_.count;
    table_.forms[number] = form_;
    bool kept = keep && number + 1 < kForms && at_ <= kKeptFormBytes;
    if (kept) {
      table_.count = number + 1;
      table_.used = at_;
    }
    return {number, kept};
  }

  static constexpr size_t kSizeBytes = 4;

 private:
  GATEWIRE_INLINE void close_piece() {
    uint32_t size = at_ - piece_ - kSizeBytes;
    __builtin_memcpy(table_.memory + piece_, &size, sizeof size);
    form_.bytes += size;
  }

  FormTable& table_;
  Form form_;
  uint32_t piece_;
  uint32_t at_;
};

GATEWIRE_INLINE uint32_t size_of_piece(const uint8_t* piece) {
  uint32_t size;
  __builtin_memcpy(&size, piece, sizeof size);
  return size;
}

/// The form with this number; null when there is none.
inline const Form* form_of(const FormTable& table, uint32_t number) { return number <= table.count ? &table.forms[number] : nullptr; }

inline void forget_forms(FormTable& table) {
  table.count = 0;
  table.used = 0;
}

/// Writes a form and what is filled in. Never writes beyond `end`, and reads nothing beyond the values.
struct FormFiller {
  const uint8_t* piece;
  uint8_t* to;
  const uint8_t* end;

  FormFiller(const FormTable& table, const Form& form, uint8_t* out, size_t size) : piece(table.memory + form.at), to(out), end(out + size) {}

  GATEWIRE_INLINE void add_piece() {
    size_t size = size_of_piece(piece);
    piece += FormMaker::kSizeBytes;
    if (__builtin_expect(size <= kPieceBlock && static_cast<size_t>(end - to) >= kPieceBlock, 1)) {
      __builtin_memcpy(to, piece, kPieceBlock);
    } else {
      copy_bytes(to, piece, size);
    }
    to += size;
    piece += size;
  }

  /// `readable`: so many bytes stand from the first one of the value on.
  GATEWIRE_INLINE void add_value(Bytes value, size_t readable) {
    size_t blocks = (value.size / kValueBlock + 1) * kValueBlock;
    if (__builtin_expect(value.size <= kMostBlocks && blocks <= readable && blocks <= static_cast<size_t>(end - to), 1)) {
      for (size_t i = 0; i < blocks; i += kValueBlock) __builtin_memcpy(to + i, value.data + i, kValueBlock);
    } else if (value.size > 0) {  // what is empty may have no address
      copy_bytes(to, value.data, value.size);
    }
    to += value.size;
  }

  /// Larger values are for the copy of the system.
  static constexpr size_t kMostBlocks = 512;
};

}  // namespace gatewire
