// The entry points that take a request head.
#include "works.h"

#include "core/kernel.h"
#include "core/request_head.h"
#include "core/transcode.h"
#include "own_copies.h"

namespace gatewire::bench {
namespace {

/// What a decoder of heads writes to, as an environment of JavaScript has it.
struct HeadMemory {
  RequestOptions options = {};
  std::vector<uint32_t> words = std::vector<uint32_t>(head_index_words(max_request_records(kMaxFieldLines)));
  std::vector<uint32_t> wanted = std::vector<uint32_t>(kMaxWanted);
  std::vector<uint8_t> text = std::vector<uint8_t>(kRequestTextBytes);
  std::unique_ptr<ShapeTable> shapes = std::make_unique<ShapeTable>();

  HeadIndex new_index() {
    HeadIndex index;
    index.wanted = wanted.data();
    index.vars = reinterpret_cast<VarRecord*>(words.data());
    index.var_room = max_request_records(kMaxFieldLines);
    return index;
  }

  Outcome decode(const Item& item, HeadIndex& index) {
    RequestLines lines = {};
    return decode_request_head({item.data, item.size}, options, lines, *shapes, index, text.data()).outcome;
  }
};

bool takes_all(const Item& item, int64_t size) { return size == static_cast<int64_t>(item.size); }

/// The nearest that the core has to a head without ids of names: the kernel's reading of its lines, in which every byte is validated. What
/// a head means is not asked: target, Host, framing, connection.
struct ReadHead : OwnCopies {
  using OwnCopies::OwnCopies;
  HeadMemory memory = {};

  int64_t operator()(const Item& item) {
    RequestLines lines = {};
    auto* fields = reinterpret_cast<VarRecord*>(memory.words.data());
    Bytes input = {item.data, item.size};
    bool vouched = kernel().read_head(input, memory.options.limits, lines, fields);
    if (!vouched) read_request_lines(input, memory.options.limits, lines, fields);
    escape(lines);
    return lines.line;
  }
  static bool is_right(const Item& item, int64_t size) { return takes_all(item, size); }
};

/// A whole decoding: lines, ids and shape, what the head means, the path decoded.
struct DecodeRequestHead : OwnCopies {
  using OwnCopies::OwnCopies;
  HeadMemory memory = {};

  int64_t operator()(const Item& item) {
    HeadIndex index = memory.new_index();
    bool complete = memory.decode(item, index) == Outcome::complete;
    escape(index);
    return complete ? index.byte_length : -1;
  }
  static bool is_right(const Item& item, int64_t size) { return takes_all(item, size); }
};

std::string var(const std::string& key, const std::string& value) {
  std::string bytes;
  for (const std::string& text : {key, value}) {
    bytes += static_cast<char>(text.size() & 0xFF);
    bytes += static_cast<char>(text.size() >> 8);
    bytes += text;
  }
  return bytes;
}

/// Where packets go, and what a connection adds to them.
struct PacketMemory {
  std::vector<uint8_t> out = std::vector<uint8_t>(kPacketHeaderBytes + kMaxBlockBytes);
  std::string constants = var("SCRIPT_NAME", "") + var("REMOTE_ADDR", "192.0.2.17") + var("REMOTE_PORT", "50412") +
                          var("REQUEST_SCHEME", "http") + var("SERVER_NAME", "www.example.com") + var("SERVER_PORT", "8080");

  int64_t write(const Item& item, const uint8_t* text, const HeadIndex& index) {
    PacketOptions options = {};
    options.constants = {reinterpret_cast<const uint8_t*>(constants.data()), constants.size()};
    EncodeResult result = write_request_packet({item.data, item.size}, text, index, options, out.data(), out.size());
    return result.fault == EncodeFault::none ? static_cast<int64_t>(result.written) : -1;
  }
};

/// What transcodeHttpToUwsgi does: a whole decoding, and the packet of it.
struct Transcode : OwnCopies {
  using OwnCopies::OwnCopies;
  HeadMemory memory = {};
  PacketMemory packet = {};

  int64_t operator()(const Item& item) {
    HeadIndex index = memory.new_index();
    if (memory.decode(item, index) != Outcome::complete) return -1;
    return packet.write(item, memory.text.data(), index);
  }
  static bool is_right(const Item&, int64_t size) { return size > 0; }
};

struct DecodedHead {
  Item bytes;
  HeadIndex index;
  std::vector<uint32_t> words;
  std::vector<uint8_t> text;
};

/// The second half of that alone.
struct WriteRequestPacket {
  explicit WriteRequestPacket(const std::vector<std::string>& texts) : copies(texts) {
    HeadMemory memory;
    for (const Item& item : copies.items) {
      HeadIndex index = memory.new_index();
      index.var_count = 0;
      index.byte_length = index.derived_size = 0;
      memory.decode(item, index);
      const uint8_t* text = memory.text.data();
      items.push_back({item, index, {memory.words.begin(), memory.words.begin() + head_index_words(index.var_count)},
                       {text, text + index.byte_length + index.derived_size}});
    }
    for (DecodedHead& head : items) {
      head.index.vars = reinterpret_cast<VarRecord*>(head.words.data());
      head.index.keys = head.index.vars + kRequestVars;
    }
  }

  int64_t operator()(const DecodedHead& head) { return packet.write(head.bytes, head.text.data(), head.index); }
  static bool is_right(const DecodedHead&, int64_t size) { return size > 0; }

  std::vector<DecodedHead> items;
  OwnCopies copies;
  PacketMemory packet = {};
};

}  // namespace

std::vector<std::unique_ptr<Work>> head_works(const Input& input) {
  std::vector<std::unique_ptr<Work>> works;
  works.push_back(work_of("read_head", ReadHead(input.items)));
  works.push_back(work_of("decode_request_head", DecodeRequestHead(input.items)));
  works.push_back(work_of("transcode", Transcode(input.items)));
  works.push_back(work_of("write_request_packet", WriteRequestPacket(input.items)));
  return works;
}

}  // namespace gatewire::bench
