// Sending of the table of sockets: what the system does not take at once is kept, in order, and sent when it takes more.
#include <algorithm>

#include "check.h"
#include "socket_peers.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

constexpr int kLittleRoom = 65536;

/// Sends pieces until some bytes wait. What was sent, all of it.
std::string fill(Table& table, uint32_t connection, const std::string& text, size_t piece) {
  size_t at = 0;
  int32_t result = 0;
  while (result == 0 && at < text.size()) {
    size_t size = std::min(piece, text.size() - at);
    result = table.send(connection, text.substr(at, size));
    at += size;
  }
  CHECK_EQUAL(result, 1);
  return text.substr(0, at);
}

/// Lets the peer read everything while the table sends what waits. Whether it was said that nothing waits any more.
bool drain(Listening& table, uint32_t connection, Peer& peer, std::string& received, size_t size) {
  bool drained = false;
  int last = 0;
  while (received.size() < size) {
    received += peer.receive(1, last);
    if (last != 0) break;
    std::vector<char> room(65536);
    ssize_t count = recv(peer.fd, room.data(), room.size(), MSG_DONTWAIT);
    if (count > 0) received.append(room.data(), static_cast<size_t>(count));
    for (auto [number, what] : table.words()) drained = drained || (number == connection && (what & kDrained) != 0);
  }
  return drained || (table.until(connection, kDrained)[connection] & kDrained) != 0;
}

TEST("what the system does not take waits, and goes out in order; then it is said, once") {
  const std::string text = numbered(20'000'000);
  for (Family family : {Family::v4, Family::unix_socket}) {
    for (size_t piece : {size_t{1000}, size_t{65536}, text.size()}) {
      Listening table(family);
      auto [connection, peer] = table.pair(kLittleRoom);
      std::string sent = fill(table, connection, text, piece);
      CHECK(table.quiet());
      std::string received;
      CHECK(drain(table, connection, peer, received, sent.size()));
      CHECK(received == sent);
      CHECK(table.quiet());
      CHECK_EQUAL(table.send(connection, "more"), 0);
      int last;
      CHECK_EQUAL(peer.receive(4, last), "more");
    }
  }
}

TEST("what is sent while something waits comes behind it") {
  Listening table;
  auto [connection, peer] = table.pair(kLittleRoom);
  std::string text = numbered(20'000'000);
  std::string sent = fill(table, connection, text, text.size());
  for (int i = 0; i < 100; i++) {
    std::string piece = "(" + std::to_string(i) + ")";
    CHECK_EQUAL(table.send(connection, piece), 1);
    CHECK_EQUAL(table.send(connection, ""), 1);
    sent += piece;
  }
  std::string received;
  // The kept bytes are partly sent when more follow.
  int last;
  received = peer.receive(1'000'000, last);
  table.words();
  CHECK_EQUAL(table.send(connection, "last"), 1);
  sent += "last";
  CHECK(drain(table, connection, peer, received, sent.size()));
  CHECK(received == sent);
  CHECK_EQUAL(table.send(connection, ""), 0);
}

TEST("bytes that wait on a connection that nobody watches yet") {
  Listening table;
  Peer peer = table.connect(kLittleRoom);
  uint32_t connection = table.accept();
  std::string sent = fill(table, connection, numbered(8'000'000), 65536);
  CHECK_EQUAL(table.sockets.watch(connection), 0);
  std::string received;
  CHECK(drain(table, connection, peer, received, sent.size()));
  CHECK(received == sent);
  CHECK(peer.send("x"));
  CHECK_EQUAL(table.until(connection, kReadable)[connection], kReadable);
}

TEST("while bytes wait the other direction is reported as ever") {
  Listening table;
  auto [connection, peer] = table.pair(kLittleRoom);
  std::string sent = fill(table, connection, numbered(8'000'000), 65536);
  CHECK(peer.send("question"));
  CHECK_EQUAL(table.until(connection, kReadable)[connection], kReadable);
  int32_t last;
  CHECK_EQUAL(table.receive(connection, 8, last), "question");
  peer.end();
  CHECK_EQUAL(table.until(connection, kHungUp)[connection], kReadable | kHungUp);
  CHECK_EQUAL(table.receive(connection, 1, last), "");
  std::string received;
  CHECK(drain(table, connection, peer, received, sent.size()));
  CHECK(received == sent);
}

TEST("a peer that resets while bytes wait: broken, and nothing is sent any more") {
  Listening table;
  auto [connection, peer] = table.pair(kLittleRoom);
  fill(table, connection, numbered(8'000'000), 65536);
  peer.reset();
  uint32_t seen = table.until(connection, kBroken)[connection];
  CHECK((seen & kBroken) != 0 && (seen & kDrained) == 0);
  uint8_t byte;
  CHECK(table.sockets.receive(connection, &byte, 1) <= 0);
  table.sockets.close(connection, false);
  CHECK_EQUAL(table.sockets.connections(), 0u);
}

TEST("a unix socket peer that closes without having read everything: broken, after the bytes that it sent") {
  Listening table(Family::unix_socket);
  auto [connection, peer] = table.pair();
  fill(table, connection, numbered(8'000'000), 65536);
  CHECK(peer.send("before it left"));
  peer.close();
  uint32_t seen = table.until(connection, kBroken)[connection];
  CHECK((seen & kBroken) != 0 && (seen & kDrained) == 0);
  CHECK((seen & kReadable) != 0);
  int32_t last;
  CHECK_EQUAL(table.receive(connection, 100, last).substr(0, 14), "before it left");
}

TEST("closing throws away what waits; with a reset the peer sees that something is missing") {
  Listening table;
  auto [connection, peer] = table.pair(kLittleRoom);
  std::string sent = fill(table, connection, numbered(8'000'000), 65536);
  table.sockets.close(connection, true);
  int last;
  std::string received = peer.receive(sent.size(), last);
  CHECK_EQUAL(last, ECONNRESET);
  CHECK(received.size() < sent.size());
  CHECK(sent.starts_with(received));
}

TEST("saying that nothing follows, when everything has been taken") {
  Listening table;
  auto [connection, peer] = table.pair(kLittleRoom);
  std::string sent = fill(table, connection, numbered(8'000'000), 65536);
  std::string received;
  CHECK(drain(table, connection, peer, received, sent.size()));
  CHECK_EQUAL(table.sockets.shut_down(connection), 0);
  CHECK_EQUAL(table.send(connection, "too late"), -EPIPE);
  int last;
  CHECK_EQUAL(peer.receive(1, last), "");
  CHECK_EQUAL(last, 0);
  CHECK(peer.send("still heard"));
  CHECK_EQUAL(table.receive(connection, 11, last), "still heard");
  peer.end();
  CHECK((table.until(connection, kHungUp)[connection] & kHungUp) != 0);
}

TEST("a table that closes with bytes kept and connections open leaves nothing behind") {
  Listening table;
  std::vector<Listening::Pair> pairs;
  for (int i = 0; i < 20; i++) {
    pairs.push_back(table.pair(kLittleRoom));
    fill(table, pairs.back().connection, numbered(8'000'000), 1'000'000);
  }
  CHECK_EQUAL(table.sockets.connections(), 20u);
}

}  // namespace
