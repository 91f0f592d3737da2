// The strict scanner: one pass, no recursion, no copy of anything but escaped keys.
#include <algorithm>
#include <deque>

#include "json/key_set.hpp"
#include "json/number.hpp"
#include "json/string_scan.hpp"
#include "tsg/json/document.hpp"

namespace tsg::json {
namespace {

struct Frame {
  std::size_t first_key;  // in the key set
  bool object;
  bool repeats;  // in it a member may stand twice
};

// What a scan needs besides its answer; kept per thread, so that ordinary bodies allocate nothing here.
struct Scratch {
  KeySet keys;
  std::vector<Frame> open;
  std::deque<std::string> decoded;  // keys with escapes; stable addresses
  void clear() {
    keys.clear();
    open.clear();
    if (open.capacity() > 1024) std::vector<Frame>{}.swap(open);
    if (decoded.size() > 64) std::deque<std::string>{}.swap(decoded);
    decoded.clear();
  }
};
thread_local Scratch scratch;

class Scanner {
 public:
  // Children of the outermost value are written to `out`.
  Scanner(std::string_view text, Limits const& limits, Scan& out)
      : text_{text}, limits_{limits}, out_{out}, scratch_{scratch} {
    scratch_.clear();
  }
  ~Scanner() { scratch_.clear(); }

  Result<> run() {
    if (byte_order_mark()) return refused();
    blanks();
    if (peek() == '{') out_.root_is_object = true;
    if (!value()) return refused();
    blanks();
    if (at_ != text_.size()) return fail("trailing bytes after the value"), refused();
    keep_decoded_keys();
    return {};
  }

 private:
  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  void blanks() noexcept {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }
  // RFC 8259 §8.1 has none; some tools of Windows and Java write one all the same, where nobody sees it.
  bool byte_order_mark() noexcept {
    using std::string_view_literals::operator""sv;
    if (text_.starts_with("\xEF\xBB\xBF"sv))
      fail("a byte order mark (EF BB BF) stands before the value: send UTF-8 without one");
    else if (text_.starts_with("\xFF\xFE"sv) || text_.starts_with("\xFE\xFF"sv))
      fail("this is UTF-16: send UTF-8, without a byte order mark");
    return *rule_ != '\0';
  }
  bool fail(char const* rule) noexcept {
    rule_ = rule;
    return false;
  }
  Error refused() const {
    return Error{Errc::bad_request, "Invalid JSON at byte " + std::to_string(at_) + ": " + rule_ + "."};
  }

  // A value with all that is in it. Open containers are on a stack of our own.
  bool value() {
    auto& open = scratch_.open;
    for (;;) {
      // A value begins here.
      bool opened = false;
      if (!scalar_or_open(opened)) return false;
      if (opened) {
        blanks();
        if (peek() != (open.back().object ? '}' : ']')) {
          if (!begin_child()) return false;
          continue;
        }
        if (!close()) return false;
      }
      // A value has ended here: its container goes on, or ends with it.
      for (;;) {
        if (open.empty()) return true;
        if (open.size() == 1) out_.members.back().value.end = at_;
        blanks();
        auto const c = peek();
        if (c == ',') {
          ++at_;
          blanks();
          if (!begin_child()) return false;
          break;
        }
        if (c != (open.back().object ? '}' : ']'))
          return fail(open.back().object ? "expected , or }" : "expected , or ]");
        if (!close()) return false;
      }
    }
  }

  bool scalar_or_open(bool& opened) {
    if (values_++ == limits_.values_max) return fail("too many values (limits.json_values_max)");
    switch (peek()) {
      case '{':
      case '[':
        if (scratch_.open.size() == limits_.depth_max) return fail("nested too deep");
        scratch_.open.push_back({scratch_.keys.size(), text_[at_] == '{', repeats_});
        ++at_;
        opened = true;
        return true;
      case '"': {
        auto const s = scan_string(text_, at_ + 1);
        at_ = s.end;
        return s.broken == nullptr || fail(s.broken);
      }
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }

  // Up to the value of the next member or element.
  bool begin_child() {
    Member member;
    repeats_ = scratch_.open.back().repeats;
    if (scratch_.open.back().object) {
      if (!key(member)) return false;
      repeats_ = repeats_ || may_repeat(member.key);
      blanks();
      if (peek() != ':') return fail("expected :");
      ++at_;
      blanks();
    }
    member.value.begin = at_;
    if (scratch_.open.size() == 1) out_.members.push_back(member);
    return true;
  }

  bool key(Member& member) {
    if (peek() != '"') return fail("expected a member name");
    auto const s = scan_string(text_, at_ + 1);
    member.key_span = {at_, s.end};
    at_ = s.end;
    if (s.broken != nullptr) return fail(s.broken);
    member.key = text_.substr(member.key_span.begin + 1, member.key_span.size() - 2);
    if (s.escaped) {
      auto& said = scratch_.decoded.emplace_back();
      append_unescaped(said, member.key);
      member.key = said;
    }
    if (scratch_.keys.size() - scratch_.open.back().first_key == limits_.members_max)
      return fail("too many members in one object");
    scratch_.keys.add(member.key);
    return true;
  }

  bool may_repeat(std::string_view key) const noexcept {
    auto const& names = limits_.may_repeat;
    return scratch_.open.size() <= 2 && std::find(names.begin(), names.end(), key) != names.end();
  }

  bool close() {
    auto const frame = scratch_.open.back();
    if (frame.object && scratch_.keys.close(frame.first_key) && limits_.unique_names) {
      if (!frame.repeats) return fail("duplicate member name in the object that ends here");
      out_.repeats = true;
    }
    scratch_.open.pop_back();
    ++at_;
    return true;
  }

  bool literal(std::string_view word) noexcept {
    if (text_.substr(at_, word.size()) != word) return fail("expected a value");
    at_ += word.size();
    return true;
  }

  bool number() noexcept {
    auto const* const begin = text_.data() + at_;
    auto const c = peek();
    if (c != '-' && (c < '0' || c > '9')) return fail("expected a value");
    auto const* const end = skip_number(begin, text_.data() + text_.size());
    if (end == nullptr) return fail("invalid number");
    if (static_cast<std::size_t>(end - begin) > limits_.number_chars_max) return fail("number too long");
    at_ += static_cast<std::size_t>(end - begin);
    return true;
  }

  // Top-level keys that had escapes move from the scratch to the answer.
  void keep_decoded_keys() {
    if (scratch_.decoded.empty()) return;
    auto const had_escape = [&](Member const& m) {
      return m.key_span.size() > 0 && m.key.data() != text_.data() + m.key_span.begin + 1;
    };
    auto const n = std::count_if(out_.members.begin(), out_.members.end(), had_escape);
    out_.decoded.reserve(static_cast<std::size_t>(n));
    for (auto& m : out_.members)
      if (had_escape(m)) m.key = out_.decoded.emplace_back(m.key);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Limits const& limits_;
  Scan& out_;
  Scratch& scratch_;  // found once: the address of a thread_local costs a look at its guard
  std::size_t values_ = 0;
  char const* rule_ = "";
  bool repeats_ = false;  // of the container that is opened next
};

}  // namespace

Result<> scan_into(std::string_view text, Limits const& limits, Scan& scan) {
  scan.clear();
  return Scanner{text, limits, scan}.run();
}

Result<Scan> scan(std::string_view text, Limits const& limits) {
  Scan result;
  result.members.reserve(16);
  if (auto const done = scan_into(text, limits, result); !done) return done.error();
  return result;
}

}  // namespace tsg::json
