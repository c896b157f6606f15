// The entry points for what follows heads, and for response heads.
#include <map>

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

/// What JavaScript hands over: the values joined, and their lengths; and, once for those that come again, status and names.
struct ResponseText {
  Item values;
  std::vector<uint32_t> lengths;
  uint32_t form;
};

std::vector<std::string> values_of(const std::vector<std::string>& responses) {
  std::vector<std::string> texts;
  for (const std::string& response : responses) {
    std::string text;
    std::vector<std::string> parts = parts_of(response, 0);
    for (size_t i = 2; i < parts.size(); i += 2) text += parts[i];
    texts.push_back(std::move(text));
  }
  return texts;
}

/// Heads whose names have come before. There are fewer sets of names in the inputs than forms that are kept.
struct EncodeResponseHead {
  explicit EncodeResponseHead(const std::vector<std::string>& responses) : copies(values_of(responses)) {
    std::map<std::vector<std::string>, uint32_t> known;
    for (size_t i = 0; i < responses.size(); i++) {
      std::vector<std::string> parts = parts_of(responses[i], 0);
      ResponseText response = {copies.items[i], {}, 0};
      std::vector<std::string> names;
      for (size_t k = 0; k < parts.size(); k++) {
        if (k > 0 && k % 2 == 0) response.lengths.push_back(static_cast<uint32_t>(parts[k].size()));
        else names.push_back(parts[k]);
      }
      auto [place, is_new] = known.try_emplace(names, 0);
      if (is_new) place->second = form_of_names(names);
      response.form = place->second;
      items.push_back(std::move(response));
    }
  }

  int64_t operator()(const ResponseText& response) {
    HeadEncodeResult result = encode_response_head(*forms, response.form, {response.values.data, response.values.size}, response.lengths.data(),
                                                   response.lengths.size(), out.data(), out.size());
    return result.fault == HeadFault::none ? static_cast<int64_t>(result.written) : -1;
  }
  static bool is_right(const ResponseText& response, int64_t size) { return size > static_cast<int64_t>(response.values.size); }

  std::vector<ResponseText> items;
  OwnCopies copies;
  std::unique_ptr<FormTable> forms = std::make_unique<FormTable>();
  std::vector<uint8_t> out = std::vector<uint8_t>(kMaxResponseHeadBytes);

 private:
  uint32_t form_of_names(const std::vector<std::string>& names) {
    std::string text;
    std::vector<uint32_t> lengths;
    for (const std::string& name : names) {
      text += name;
      lengths.push_back(static_cast<uint32_t>(name.size()));
    }
    Bytes bytes = {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
    return make_head_form(*forms, bytes, lengths.data(), lengths.size(), true).form.number;
  }
};

/// The heads that the encoder makes of the input.
std::vector<std::string> encoded(const std::vector<std::string>& responses) {
  EncodeResponseHead encoder(responses);
  std::vector<std::string> heads;
  for (const ResponseText& response : encoder.items) {
    int64_t size = encoder(response);
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
