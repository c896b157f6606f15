// That the guard of guarded_pages.h works: a read of one byte outside is a fault. Without this the other tests could pass for nothing.
#include "guarded_pages.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <string>

#include "check.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

/// Whether reading one byte at `at` ends a child process by SIGSEGV or SIGBUS.
bool reading_faults(const uint8_t* at) {
  pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, SIG_DFL);  // the sanitizer's own handler would print a report
    signal(SIGBUS, SIG_DFL);
    volatile uint8_t byte = *static_cast<const volatile uint8_t*>(at);
    _exit(byte == 0 ? 0 : 1);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return false;
  return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
}

TEST("the byte behind the input cannot be read") {
  GuardedPages pages(10000);
  for (size_t size : {size_t{0}, size_t{1}, size_t{4096}, size_t{10000}}) {
    Bytes bytes = pages.ending(std::string(size, 'x'));
    CHECK(reading_faults(bytes.data + bytes.size));
    if (size > 0) CHECK(!reading_faults(bytes.data + bytes.size - 1));
  }
}

TEST("the byte before the input cannot be read") {
  GuardedPages pages(10000);
  Bytes bytes = pages.beginning("input");
  CHECK(reading_faults(bytes.data - 1));
  CHECK(!reading_faults(bytes.data));
  CHECK_EQUAL(std::string(reinterpret_cast<const char*>(bytes.data), bytes.size), std::string("input"));
}

}  // namespace
