// The table of sockets: listening, accepting, names, numbers, and what the system refuses. What is sent is in socket_sending_test.cc.
#include "transport/socket_table.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "check.h"
#include "socket_peers.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

constexpr Family kFamilies[] = {Family::v4, Family::v6, Family::unix_socket};

TEST("a connection is accepted, and bytes go both ways") {
  for (Family family : kFamilies) {
    Listening table(family);
    CHECK_EQUAL(table.opened, 0);
    CHECK_EQUAL(table.sockets.connections(), 0u);
    Peer peer = table.connect();
    uint32_t connection = table.accept();
    CHECK_EQUAL(table.sockets.connections(), 1u);
    CHECK_EQUAL(table.sockets.accept(table.listener), -EAGAIN);
    uint8_t room[16];
    CHECK_EQUAL(table.sockets.receive(connection, room, sizeof room), -EAGAIN);
    CHECK(peer.send("hello"));
    CHECK(table.quiet());  // not watched yet
    CHECK_EQUAL(table.sockets.watch(connection), 0);
    CHECK_EQUAL(table.sockets.watch(connection), 0);
    CHECK_EQUAL(table.until(connection, kReadable)[connection], kReadable);
    CHECK_EQUAL(table.sockets.receive(connection, room, sizeof room), 5);
    CHECK_EQUAL(std::string(room, room + 5), "hello");
    CHECK_EQUAL(table.send(connection, "world"), 0);
    int last;
    CHECK_EQUAL(peer.receive(5, last), "world");
    CHECK(table.quiet());
    table.sockets.close(connection, false);
    CHECK_EQUAL(peer.receive(1, last), "");
    CHECK_EQUAL(last, 0);
    CHECK_EQUAL(table.sockets.connections(), 0u);
  }
}

TEST("each change is reported once; what was there before the watching, too") {
  Listening table;
  auto [connection, peer] = table.pair();
  CHECK(peer.send("a"));
  CHECK_EQUAL(table.until(connection, kReadable)[connection], kReadable);
  CHECK(table.quiet());  // although the byte is still there
  CHECK(peer.send("b"));
  CHECK_EQUAL(table.until(connection, kReadable)[connection], kReadable);
  int32_t last;
  CHECK_EQUAL(table.receive(connection, 2, last), "ab");
  peer.end();
  CHECK_EQUAL(table.until(connection, kHungUp)[connection], kReadable | kHungUp);
  uint8_t byte;
  CHECK_EQUAL(table.sockets.receive(connection, &byte, 1), 0);
}

TEST("bytes and the end behind them, also at once: first the bytes are read, then that nothing follows") {
  for (Family family : kFamilies) {
    for (bool at_once : {true, false}) {
      Listening table(family);
      Peer peer = table.connect();
      uint32_t connection = table.accept();
      std::string text = numbered(20'000);
      if (!at_once) table.sockets.watch(connection);
      CHECK(peer.send(text));
      peer.end();
      if (at_once) table.sockets.watch(connection);
      CHECK_EQUAL(table.until(connection, kHungUp)[connection], kReadable | kHungUp);
      int32_t last = -1;
      CHECK_EQUAL(table.receive(connection, text.size() + 1, last), text);
      CHECK_EQUAL(last, 0);
      // The peer has ended its direction only.
      CHECK_EQUAL(table.send(connection, "answer"), 0);
      CHECK_EQUAL(table.sockets.shut_down(connection), 0);
      int error;
      CHECK_EQUAL(peer.receive(100, error), "answer");
      CHECK_EQUAL(error, 0);
    }
  }
}

TEST("a reset is a hang-up, and the next call says which") {
  Listening table;
  auto [connection, peer] = table.pair();
  peer.reset();
  CHECK((table.until(connection, kHungUp)[connection] & kHungUp) != 0);
  uint8_t byte;
  CHECK_EQUAL(table.sockets.receive(connection, &byte, 1), -ECONNRESET);
  CHECK_EQUAL(table.send(connection, "nobody gets this"), -EPIPE);
}

TEST("a peer that is gone before it is accepted is a connection without a remote name") {
  Listening table;
  Peer peer = table.connect();
  peer.reset();
  uint32_t connection = table.accept();
  CHECK_EQUAL(table.sockets.connections(), 1u);
  CHECK_EQUAL(std::string(table.sockets.remote_name(connection).text), "");
  CHECK_EQUAL(std::string(table.sockets.local_name(connection).text), "127.0.0.1");
  CHECK_EQUAL(table.sockets.watch(connection), 0);
  CHECK((table.until(connection, kHungUp)[connection] & kHungUp) != 0);
}

TEST("closing with a reset is seen as one, closing without it is not") {
  for (bool reset : {false, true}) {
    Listening table;
    auto [connection, peer] = table.pair();
    CHECK_EQUAL(table.send(connection, "some"), 0);
    int last;
    CHECK_EQUAL(peer.receive(4, last), "some");
    table.sockets.close(connection, reset);
    CHECK_EQUAL(peer.receive(1, last), "");
    CHECK_EQUAL(last, reset ? ECONNRESET : 0);
  }
}

TEST("a number is given out again only after the next wait, so nothing that was reported is of another socket") {
  Listening table;
  auto [first, peer] = table.pair();
  CHECK(peer.send("x"));
  Peer other = table.connect();
  table.until(first, kReadable);
  table.sockets.close(first, false);
  uint8_t byte;
  CHECK_EQUAL(table.sockets.receive(first, &byte, 1), -EBADF);
  uint32_t second = static_cast<uint32_t>(table.sockets.accept(table.listener));
  CHECK(second != first);
  table.words();
  Peer third = table.connect();
  CHECK_EQUAL(table.accept(), first);
}

TEST("numbers that are free are used before the table grows, and it grows by as much as there are") {
  Listening table;
  std::vector<Listening::Pair> pairs;
  std::set<uint32_t> numbers;
  for (int i = 0; i < 300; i++) {
    pairs.push_back(table.pair());
    numbers.insert(pairs.back().connection);
  }
  CHECK_EQUAL(numbers.size(), 300u);
  CHECK_EQUAL(*numbers.rbegin(), 300u);  // the listener has 0
  CHECK_EQUAL(table.sockets.connections(), 300u);
  for (auto& [connection, peer] : pairs) {
    std::string text = std::to_string(connection);
    CHECK(peer.send(text));
    int32_t last;
    CHECK_EQUAL(table.receive(connection, text.size(), last), text);
  }
  for (auto& pair : pairs) table.sockets.close(pair.connection, false);
  CHECK_EQUAL(table.sockets.connections(), 0u);
  table.words();
  for (auto& pair : pairs) {
    pair.peer.close();
    Peer peer = table.connect();
    CHECK(numbers.erase(table.accept()) == 1);
  }
}

TEST("more events than one call reports come with the next ones, each of them") {
  Listening table;
  std::vector<Listening::Pair> pairs;
  for (int i = 0; i < 600; i++) pairs.push_back(table.pair());
  for (auto& pair : pairs) CHECK(pair.peer.send("x"));
  Events seen;
  size_t calls = 0;
  while (seen.size() < pairs.size() && readable(table.sockets.descriptor(), kPatience)) {
    uint32_t most = calls % 2 == 0 ? 256 : 10;
    auto words = table.words(most);
    CHECK(words.size() <= most);
    for (auto [number, what] : words) CHECK(seen.emplace(number, what).second);
    calls++;
  }
  CHECK(calls >= 3);
  for (auto& pair : pairs) CHECK_EQUAL(seen[pair.connection], kReadable);
  CHECK(table.quiet());
}

TEST("a listener that does not accept reports nothing, and everything that waits when it does again") {
  for (Family family : kFamilies) {
    Listening table(family);
    CHECK_EQUAL(table.sockets.set_accepting(table.listener, false), 0);
    CHECK_EQUAL(table.sockets.set_accepting(table.listener, false), 0);
    Peer peer = table.connect();
    CHECK(peer.fd >= 0);
    CHECK(table.quiet());
    CHECK_EQUAL(table.sockets.set_accepting(table.listener, true), 0);
    CHECK_EQUAL(table.sockets.set_accepting(table.listener, true), 0);
    for (int i = 0; i < 2; i++) {  // as long as somebody waits
      Events events = table.until(table.listener, kReadable);
      CHECK_EQUAL(events[table.listener], kReadable);
    }
    CHECK_EQUAL(table.accept(), 1u);
  }
}

TEST("an adopted listener is a copy: the other one may go, and when it stays nothing is reported after the closing") {
  for (bool other_stays : {false, true}) {
    Place place = loopback(Family::v4);
    Peer other(socket(AF_INET, SOCK_STREAM, 0));
    CHECK(bind(other.fd, place.any(), place.length) == 0 && listen(other.fd, 10) == 0);
    getsockname(other.fd, place.any(), &place.length);
    Table table;
    auto listener = static_cast<uint32_t>(table.sockets.adopt_listener(other.fd));
    CHECK_EQUAL(table.sockets.set_accepting(listener, true), 0);
    if (!other_stays) other.close();
    Peer peer(socket(AF_INET, SOCK_STREAM, 0));
    CHECK(connect(peer.fd, place.any(), place.length) == 0);
    CHECK_EQUAL(table.until(listener, kReadable)[listener], kReadable);
    if (!other_stays) CHECK_EQUAL(table.sockets.accept(listener), 1);
    table.sockets.close(listener, false);
    CHECK(table.quiet());  // although a connection waits, for whoever still has the listener
  }
}

TEST("what cannot be adopted") {
  Table table;
  CHECK_EQUAL(table.sockets.adopt_listener(-1), -EBADF);
  CHECK_EQUAL(table.sockets.adopt_listener(1'000'000), -EBADF);
}

TEST("a unix socket: its longest name, and why there is none") {
  Folder folder;
  Table table;
  std::string longest = folder.file(std::string(107 - folder.path.size() - 1, 'x'));
  CHECK_EQUAL(longest.size(), 107u);
  CHECK_EQUAL(table.sockets.listen_unix(longest.c_str(), 10, -1), 0);
  struct stat found;
  CHECK(stat(longest.c_str(), &found) == 0 && S_ISSOCK(found.st_mode));
  CHECK_EQUAL(table.sockets.listen_unix(longest.c_str(), 10, -1), -EADDRINUSE);
  CHECK_EQUAL(table.sockets.listen_unix((longest + "x").c_str(), 10, -1), -ENAMETOOLONG);
  CHECK_EQUAL(table.sockets.listen_unix((folder.path + "/none/s").c_str(), 10, -1), -ENOENT);
  CHECK_EQUAL(table.sockets.listen_unix((longest.substr(0, 100) + "/s").c_str(), 10, -1), -ENOENT);
  CHECK_EQUAL(table.sockets.listen_unix(folder.file("\xC3\xA9\xFF.sock").c_str(), 10, -1), 1);
  CHECK(stat((folder.path + "/\xC3\xA9\xFF.sock").c_str(), &found) == 0);
}

TEST("a unix socket has the mode that was asked for, whatever the umask") {
  Folder folder;
  Table table;
  mode_t before = umask(0022);
  for (int mode : {0600, 0660, 0777, 0}) {
    std::string path = folder.file(std::to_string(mode));
    CHECK(table.sockets.listen_unix(path.c_str(), 10, mode) >= 0);
    struct stat found;
    CHECK(stat(path.c_str(), &found) == 0 && (found.st_mode & 0777) == static_cast<mode_t>(mode));
  }
  umask(before);
}

TEST("names of both ends") {
  for (Family family : kFamilies) {
    Listening table(family);
    auto [connection, peer] = table.pair();
    PeerName remote = table.sockets.remote_name(connection);
    PeerName local = table.sockets.local_name(connection);
    const char* expected = family == Family::v4 ? "127.0.0.1" : family == Family::v6 ? "::1" : "";
    CHECK_EQUAL(std::string(remote.text), expected);
    CHECK_EQUAL(std::string(local.text), expected);
    Place own;
    CHECK(getsockname(peer.fd, own.any(), &own.length) == 0);
    auto port_of = [](Place& place) -> uint32_t { return ntohs(reinterpret_cast<sockaddr_in*>(&place.address)->sin_port); };
    CHECK_EQUAL(remote.port, family == Family::unix_socket ? 0 : port_of(own));
    CHECK_EQUAL(local.port, family == Family::unix_socket ? 0 : port_of(table.place));
  }
}

TEST("too many open files: accepting says so, and goes on when there is room") {
  Listening table;
  Peer first = table.connect();
  Peer second = table.connect();
  rlimit before;
  CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
  Peer probe(dup(0));
  rlimit lowered = {static_cast<rlim_t>(probe.fd + 1), before.rlim_max};
  CHECK(setrlimit(RLIMIT_NOFILE, &lowered) == 0);
  CHECK_EQUAL(table.sockets.accept(table.listener), -EMFILE);
  CHECK_EQUAL(table.sockets.listen_unix("/tmp/gatewire-never.sock", 1, -1), -EMFILE);
  CHECK_EQUAL(table.sockets.adopt_listener(first.fd), -EMFILE);
  SocketTable none;
  CHECK_EQUAL(none.open(), -EMFILE);
  CHECK_EQUAL(table.sockets.connections(), 0u);
  CHECK_EQUAL(table.until(table.listener, kReadable)[table.listener], kReadable);
  probe.close();
  int32_t connection = table.sockets.accept(table.listener);
  CHECK_EQUAL(connection, 1);
  CHECK_EQUAL(table.sockets.accept(table.listener), -EMFILE);
  table.sockets.close(static_cast<uint32_t>(connection), false);
  CHECK_EQUAL(table.sockets.accept(table.listener), 2);
  CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST("a call with the number of nothing, of something closed or of the other kind does nothing") {
  Listening table;
  auto [connection, peer] = table.pair();
  Listening::Pair closed = table.pair();
  table.sockets.close(closed.connection, false);
  const uint8_t bytes[] = {'x'};
  uint8_t room[1];
  for (uint32_t number : {table.listener, closed.connection, 3u, 63u, 64u, kMaxSockets, UINT32_MAX}) {
    CHECK_EQUAL(table.sockets.watch(number), -EBADF);
    CHECK_EQUAL(table.sockets.receive(number, room, 1), -EBADF);
    CHECK_EQUAL(table.sockets.send(number, bytes, 1), -EBADF);
    CHECK_EQUAL(table.sockets.send(number, bytes, 0), -EBADF);
    CHECK_EQUAL(table.sockets.shut_down(number), -EBADF);
    CHECK_EQUAL(std::string(table.sockets.remote_name(number).text), "");
    if (number == table.listener) continue;
    CHECK_EQUAL(std::string(table.sockets.local_name(number).text), "");
    CHECK_EQUAL(table.sockets.accept(number), -EBADF);
    CHECK_EQUAL(table.sockets.set_accepting(number, true), -EBADF);
    table.sockets.close(number, true);
  }
  CHECK_EQUAL(table.sockets.accept(connection), -EBADF);
  CHECK_EQUAL(table.sockets.set_accepting(connection, true), -EBADF);
  CHECK_EQUAL(table.sockets.connections(), 1u);
  CHECK_EQUAL(table.send(connection, "still there"), 0);
  int last;
  CHECK_EQUAL(peer.receive(11, last), "still there");
}

}  // namespace
