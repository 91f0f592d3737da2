// What the process says to its operator, one line each. No template: a formatting library instantiated at
// every call cost three seconds of compile time a file. Where lines go is decided in app/logging.cpp; before
// that, to stdout. Any thread; never blocks on the sink once the asynchronous logger is set.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tsg::log {

enum class Level : std::uint8_t { debug, info, warn, error, critical };

// One value of a line: text (viewed, not copied: it must live until the call returns) or an integer.
class Value {
 public:
  Value(std::string_view text) noexcept : text_{text} {}
  Value(std::string const& text) noexcept : text_{text} {}
  Value(char const* text) noexcept : text_{text} {}
  Value(int n) noexcept : Value{static_cast<long long>(n)} {}
  Value(long n) noexcept : Value{static_cast<long long>(n)} {}
  Value(long long n) noexcept;
  Value(unsigned n) noexcept : Value{static_cast<unsigned long long>(n)} {}
  Value(unsigned long n) noexcept : Value{static_cast<unsigned long long>(n)} {}
  Value(unsigned long long n) noexcept;

  std::string_view text() const noexcept {
    return size_ == 0 ? text_ : std::string_view{digits_.data(), size_};
  }

 private:
  std::string_view text_;
  std::array<char, 21> digits_{};  // sign and 20 digits
  std::uint8_t size_ = 0;          // of digits_; 0 = a text
};

// Each "{}" of `format` is replaced by the next value; one without a value stays as it is.
void write(Level level, std::string_view format, std::initializer_list<Value> values = {});

inline void debug(std::string_view format, std::initializer_list<Value> values = {}) {
  write(Level::debug, format, values);
}
inline void info(std::string_view format, std::initializer_list<Value> values = {}) {
  write(Level::info, format, values);
}
inline void warn(std::string_view format, std::initializer_list<Value> values = {}) {
  write(Level::warn, format, values);
}
inline void error(std::string_view format, std::initializer_list<Value> values = {}) {
  write(Level::error, format, values);
}
inline void critical(std::string_view format, std::initializer_list<Value> values = {}) {
  write(Level::critical, format, values);
}

}  // namespace tsg::log
