// Appends JSON text to a string. The caller keeps the structure; this keeps the escaping.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tsg::json {

// With quotes. Invalid UTF-8 becomes U+FFFD; control characters are escaped; `/` is not.
void append_string(std::string& out, std::string_view text);
inline std::string quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);  // nearly always all of it
  append_string(out, text);
  return out;
}

// A tiny object/array writer: commas are its business. No nesting limit, no validation of misuse
// beyond assertions in debug builds.
class Writer {
 public:
  explicit Writer(std::string& out) : out_{out} {}
  Writer& begin_object() {
    comma();
    out_ += '{';
    fresh_ = true;
    return *this;
  }
  Writer& end_object() {
    out_ += '}';
    fresh_ = false;
    return *this;
  }
  Writer& begin_array() {
    comma();
    out_ += '[';
    fresh_ = true;
    return *this;
  }
  Writer& end_array() {
    out_ += ']';
    fresh_ = false;
    return *this;
  }
  Writer& key(std::string_view name) {
    comma();
    append_string(out_, name);
    out_ += ':';
    fresh_ = true;
    return *this;
  }
  Writer& string(std::string_view value) {
    comma();
    append_string(out_, value);
    return *this;
  }
  Writer& integer(std::int64_t value);
  Writer& boolean(bool value) {
    comma();
    out_ += value ? "true" : "false";
    return *this;
  }
  Writer& null() {
    comma();
    out_ += "null";
    return *this;
  }
  Writer& raw(std::string_view json) {
    comma();
    out_ += json;
    return *this;
  }  // already JSON

 private:
  void comma() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
  }
  std::string& out_;
  bool fresh_ = true;  // nothing written yet at this level, or a key waits for its value
};

}  // namespace tsg::json
