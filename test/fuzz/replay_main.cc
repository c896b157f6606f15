// For compilers without libFuzzer: runs a fuzz target over files and over the files of folders. Replays seeds and findings; looks for
// nothing new. Fails when it is given no input at all.
#include <stdio.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "exact_block.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (int i = 1; i < argc; i++) {
    if (fs::is_directory(argv[i])) {
      for (const auto& entry : fs::directory_iterator(argv[i])) {
        if (entry.is_regular_file()) files.push_back(entry.path());
      }
    } else {
      files.push_back(argv[i]);
    }
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
      fprintf(stderr, "cannot read %s\n", file.c_str());
      return 1;
    }
    std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    fprintf(stderr, "%s: %zu bytes\n", file.c_str(), bytes.size());  // the last line names the culprit when the target aborts
    gatewire::test::ExactBlock block(bytes);
    LLVMFuzzerTestOneInput(block.bytes().data, block.bytes().size);
  }
  printf("%zu inputs replayed\n", files.size());
  return files.empty() ? 1 : 0;
}
