// The sockets of one thread: what is accepted, read, written and closed, and one epoll instance that says where something can be done.
// Knows no protocol, no JavaScript and no event loop: whoever owns the table waits on its descriptor. Calls never wait, and return what
// the system said: zero or more, or a negative error number.
//
// Connections are watched edge-triggered. The system then reports each change once and need not look at every socket again each time, but
// what was reported has to be used up: whoever stops reading before `receive` says EAGAIN, or gives fewer bytes than there was room for,
// has to come back without being told.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace gatewire {

/// What can be done on a socket. Hung up: the peer has sent its last byte or is gone, so read until `receive` says so. Drained: nothing waits
/// to be sent any more. Broken: what waited will never be sent.
constexpr uint32_t kReadable = 1;
constexpr uint32_t kHungUp = 2;
constexpr uint32_t kDrained = 4;
constexpr uint32_t kBroken = 8;
/// A word of what `wait` reports: these bits, and above them the number of the socket.
constexpr uint32_t kEventBits = 4;

/// Socket numbers are below this, so that a word can hold one with its events.
constexpr uint32_t kMaxSockets = 1u << (31 - kEventBits);

/// An address as text, and its port; no text for a unix socket.
struct PeerName {
  char text[64];
  uint32_t port;
};

class SocketTable {
 public:
  /// Zero, or the error of the system. Nothing else may be called before it.
  int32_t open();
  /// Closes every socket.
  void close_all();
  /// Readable when `wait` has something to report.
  int descriptor() const { return epoll_; }
  /// How many connections there are.
  uint32_t connections() const { return connections_; }

  /// Takes over a copy of a listening socket. The number of the listener.
  int32_t adopt_listener(int fd);
  /// Makes a listening unix socket. `mode`: permissions of its file from the moment it can be connected to; below 0, the umask decides. The
  /// number of the listener.
  int32_t listen_unix(const char* path, int backlog, int mode);
  /// Reports nothing of a listener until the next call: whether connections may wait.
  int32_t set_accepting(uint32_t listener, bool accepting);
  /// The number of the connection, which is not watched. EAGAIN: nobody waits.
  int32_t accept(uint32_t listener);

  /// Reports from now on what can be done on a connection.
  int32_t watch(uint32_t connection);
  /// At most `room` bytes. 0: the peer sends nothing more.
  int32_t receive(uint32_t connection, uint8_t* into, size_t room);
  /// Sends bytes behind those that wait. 0: the system has taken all of them. 1: some wait, `kDrained` will be reported.
  int32_t send(uint32_t connection, const uint8_t* bytes, size_t size);
  /// Says that nothing follows what was sent.
  int32_t shut_down(uint32_t connection);
  /// Closes any socket. `reset`: the peer is to see that something is missing (TCP). The number is given out again after the next `wait`, so
  /// what was reported before the closing is of no other socket.
  void close(uint32_t socket, bool reset);

  PeerName remote_name(uint32_t connection) const;
  PeerName local_name(uint32_t connection) const;

  /// Sends what waits where that is possible, then fills `words` with what can be done now. How many there are, at most `most`.
  int32_t wait(uint32_t* words, uint32_t most);

 private:
  /// Bytes that the system has not taken yet.
  struct Unsent {
    uint8_t* bytes;
    size_t size;
    size_t at;
  };
  struct Socket {
    int fd;
    bool is_connection;
    bool watched;
    uint32_t next;  // in the list of free or closed ones
    Unsent unsent;
  };

  int32_t take(int fd, bool is_connection);
  Socket* find(uint32_t number);
  Socket* find_connection(uint32_t number);
  int32_t update(Socket& socket, int operation, bool writable);
  int32_t keep(Socket& socket, const uint8_t* bytes, size_t size);
  int32_t send_waiting(Socket& socket);

  int epoll_;
  Socket* sockets_;
  uint32_t used_;
  uint32_t room_;
  uint32_t free_;    // numbers to give out again, linked
  uint32_t closed_;  // and those to be added to them
  uint32_t connections_;
};

}  // namespace gatewire
