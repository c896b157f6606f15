// See socket_table.h. Linux: epoll, accept4 and MSG_NOSIGNAL; empty elsewhere, so that one list of files serves all platforms.
#if defined(__linux__)
#include "socket_table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace gatewire {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr uint32_t kFirstRoom = 64;
constexpr int kMostEvents = 256;

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_storage room;
};

PeerName name_of(const Address& address) {
  PeerName name = {};
  if (address.any.sa_family == AF_INET) {
    inet_ntop(AF_INET, &address.v4.sin_addr, name.text, sizeof name.text);
    name.port = ntohs(address.v4.sin_port);
  } else if (address.any.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &address.v6.sin6_addr, name.text, sizeof name.text);
    name.port = ntohs(address.v6.sin6_port);
  }
  return name;
}

/// A signal may end any call early.
template <class Call>
ssize_t uninterrupted(Call call) {
  ssize_t result;
  do result = call();
  while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace

int32_t SocketTable::open() {
  sockets_ = nullptr;
  used_ = room_ = connections_ = 0;
  free_ = closed_ = kNone;
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  return epoll_ < 0 ? -errno : 0;
}

void SocketTable::close_all() {
  for (uint32_t i = 0; i < used_; i++) close(i, false);
  ::close(epoll_);
  free(sockets_);
}

// --- the table --------------------------------------------------------------------------------------------------------------------

int32_t SocketTable::take(int fd, bool is_connection) {
  uint32_t number = free_;
  if (number != kNone) {
    free_ = sockets_[number].next;
  } else {
    if (used_ == room_) {
      uint32_t room = room_ == 0 ? kFirstRoom : room_ * 2;
      auto* sockets = room <= kMaxSockets ? static_cast<Socket*>(realloc(sockets_, room * sizeof(Socket))) : nullptr;
      if (sockets == nullptr) {
        ::close(fd);
        return -ENOMEM;
      }
      sockets_ = sockets;
      room_ = room;
    }
    number = used_++;
  }
  sockets_[number] = {fd, is_connection, false, kNone, {nullptr, 0, 0}};
  connections_ += is_connection;
  return static_cast<int32_t>(number);
}

SocketTable::Socket* SocketTable::find(uint32_t number) {
  return number < used_ && sockets_[number].fd >= 0 ? &sockets_[number] : nullptr;
}

SocketTable::Socket* SocketTable::find_connection(uint32_t number) {
  Socket* socket = find(number);
  return socket != nullptr && socket->is_connection ? socket : nullptr;
}

void SocketTable::close(uint32_t number, bool reset) {
  Socket* socket = find(number);
  if (socket == nullptr) return;
  if (reset) {
    linger at_once = {1, 0};
    setsockopt(socket->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  // Closing the last copy of a descriptor ends its being watched; of a listener somebody else may have another one.
  if (!socket->is_connection) set_accepting(number, false);
  ::close(socket->fd);
  free(socket->unsent.bytes);
  connections_ -= socket->is_connection;
  socket->fd = -1;
  socket->unsent = {nullptr, 0, 0};
  socket->next = closed_;
  closed_ = number;
}

// --- listening --------------------------------------------------------------------------------------------------------------------

int32_t SocketTable::listen_unix(const char* path, int backlog, int mode) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  size_t length = strlen(path);
  if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
  memcpy(address.sun_path, path, length);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  // Nobody can connect before `listen`, so the file has its mode in time.
  if (bound && (mode < 0 || chmod(path, static_cast<mode_t>(mode)) == 0) && listen(fd, backlog) == 0) return take(fd, false);
  int error = errno;
  if (bound) unlink(path);
  ::close(fd);
  return -error;
}

int32_t SocketTable::adopt_listener(int fd) {
  int own = dup(fd);
  if (own < 0) return -errno;
  // ioctl and not fcntl, whose name in the C library depends on the library.
  int on = 1;
  if (ioctl(own, FIOCLEX) < 0 || ioctl(own, FIONBIO, &on) < 0) {
    int error = errno;
    ::close(own);
    return -error;
  }
  // Responses leave in as few writes as they can, so none has to wait for the one before it. Accepted sockets inherit this; it fails on
  // unix sockets, which never wait.
  setsockopt(own, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return take(own, false);
}

int32_t SocketTable::set_accepting(uint32_t listener, bool accepting) {
  Socket* socket = find(listener);
  if (socket == nullptr || socket->is_connection) return -EBADF;
  if (socket->watched == accepting) return 0;
  // Not edge-triggered: connections that were not accepted now are to be reported again.
  epoll_event event = {EPOLLIN, {}};
  event.data.u32 = listener;
  if (epoll_ctl(epoll_, accepting ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, socket->fd, &event) < 0) return -errno;
  socket->watched = accepting;
  return 0;
}

int32_t SocketTable::accept(uint32_t listener) {
  Socket* socket = find(listener);
  if (socket == nullptr || socket->is_connection) return -EBADF;
  int listening = socket->fd;
  int fd = static_cast<int>(uninterrupted([listening] { return accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); }));
  return fd < 0 ? -errno : take(fd, true);
}

// --- connections ------------------------------------------------------------------------------------------------------------------

int32_t SocketTable::update(Socket& socket, int operation, bool writable) {
  epoll_event event = {EPOLLIN | EPOLLRDHUP | EPOLLET | (writable ? EPOLLOUT : 0u), {}};
  event.data.u32 = static_cast<uint32_t>(&socket - sockets_);
  return epoll_ctl(epoll_, operation, socket.fd, &event) < 0 ? -errno : 0;
}

int32_t SocketTable::watch(uint32_t connection) {
  Socket* socket = find_connection(connection);
  if (socket == nullptr) return -EBADF;
  if (socket->watched) return 0;
  int32_t result = update(*socket, EPOLL_CTL_ADD, socket->unsent.size > 0);
  socket->watched = result == 0;
  return result;
}

int32_t SocketTable::receive(uint32_t connection, uint8_t* into, size_t room) {
  Socket* socket = find_connection(connection);
  if (socket == nullptr) return -EBADF;
  int fd = socket->fd;
  ssize_t count = uninterrupted([=] { return recv(fd, into, room, 0); });
  return count < 0 ? -errno : static_cast<int32_t>(count);
}

int32_t SocketTable::send(uint32_t connection, const uint8_t* bytes, size_t size) {
  Socket* socket = find_connection(connection);
  if (socket == nullptr) return -EBADF;
  if (size == 0) return socket->unsent.size > 0;
  if (socket->unsent.size > 0) return keep(*socket, bytes, size);
  int fd = socket->fd;
  ssize_t count = uninterrupted([=] { return ::send(fd, bytes, size, MSG_NOSIGNAL); });
  if (count < 0 && errno != EAGAIN) return -errno;
  size_t sent = count < 0 ? 0 : static_cast<size_t>(count);
  return sent == size ? 0 : keep(*socket, bytes + sent, size - sent);
}

/// Keeps bytes until the system takes them, behind those that wait already. 1, or an error.
int32_t SocketTable::keep(Socket& socket, const uint8_t* bytes, size_t size) {
  Unsent& unsent = socket.unsent;
  size_t waiting = unsent.size - unsent.at;
  auto* all = static_cast<uint8_t*>(malloc(waiting + size));
  if (all == nullptr) return -ENOMEM;
  if (waiting > 0) memcpy(all, unsent.bytes + unsent.at, waiting);
  memcpy(all + waiting, bytes, size);
  bool was_waiting = unsent.size > 0;
  free(unsent.bytes);
  unsent = {all, waiting + size, 0};
  if (was_waiting) return 1;
  int32_t result = update(socket, socket.watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, true);
  if (result < 0) return result;
  socket.watched = true;
  return 1;
}

/// 0: nothing waits any more; 1: something does; or the error, after which nothing will be sent.
int32_t SocketTable::send_waiting(Socket& socket) {
  Unsent& unsent = socket.unsent;
  while (unsent.at < unsent.size) {
    ssize_t count = uninterrupted([&] { return ::send(socket.fd, unsent.bytes + unsent.at, unsent.size - unsent.at, MSG_NOSIGNAL); });
    if (count < 0) return errno == EAGAIN ? 1 : -errno;
    unsent.at += static_cast<size_t>(count);
  }
  free(unsent.bytes);
  unsent = {nullptr, 0, 0};
  return update(socket, EPOLL_CTL_MOD, false);
}

int32_t SocketTable::shut_down(uint32_t connection) {
  Socket* socket = find_connection(connection);
  if (socket == nullptr) return -EBADF;
  return shutdown(socket->fd, SHUT_WR) < 0 ? -errno : 0;
}

PeerName SocketTable::remote_name(uint32_t connection) const {
  Address address = {};
  socklen_t length = sizeof address;
  if (connection < used_) getpeername(sockets_[connection].fd, &address.any, &length);
  return name_of(address);
}

PeerName SocketTable::local_name(uint32_t connection) const {
  Address address = {};
  socklen_t length = sizeof address;
  if (connection < used_) getsockname(sockets_[connection].fd, &address.any, &length);
  return name_of(address);
}

int32_t SocketTable::wait(uint32_t* words, uint32_t most) {
  while (closed_ != kNone) {
    uint32_t number = closed_;
    closed_ = sockets_[number].next;
    sockets_[number].next = free_;
    free_ = number;
  }
  epoll_event events[kMostEvents];
  int count = epoll_wait(epoll_, events, most < kMostEvents ? static_cast<int>(most) : kMostEvents, 0);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  int32_t written = 0;
  for (int i = 0; i < count; i++) {
    const epoll_event& event = events[i];
    Socket* socket = find(event.data.u32);
    if (socket == nullptr) continue;
    uint32_t what = 0;
    if ((event.events & EPOLLIN) != 0) what |= kReadable;
    if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) what |= kReadable | kHungUp;
    if ((event.events & EPOLLOUT) != 0 && socket->unsent.size > 0) {
      int32_t result = send_waiting(*socket);
      if (result != 1) what |= result == 0 ? kDrained : kBroken;
    }
    if (what != 0) words[written++] = event.data.u32 << kEventBits | what;
  }
  return written;
}

}  // namespace gatewire
#endif
