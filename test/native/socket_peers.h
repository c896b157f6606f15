// A SocketTable with a listener, and peers of its connections that are plain sockets. Knows the system, and nothing of what is checked. What
// has to come is waited for, 30 seconds at most; that something does not come is looked at once, after everything that could cause it.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "transport/socket_table.h"

namespace gatewire::test {

constexpr int kPatience = 30'000;  // milliseconds

inline bool readable(int fd, int milliseconds) {
  pollfd one = {fd, POLLIN, 0};
  return poll(&one, 1, milliseconds) == 1;
}

/// What can be done, by socket number, as one or more calls of `wait` said.
using Events = std::map<uint32_t, uint32_t>;

/// A table, open as long as it lives.
class Table {
 public:
  SocketTable sockets;

  Table() : opened(sockets.open()) {}
  ~Table() { sockets.close_all(); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const int32_t opened;

  /// What `wait` reports now, in one call.
  std::vector<std::pair<uint32_t, uint32_t>> words(uint32_t most = 256) {
    std::vector<uint32_t> room(most);
    int32_t count = sockets.wait(room.data(), most);
    std::vector<std::pair<uint32_t, uint32_t>> all;
    for (int32_t i = 0; i < count; i++) all.emplace_back(room[i] >> kEventBits, room[i] & ((1u << kEventBits) - 1));
    return all;
  }

  /// Waits until all of `bits` have been reported of a socket, and gives everything that was.
  Events until(uint32_t number, uint32_t bits) {
    Events events;
    while ((events[number] & bits) != bits && readable(sockets.descriptor(), kPatience)) {
      for (auto [socket, what] : words()) events[socket] |= what;
    }
    return events;
  }

  bool quiet() { return !readable(sockets.descriptor(), 0); }

  /// Everything that comes until the peer sends nothing more, an error, or so many bytes; 0 or the error in `last`.
  std::string receive(uint32_t connection, size_t most, int32_t& last) {
    std::string all;
    std::vector<uint8_t> room(65536);
    while (all.size() < most) {
      last = sockets.receive(connection, room.data(), room.size());
      if (last == -EAGAIN) {
        if (!readable(sockets.descriptor(), kPatience)) break;
        words();
        continue;
      }
      if (last <= 0) break;
      all.append(reinterpret_cast<char*>(room.data()), static_cast<size_t>(last));
    }
    return all;
  }

  int32_t send(uint32_t connection, const std::string& text) {
    return sockets.send(connection, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  }
};

/// A socket of the other side.
class Peer {
 public:
  int fd;

  explicit Peer(int made) : fd(made) {}
  Peer(Peer&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Peer& operator=(Peer&&) = delete;
  ~Peer() { close(); }

  void close() {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }
  void reset() {
    linger at_once = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  bool send(const std::string& text) { return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()); }
  void end() { shutdown(fd, SHUT_WR); }

  /// Everything up to the end, or so many bytes; 0, or the error, in `last`.
  std::string receive(size_t most, int& last) {
    std::string all;
    std::vector<char> room(65536);
    last = ETIMEDOUT;
    while (all.size() < most && readable(fd, kPatience)) {
      ssize_t count = recv(fd, room.data(), std::min(room.size(), most - all.size()), 0);
      last = count < 0 ? errno : 0;
      if (count <= 0) break;
      all.append(room.data(), static_cast<size_t>(count));
    }
    return all;
  }
};

/// An empty folder, removed with what is in it.
class Folder {
 public:
  std::string path;
  Folder() {
    char name[] = "/tmp/gatewire-XXXXXX";
    path = mkdtemp(name) == nullptr ? "" : name;
  }
  ~Folder() {
    for (const std::string& file : files) unlink(file.c_str());
    rmdir(path.c_str());
  }
  std::string file(const std::string& name) {
    files.push_back(path + "/" + name);
    return files.back();
  }

 private:
  std::vector<std::string> files;
};

enum class Family { v4, v6, unix_socket };

/// The address of a listening socket, or of a file.
struct Place {
  sockaddr_storage address = {};
  socklen_t length = sizeof(sockaddr_storage);
  sockaddr* any() { return reinterpret_cast<sockaddr*>(&address); }
};

inline Place loopback(Family family) {
  Place place;
  if (family == Family::v4) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&place.address);
    v4->sin_family = AF_INET;
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    place.length = sizeof *v4;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&place.address);
    v6->sin6_family = AF_INET6;
    v6->sin6_addr = in6addr_loopback;
    place.length = sizeof *v6;
  }
  return place;
}

inline Place file_place(const std::string& path) {
  Place place;
  auto* address = reinterpret_cast<sockaddr_un*>(&place.address);
  address->sun_family = AF_UNIX;
  path.copy(address->sun_path, sizeof address->sun_path - 1);
  place.length = sizeof *address;
  return place;
}

/// A table with one listener that accepts, and ways to connect to it.
class Listening : public Table {
 public:
  uint32_t listener = 0;
  Place place;

  explicit Listening(Family family = Family::v4, int backlog = 1024) {
    if (family == Family::unix_socket) {
      std::string path = folder.file("s.sock");
      listener = static_cast<uint32_t>(sockets.listen_unix(path.c_str(), backlog, -1));
      place = file_place(path);
    } else {
      place = loopback(family);
      Peer bound(socket(place.any()->sa_family, SOCK_STREAM, 0));
      if (bind(bound.fd, place.any(), place.length) != 0 || listen(bound.fd, backlog) != 0) return;
      getsockname(bound.fd, place.any(), &place.length);
      listener = static_cast<uint32_t>(sockets.adopt_listener(bound.fd));
    }
    sockets.set_accepting(listener, true);
  }

  /// `receive_room`: SO_RCVBUF of the peer, 0 for the usual one.
  Peer connect(int receive_room = 0) {
    Peer peer(socket(place.any()->sa_family, SOCK_STREAM, 0));
    if (receive_room > 0) setsockopt(peer.fd, SOL_SOCKET, SO_RCVBUF, &receive_room, sizeof receive_room);
    if (::connect(peer.fd, place.any(), place.length) != 0) peer.close();
    return peer;
  }

  /// The next connection, not watched.
  uint32_t accept() {
    until(listener, kReadable);
    return static_cast<uint32_t>(sockets.accept(listener));
  }

  struct Pair {
    uint32_t connection;
    Peer peer;
  };
  Pair pair(int receive_room = 0) {
    Peer peer = connect(receive_room);
    uint32_t connection = accept();
    sockets.watch(connection);
    return {connection, std::move(peer)};
  }

 private:
  Folder folder;
};

/// Text in which no two places look alike, so that nothing is lost, doubled or out of order without being seen.
inline std::string numbered(size_t size) {
  std::string text;
  text.reserve(size + 16);
  for (uint32_t i = 0; text.size() < size; i++) text += std::to_string(i) + ",";
  text.resize(size);
  return text;
}

}  // namespace gatewire::test
