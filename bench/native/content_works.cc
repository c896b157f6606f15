// The entry points for what follows heads, and for response heads.
#include "core/chunked.h"
#include "core/response_head.h"
#include "own_copies.h"
#include "works.h"

namespace gatewire::bench {
namespace {

/// Chunked content that has come as a whole, piece by piece to its end.
struct DecodeChunked : OwnCopies {
  using OwnCopies::OwnCopies;
  ChunkLimits limits = {};
  std::vector<VarRecord> trailers = std::vector<VarRecord>(ChunkLimits{}.max_trailer_lines);

  int64_t operator()(const Item& item) {
    ChunkedContent state = {};
    size_t used = 0;
    for (;;) {
      ChunkedStep step = {};
      Outcome outcome = decode_chunked({item.data + used, item.size - used}, limits, state, trailers.data(), step).outcome;
      escape(step);
      used += step.used;
      if (outcome == Outcome::complete) return static_cast<int64_t>(used);
      if (outcome == Outcome::refused || step.content == 0) return -1;
    }
  }
  static bool is_right(const Item& item, int64_t size) { return size == static_cast<int64_t>(item.size); }
};

/// Status, names and values joined, and their lengths: what JavaScript hands over.
struct ResponseText {
  Item text;
  std::vector<uint32_t> lengths;
};

std::string joined(const std::string& parts) {
  std::string text;
  for (const std::string& part : parts_of(parts, 0)) text += part;
  return text;
}

std::vector<std::string> all_joined(const std::vector<std::string>& responses) {
  std::vector<std::string> texts;
  for (const std::string& parts : responses) texts.push_back(joined(parts));
  return texts;
}

int64_t encode(const ResponseText& response, std::vector<uint8_t>& out) {
  HeadEncodeResult result = encode_response_head({response.text.data, response.text.size}, response.lengths.data(), response.lengths.size(),
                                                 out.data(), out.size());
  return result.fault == HeadFault::none ? static_cast<int64_t>(result.written) : -1;
}

struct EncodeResponseHead {
  explicit EncodeResponseHead(const std::vector<std::string>& responses) : copies(all_joined(responses)) {
    for (size_t i = 0; i < responses.size(); i++) {
      ResponseText response = {copies.items[i], {}};
      for (const std::string& part : parts_of(responses[i], 0)) response.lengths.push_back(static_cast<uint32_t>(part.size()));
      items.push_back(std::move(response));
    }
  }

  int64_t operator()(const ResponseText& response) { return encode(response, out); }
  static bool is_right(const ResponseText& response, int64_t size) { return size > static_cast<int64_t>(response.text.size); }

  std::vector<ResponseText> items;
  OwnCopies copies;
  std::vector<uint8_t> out = std::vector<uint8_t>(kMaxResponseHeadBytes);
};

/// The heads that the encoder makes of the input.
std::vector<std::string> encoded(const std::vector<std::string>& responses) {
  EncodeResponseHead encoder(responses);
  std::vector<std::string> heads;
  for (const ResponseText& response : encoder.items) {
    int64_t size = encode(response, encoder.out);
    heads.emplace_back(reinterpret_cast<const char*>(encoder.out.data()), size > 0 ? static_cast<size_t>(size) : 0);
  }
  return heads;
}

struct DecodeResponseHead : OwnCopies {
  explicit DecodeResponseHead(const std::vector<std::string>& responses) : OwnCopies(encoded(responses)) {}
  std::vector<FieldRecord> fields = std::vector<FieldRecord>(kMaxResponseFields);

  int64_t operator()(const Item& item) {
    ResponseHead head = {};
    uint32_t count = 0;
    Outcome outcome = decode_response_head({item.data, item.size}, false, head, fields.data(), count).outcome;
    escape(head);
    return outcome == Outcome::complete ? head.line : -1;
  }
  static bool is_right(const Item& item, int64_t size) { return size > 0 && size == static_cast<int64_t>(item.size); }
};

}  // namespace

std::vector<std::unique_ptr<Work>> chunked_works(const Input& input) {
  std::vector<std::unique_ptr<Work>> works;
  works.push_back(work_of("decode_chunked", DecodeChunked(input.items)));
  return works;
}

std::vector<std::unique_ptr<Work>> response_works(const Input& input) {
  std::vector<std::unique_ptr<Work>> works;
  works.push_back(work_of("encode_response_head", EncodeResponseHead(input.items)));
  works.push_back(work_of("decode_response_head", DecodeResponseHead(input.items)));
  return works;
}

}  // namespace gatewire::bench
