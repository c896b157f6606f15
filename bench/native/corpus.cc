// Format: texts, each a length of 32 bits, little-endian, and so many bytes. For each input its kind, its name, the number of its items in
// digits, then the items.
#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>

namespace gatewire::bench {
namespace {

class Texts {
 public:
  explicit Texts(std::string file) : file_(std::move(file)) {}

  bool ended() const { return at_ == file_.size(); }

  std::string next() {
    size_t length = 0;
    if (file_.size() - at_ < 4) give_up();
    for (size_t i = 0; i < 4; i++) length |= static_cast<size_t>(static_cast<unsigned char>(file_[at_ + i])) << (8 * i);
    at_ += 4;
    if (file_.size() - at_ < length) give_up();
    at_ += length;
    return file_.substr(at_ - length, length);
  }

 private:
  [[noreturn]] static void give_up() {
    fprintf(stderr, "the corpus ends in the middle of a text\n");
    exit(2);
  }

  std::string file_;
  size_t at_ = 0;
};

}  // namespace

std::vector<Input> read_corpus(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    perror(path);
    exit(2);
  }
  Texts texts(std::string(std::istreambuf_iterator<char>(file), {}));
  std::vector<Input> inputs;
  while (!texts.ended()) {
    Input input = {texts.next(), texts.next(), {}};
    size_t count = strtoul(texts.next().c_str(), nullptr, 10);
    for (size_t i = 0; i < count; i++) input.items.push_back(texts.next());
    inputs.push_back(std::move(input));
  }
  return inputs;
}

}  // namespace gatewire::bench
