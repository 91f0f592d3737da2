#include <cstdio>
#include <exception>

#include "app/commands.hpp"

// What arrives here is a bug; it is still told in one line, and not by a core dump.
int main(int argc, char** argv) {
  try {
    return tsg::app::run(argc, argv);
  } catch (std::exception const& e) {
    std::fprintf(stderr, "tsg: internal error: %s\n", e.what());
  } catch (...) {
    std::fprintf(stderr, "tsg: internal error\n");
  }
  return 1;
}
