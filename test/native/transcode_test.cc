// write_request_packet: the exact bytes, whatever room there is; what may be replaced; and not a byte read or written outside of what was
// given, since input, constants, replacements and packet all end at unmapped pages.
#include "core/transcode.h"

#include <string>
#include <vector>

#include "check.h"
#include "feedings.h"
#include "random_numbers.h"
#include "reference_transcode.h"
#include "request_vars.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

/// What is written, and with which fault.
struct Packet {
  EncodeFault fault;
  std::string bytes;
  bool operator==(const Packet&) const = default;
};

std::string shown(const Packet& packet) {
  return "fault " + std::to_string(static_cast<int>(packet.fault)) + ", " + test::shown(packet.bytes);
}

constexpr size_t kMostRoom = 280000;

/// Memory before the packet that nobody has a say in; it is looked at as far as a few blocks reach.
constexpr size_t kWatched = 256;

/// All that a packet is made of. The options that heads are decoded with are the open limits.
struct Task {
  std::string head;
  Pairs constants = {};
  Replacing replacing = {};
  std::string mount = "";
  uint32_t traits = 0;
  uint8_t modifier1 = 0;
  uint8_t modifier2 = 0;
};

class Writer {
 public:
  /// `behind`: bytes of input behind the head.
  Packet write(const Task& task, size_t room, std::string_view behind = "") {
    RequestOptions options = {};
    options.limits = open_limits();
    options.mount = bytes_of(task.mount);
    options.traits = task.traits;
    Bytes input = pages().ending(task.head + std::string(behind));
    CHECK_EQUAL(reader_.decode(input, options, *shapes_), complete());
    std::string text;
    std::vector<uint32_t> lengths;
    for (const auto& [name, value] : task.replacing) {
      text += name + value.value_or("");
      lengths.push_back(static_cast<uint32_t>(name.size()));
      lengths.push_back(value ? static_cast<uint32_t>(value->size()) : kNoValue);
    }
    PacketOptions packet = {constants_.ending(vars_block(task.constants)), {replaced_.ending(text), lengths.data(), static_cast<uint32_t>(task.replacing.size())},
                            task.modifier1, task.modifier2};
    return write_to(input, packet, room);
  }

  Packet write_to(Bytes input, const PacketOptions& packet, size_t room) {
    uint8_t* out = const_cast<uint8_t*>(out_.ending(std::string(room, '\xEE')).data);
    uint8_t* before = const_cast<uint8_t*>(out_.ending(std::string(kWatched, '\xDD') + std::string(room, '\xEE')).data);
    EncodeResult result = write_request_packet(input, reader_.text(), reader_.index, packet, out, room);
    CHECK(std::string(reinterpret_cast<char*>(before), kWatched) == std::string(kWatched, '\xDD'));
    CHECK_EQUAL(result.fault == EncodeFault::none, result.written > 0);
    CHECK(result.written <= room);
    return {result.fault, std::string(reinterpret_cast<char*>(out), result.written)};
  }

 private:
  RequestReader reader_;
  std::unique_ptr<ShapeTable> shapes_ = std::make_unique<ShapeTable>();
  GuardedPages out_{kMostRoom + kWatched};
  GuardedPages constants_{kMostRoom};
  GuardedPages replaced_{kMostRoom};
};

Writer& writer() {
  static Writer shared;
  return shared;
}

std::string expected_of(const Task& task) {
  ReferenceEnviron environ = reference_environ(task.head, task.mount, (task.traits & kKeepUnderscores) != 0);
  return packet(vars_block(reference_vars_of(environ, task.constants, task.replacing)), task.modifier1, task.modifier2);
}

/// With so much room a packet is written without looking for the end of it: three bytes for each of the head, the constants, and some more.
size_t ample_room(const Task& task) { return 3 * task.head.size() + vars_block(task.constants).size() + 512; }

/// The same with just the size, on both sides of ample room, and with more than that; whatever bytes stand behind the head.
void expect_written(const Task& task) {
  std::string expected = expected_of(task);
  Doing doing(task.head.substr(0, 100).c_str());
  size_t ample = std::max(ample_room(task), expected.size());
  for (size_t behind : {0, 1, 15, 16, 31, 32, 33, 63, 64, 600}) {
    for (size_t room : {expected.size(), ample - 1, ample, ample + 1, ample + 5000}) {
      if (room < expected.size()) continue;
      CHECK_EQUAL(writer().write(task, room, std::string(behind, 'Z')), Packet{EncodeFault::none, expected});
    }
  }
}

/// Every room below the size is too little, and what is more changes nothing; so does input behind the head.
void expect_every_room(const Task& task) {
  std::string expected = expected_of(task);
  Doing doing(task.head.c_str());
  for (size_t room = 0; room < expected.size(); room++) CHECK_EQUAL(writer().write(task, room), Packet{EncodeFault::room, ""});
  for (size_t room = expected.size(); room < std::max(ample_room(task), expected.size()) + 70; room++) {
    CHECK_EQUAL(writer().write(task, room), Packet{EncodeFault::none, expected});
  }
  expect_written(task);
}

const Pairs kConstants = {{"SCRIPT_NAME", ""}, {"SERVER_NAME", "localhost"}, {"SERVER_PORT", "80"}, {"REMOTE_ADDR", ""}, {"REQUEST_SCHEME", "http"}};

TEST("the bytes of a small packet") {
  Task task = {"GET /%41?b HTTP/1.1\r\nHost: h\r\nX-y: 1\r\n\r\n", {{"K", "v"}}, {}, "", 0, 5, 7};
  std::string expected = packet(var("REQUEST_METHOD", "GET") + var("PATH_INFO", "/A") + var("QUERY_STRING", "b") + var("REQUEST_URI", "/%41?b") +
                                    var("RAW_URI", "/%41?b") + var("SERVER_PROTOCOL", "HTTP/1.1") + var("K", "v") + var("HTTP_HOST", "h") + var("HTTP_X_Y", "1"),
                                5, 7);
  CHECK_EQUAL(expected_of(task), expected);
  CHECK_EQUAL(writer().write(task, expected.size()), Packet{EncodeFault::none, expected});
}

const std::vector<std::string> kHeads = {
    "GET / HTTP/1.0\r\n\r\n",
    "GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\nX-Own: 1\r\nAccept: */*\r\n\r\n",
    "POST http://h:80 HTTP/1.1\r\nHost: x\r\nContent-Length: 007\r\nContent-Type: text/plain\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost:\r\nA:\r\nA:\r\nCookie: a\r\nCookie: b\r\n\r\n",
    "GET /app/x HTTP/1.1\r\nHost: h\r\nA-very-long-name-of-a-field-that-is-longer-than-one-block: v\r\nProxy: p\r\nX_U: u\r\nB: " + std::string(100, 'b') + "\r\n\r\n",
};

TEST("every room, with constants and without") {
  for (const std::string& head : kHeads) {
    expect_every_room({head});
    expect_every_room({head, kConstants, {}, "", kKeepUnderscores, 1, 255});
  }
  expect_every_room({kHeads[4], kConstants, {}, "/app"});
}

TEST("every room, with replacements of all kinds") {
  const Replacing replacing = {{"REQUEST_METHOD", "PUT"}, {"RAW_URI", std::nullopt}, {"SERVER_NAME", "a.example"}, {"REMOTE_ADDR", std::nullopt},
                               {"HTTP_X_OWN", std::nullopt}, {"HTTP_A", "x"}, {"NEW", "1"}, {"NEVER", std::nullopt}, {"EMPTY", ""}};
  for (const std::string& head : kHeads) expect_every_room({head, kConstants, replacing, "", kKeepUnderscores});
}

TEST("each variable can be replaced or left out, alone") {
  for (const std::string& head : kHeads) {
    Task task = {head, kConstants};
    ReferenceEnviron environ = reference_environ(head, "", false);
    std::vector<std::string> names = {"NOT_THERE", "HTTP_", "HTTP_PROXY", "HTTP_X_U", "HTTP_CONTENT_TYPE", "http_host", "REQUEST_METHOD_"};
    for (const Pairs& part : {environ.request_line, kConstants, environ.fields}) {
      for (const auto& [name, value] : part) names.push_back(name);
    }
    for (const std::string& name : names) {
      Doing doing(name.c_str());
      for (const std::optional<std::string>& value : {std::optional<std::string>(), std::optional<std::string>(""), std::optional<std::string>("v"),
                                                      std::optional<std::string>(std::string(1000, 'w'))}) {
        task.replacing = {{name, value}};
        std::string expected = expected_of(task);
        CHECK_EQUAL(writer().write(task, expected.size()), Packet{EncodeFault::none, expected});
        CHECK_EQUAL(writer().write(task, expected.size() - 1), Packet{EncodeFault::room, ""});
      }
    }
  }
}

TEST("a field that is left out or replaced by less needs no room") {
  for (size_t size : {100, 5000, 60000}) {
    for (const char* name : {"X-Big", "Cookie"}) {
      std::string variable = name[0] == 'X' ? "HTTP_X_BIG" : "HTTP_COOKIE";
      Task task = {"GET / HTTP/1.0\r\nB: 1\r\n" + std::string(name) + ": " + std::string(size, 'x') + "\r\nC: 2\r\n\r\n", kConstants};
      for (const std::optional<std::string>& value : {std::optional<std::string>(), std::optional<std::string>("small")}) {
        task.replacing = {{variable, value}};
        std::string expected = expected_of(task);
        CHECK_EQUAL(writer().write(task, expected.size()), Packet{EncodeFault::none, expected});
      }
    }
  }
}

TEST("a variable whose replacement is too large for the room") {
  Task task = {"GET / HTTP/1.0\r\nB: 1\r\nX-Y: 1\r\n\r\n", {}, {{"HTTP_X_Y", std::string(500, 'v')}}};
  expect_every_room(task);
}

TEST("65535 bytes of variables are the most; one more is too large, whatever the room") {
  auto task_of = [](const std::string& line, size_t block) {
    Task task = {"", kConstants};
    auto head_of = [&](size_t size) { return "GET / HTTP/1.0\r\n" + line + ": " + std::string(size, 'v') + "\r\n\r\n"; };
    task.head = head_of(1);
    size_t with_one = expected_of(task).size() - 4;
    task.head = head_of(1 + block - with_one);
    return task;
  };
  for (const char* line : {"X-Own", "User-Agent"}) {
    Task most = task_of(line, 65535);
    std::string expected = expected_of(most);
    CHECK_EQUAL(expected.size(), size_t{65539});
    for (size_t room : {size_t{65539}, size_t{65540}, kMostRoom}) CHECK_EQUAL(writer().write(most, room), Packet{EncodeFault::none, expected});
    for (size_t room : {size_t{0}, size_t{4}, size_t{65538}}) CHECK_EQUAL(writer().write(most, room), Packet{EncodeFault::room, ""});
    Task over = task_of(line, 65536 - 4);
    over.replacing = {{"Z", std::string(3, 'z')}};  // 2 + 1 + 2 + 3 bytes more
    for (size_t room : {size_t{4}, size_t{65539}, kMostRoom}) CHECK_EQUAL(writer().write(over, room), Packet{EncodeFault::too_large, ""});
    for (size_t block : {size_t{65536}, size_t{65537}, size_t{65600}}) {
      Task larger = task_of(line, block - 2000);
      larger.replacing = {{"Z", std::string(2000 - 5, 'z')}};
      for (size_t room : {size_t{4}, size_t{65539}, size_t{65540}, kMostRoom}) CHECK_EQUAL(writer().write(larger, room), Packet{EncodeFault::too_large, ""});
    }
  }
}

TEST("heads whose variables are longer than they are, with a target that is written three times") {
  Task task = {"GET /" + std::string(21000, 'a') + " HTTP/1.0\r\n\r\n"};
  std::string expected = expected_of(task);
  CHECK_EQUAL(writer().write(task, expected.size()), Packet{EncodeFault::none, expected});
  task.head = "GET /" + std::string(22000, 'a') + " HTTP/1.0\r\n\r\n";
  CHECK_EQUAL(writer().write(task, kMostRoom), Packet{EncodeFault::too_large, ""});
  task.replacing = {{"RAW_URI", std::nullopt}};
  expected = expected_of(task);
  CHECK_EQUAL(writer().write(task, expected.size()), Packet{EncodeFault::none, expected});
}

TEST("as many fields as there may be, each left out or replaced") {
  Task task = {"GET / HTTP/1.0\r\n"};
  Task replaced = task;
  for (uint32_t i = 0; i < kMaxFieldLines; i++) {
    task.head += "X-" + std::to_string(i) + ": v\r\n";
    task.replacing.push_back({"HTTP_X_" + std::to_string(kMaxFieldLines - 1 - i), std::nullopt});
    replaced.replacing.push_back({"HTTP_X_" + std::to_string(i), std::to_string(i)});
  }
  task.head += "\r\n";
  replaced.head = task.head;
  CHECK_EQUAL(task.replacing.size(), size_t{kMaxReplacedVars});
  for (const Task& each : {task, replaced}) {
    std::string expected = expected_of(each);
    CHECK_EQUAL(writer().write(each, expected.size()), Packet{EncodeFault::none, expected});
  }
}

TEST("lengths that do not cut the text, and names that are empty, are the caller's mistake") {
  writer().write({"GET / HTTP/1.0\r\nA: b\r\n\r\n"}, 1000);
  Bytes input = bytes_of("GET / HTTP/1.0\r\nA: b\r\n\r\n");
  auto fault_of = [&](std::string text, std::vector<uint32_t> lengths) {
    PacketOptions options = {{}, {bytes_of(text), lengths.data(), static_cast<uint32_t>(lengths.size() / 2)}, 0, 0};
    Packet seen = writer().write_to(input, options, kMostRoom);
    CHECK(seen.bytes.empty() == (seen.fault != EncodeFault::none));
    return seen.fault;
  };
  CHECK_EQUAL(fault_of("", {}), EncodeFault::none);
  CHECK_EQUAL(fault_of("ab", {1, 1}), EncodeFault::none);
  CHECK_EQUAL(fault_of("ab", {2, kNoValue}), EncodeFault::none);
  CHECK_EQUAL(fault_of("ab", {1, kNoValue, 1, 0}), EncodeFault::none);
  CHECK_EQUAL(fault_of("ab", {}), EncodeFault::lengths_disagree);
  CHECK_EQUAL(fault_of("ab", {1, 0}), EncodeFault::lengths_disagree);
  CHECK_EQUAL(fault_of("ab", {1, 2}), EncodeFault::lengths_disagree);
  CHECK_EQUAL(fault_of("ab", {1, 1, 1, 0}), EncodeFault::lengths_disagree);
  CHECK_EQUAL(fault_of("ab", {0xFFFFFFFF, 1}), EncodeFault::lengths_disagree);
  CHECK_EQUAL(fault_of("ab", {1, 0xFFFFFFFE}), EncodeFault::lengths_disagree);
  CHECK_EQUAL(fault_of("ab", {0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFE}), EncodeFault::lengths_disagree);
  CHECK_EQUAL(fault_of("ab", {0, 2}), EncodeFault::empty_key);
  CHECK_EQUAL(fault_of("ab", {1, 0, 0, 1}), EncodeFault::empty_key);
  std::vector<uint32_t> many;
  for (uint32_t i = 0; i < kMaxReplacedVars; i++) many.insert(many.end(), {1, 0});
  CHECK_EQUAL(fault_of(std::string(kMaxReplacedVars, 'k'), many), EncodeFault::none);
  many.insert(many.end(), {1, 0});
  CHECK_EQUAL(fault_of(std::string(kMaxReplacedVars + 1, 'k'), many), EncodeFault::lengths_disagree);
}

TEST("constants and replacements without an address") {
  Task task = {"GET / HTTP/1.0\r\n\r\n"};
  std::string expected = expected_of(task);
  writer().write(task, expected.size());
  PacketOptions options = {{nullptr, 0}, {{nullptr, 0}, nullptr, 0}, 0, 0};
  CHECK_EQUAL(writer().write_to(bytes_of(task.head), options, expected.size()), Packet{EncodeFault::none, expected});
}

TEST("values of all sizes around those of a block, in the middle and at the end of the memory") {
  for (size_t size = 0; size < 140; size++) {
    for (const char* name : {"X-Y", "Accept"}) {
      Task task = {"GET / HTTP/1.0\r\n" + std::string(name) + ":" + std::string(size, 'v') + "\r\nB:" + std::string(size, 'w') + "\r\n\r\n", {{"K", std::string(size, 'k')}}};
      std::string expected = expected_of(task);
      expect_written(task);
      task.replacing = {{"K", std::string(size, 'r')}, {"HTTP_B", std::string(size + 1, 's')}};
      expected = expected_of(task);
      CHECK_EQUAL(writer().write(task, expected.size()), Packet{EncodeFault::none, expected});
    }
  }
  // Longer ones are copied by the system.
  for (size_t size : {479, 480, 481, 511, 512, 513, 514, 1000, 8000}) {
    expect_written({"GET / HTTP/1.0\r\nX-Y:" + std::string(size, 'v') + "\r\n\r\n"});
  }
}

TEST("heads that become as much as they can for each of their bytes, with just ample room") {
  auto lines = [](uint32_t count, auto line) {
    std::string head;
    for (uint32_t i = 0; i < count; i++) head += line(i);
    return head;
  };
  const std::string one_letter = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+.^`|~";
  std::vector<std::string> heads = {
      "GET / HTTP/1.0\r\n\r\n",
      "GET http://h HTTP/1.0\r\n\r\n",
      "OPTIONS http://" + std::string(5000, 'h') + " HTTP/1.0\r\n\r\n",
      "GET http://" + std::string(5000, 'h') + "?q HTTP/1.0\r\n\r\n",
      "GET /" + std::string(21000, 'p') + " HTTP/1.0\r\n\r\n",
      "GET /?" + std::string(21000, 'q') + " HTTP/1.0\r\n\r\n",
      "GET /%41" + std::string(21000, 'p') + " HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.0\r\n" + lines(static_cast<uint32_t>(one_letter.size()), [&](uint32_t i) { return one_letter[i] + std::string(":\r\n"); }) + "\r\n",
      "GET / HTTP/1.0\r\n" + lines(kMaxFieldLines, [](uint32_t i) { return std::to_string(i) + ":\r\n"; }) + "\r\n",
      "GET / HTTP/1.0\r\n" + lines(kMaxFieldLines, [](uint32_t i) { return std::to_string(i / 2) + ":\r\n"; }) + "\r\n",
      "GET / HTTP/1.0\r\n" + lines(kMaxFieldLines, [](uint32_t) { return "te:\r\n"; }) + "\r\n",
      "GET / HTTP/1.0\r\nTE:\r\nDNT:\r\nVia:\r\nDate:\r\nCookie:\r\nUpgrade-Insecure-Requests:\r\nContent-Length:0\r\nHost:\r\nContent-Type:\r\n\r\n",
      "GET / HTTP/1.0\r\n" + std::string(60000, 'n') + ":\r\n\r\n",
  };
  for (const std::string& head : heads) {
    expect_written({head});
    expect_written({head, {{"K", "v"}}});
    expect_written({head, {{"K", std::string(2000, 'v')}}});
  }
  // What has ample room and is too large all the same.
  for (const std::string& head : {"GET / HTTP/1.0\r\n" + std::string(65500, 'n') + ":\r\n\r\n", "GET /" + std::string(65000, 'p') + " HTTP/1.0\r\n\r\n",
                                  "GET / HTTP/1.0\r\nA:" + std::string(65500, 'v') + "\r\n\r\n"}) {
    for (size_t room : {ample_room({head}), ample_room({head}) - 1, kMostRoom}) CHECK_EQUAL(writer().write({head}, room), Packet{EncodeFault::too_large, ""});
  }
}

}  // namespace
