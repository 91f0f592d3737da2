#include "app/last_words.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <typeinfo>

namespace tsg::app {
namespace {

// No allocation: there may be none left to have. A type's name and ours need no escaping in JSON.
class LastLine {
 public:
  void add(char const* text) noexcept {
    for (; *text != 0 && size_ < bytes_.size(); ++text) bytes_[size_++] = *text;
  }
  void write() const noexcept { (void)!::write(STDERR_FILENO, bytes_.data(), size_); }

 private:
  std::array<char, 512> bytes_{};
  std::size_t size_ = 0;
};

[[noreturn]] void say_and_abort() {
  LastLine line;
  line.add(R"({"level":"critical","message":"the process ends: )");
  try {
    if (auto const pending = std::current_exception()) std::rethrow_exception(pending);
    line.add("std::terminate was called");
  } catch (std::bad_alloc const&) {
    line.add("no memory was left where a request could not be refused for it");
  } catch (std::exception const& bug) {
    line.add("an exception that nobody caught, ");
    line.add(typeid(bug).name());
  } catch (...) {
    line.add("an exception that nobody caught");
  }
  line.add("\"}\n");
  line.write();
  std::abort();
}

}  // namespace

void install_last_words() {
  std::set_terminate(say_and_abort);
}

}  // namespace tsg::app
