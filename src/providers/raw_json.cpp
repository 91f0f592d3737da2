#include "providers/raw_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tsg::providers {
namespace {

constexpr std::int64_t kCountMax = std::int64_t{1} << 40;  // beyond any bill; sums of a dozen fit

constexpr std::array<std::string_view, 2> kMayRepeat{"usage", "usageMetadata"};

std::uint32_t hex4(std::string_view s, std::size_t at) noexcept {
  std::uint32_t v = 0;
  std::from_chars(s.data() + at, s.data() + at + 4, v, 16);
  return v;
}

char* put_utf8(char* out, std::uint32_t c) {
  auto const put = [&](std::uint32_t b) { *out++ = static_cast<char>(b); };
  if (c < 0x80) return put(c), out;
  if (c < 0x800) return put(0xc0 | c >> 6), put(0x80 | (c & 0x3f)), out;
  if (c < 0x10000) return put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f)), out;
  put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f)), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
  return out;
}

char simple_escape(char c) noexcept {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    default:
      return c;  // quote, backslash, slash: the scanner let nothing else through
  }
}

// What the inside of a string says: never longer than it is spelt. The end of what was written.
char* unescape(std::string_view s, char* out) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '\\') {
      *out++ = s[i];
      continue;
    }
    if (s[++i] != 'u') {
      *out++ = simple_escape(s[i]);
      continue;
    }
    auto c = hex4(s, i + 1);
    i += 4;
    if (c >= 0xd800 && c < 0xdc00 && i + 6 < s.size() && s[i + 1] == '\\' && s[i + 2] == 'u') {
      c = 0x10000 + ((c - 0xd800) << 10) + (hex4(s, i + 3) - 0xdc00);
      i += 6;
    }
    out = put_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
  }
  return out;
}

std::string_view inside_of(std::string_view quoted) noexcept {
  return quoted.substr(1, quoted.size() - 2);
}

// Nodes that one event needs at a time, with room for what most objects have.
constexpr std::size_t kRecycledMost = 16, kRecycledMembersMost = 64;
thread_local std::vector<json::Scan> recycled;

}  // namespace

json::Scan RawNode::fresh() {
  if (recycled.empty()) return {};
  auto scan = std::move(recycled.back());
  recycled.pop_back();
  return scan;
}

void RawNode::recycle(json::Scan&& scan) noexcept {
  if (scan.members.capacity() > kRecycledMembersMost || recycled.size() >= kRecycledMost) return;
  if (recycled.capacity() == 0) recycled.reserve(kRecycledMost);
  scan.clear();
  recycled.push_back(std::move(scan));
}

Result<RawNode> RawNode::parse(std::string_view text) {
  json::Limits limits;
  limits.members_max = 100'000;
  limits.may_repeat = kMayRepeat;
  RawNode node{text, fresh()};
  if (auto scanned = json::scan_into(text, limits, node.scan_); !scanned) return scanned.error();
  if (!node.scan_.root_is_object) return Error{Errc::bad_request, "not a JSON object"};
  return node;
}

Result<RawNode> RawNode::parse_deep(std::string_view text) {
  auto node = parse(text);
  if (node) node->outline_ = std::make_shared<json::Outline>(text);
  return node;
}

json::Member const* RawNode::find(std::string_view key) const noexcept {
  for (auto m = scan_.members.rbegin(); m != scan_.members.rend(); ++m)
    if (m->key == key) return &*m;
  return nullptr;
}

std::string_view RawNode::operator[](std::string_view key) const noexcept {
  auto const* m = find(key);
  return m ? raw(*m) : std::string_view{};
}

RawNode RawNode::child(json::Member const& m) const {
  auto const value = raw(m);
  if (!is_object(value) && !is_array(value)) return {};
  RawNode node{text_, fresh(), outline_};
  auto const scanned = outline_ ? json::scan_children_into(text_, m.value, *outline_, node.scan_)
                                : json::scan_children_into(text_, m.value, node.scan_);
  if (!scanned) return {};
  node.scan_.repeats = scan_.repeats;
  return node;
}

RawNode RawNode::child(std::string_view key) const {
  auto const* m = find(key);
  return m ? child(*m) : RawNode{};
}

bool contradicts_itself(RawNode const& node) {
  if (!node.repeats()) return false;
  auto const members = node.members();
  constexpr std::size_t most = 256;  // more than any count: not worth a look
  if (members.size() > most) return true;
  for (auto m = members.begin(); m != members.end(); ++m) {
    if (m->key_span.size() != 0 && std::any_of(members.begin(), m, [&](json::Member const& before) {
          return before.key == m->key && node.raw(before) != node.raw(*m);
        }))
      return true;
    if (is_object(node.raw(*m)) && contradicts_itself(node.child(*m))) return true;
  }
  return false;
}

std::string text_of(std::string_view raw) {
  if (!is_string(raw)) return {};
  auto const s = inside_of(raw);
  if (s.find('\\') == std::string_view::npos) return std::string{s};
  std::string out(s.size(), '\0');
  out.resize(static_cast<std::size_t>(unescape(s, out.data()) - out.data()));
  return out;
}

std::string_view text_in(conversation::EventBatch& batch, std::string_view raw) {
  if (!is_string(raw)) return {};
  auto const s = inside_of(raw);
  if (s.find('\\') == std::string_view::npos) return s;
  auto* const out = batch.room(s.size());
  return {out, static_cast<std::size_t>(unescape(s, out) - out)};
}

bool spells(std::string_view raw, std::string_view text) {
  if (!is_string(raw)) return false;
  auto const s = inside_of(raw);
  return s.find('\\') == std::string_view::npos ? s == text : text_of(raw) == text;
}

std::string name_of(std::string_view raw) {
  constexpr std::size_t kNameMax = 256;
  auto name = text_of(raw);
  auto const visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (name.size() <= kNameMax && std::ranges::all_of(name, visible)) return name;  // nearly always
  std::string out;
  for (char const c : name) {
    if (out.size() == kNameMax) break;
    bool const goes_on = (static_cast<unsigned char>(c) & 0xc0) == 0x80;  // within a UTF-8 sequence
    if (visible(c))
      out += c;
    else if (!goes_on)
      out += c == ' ' ? ' ' : '?';
  }
  auto const begin = std::min(out.find_first_not_of(' '), out.size());
  return out.substr(begin, out.find_last_not_of(' ') + 1 - begin);
}

std::int64_t text_size(std::string_view raw) noexcept {
  if (!is_string(raw)) return 0;
  auto n = static_cast<std::int64_t>(raw.size()) - 2;
  for (std::size_t i = raw.find('\\'); i < raw.size() - 1; ++i) {
    if (raw[i] != '\\') continue;
    ++i;
    n -= raw[i] == 'u' ? 3 : 1;  // \uXXXX is 1 to 3 bytes; a pair of them is 4, here counted as 6
  }
  return n;
}

std::optional<std::int64_t> count_of(std::string_view raw) noexcept {
  std::int64_t v = 0;
  auto const [end, ec] = std::from_chars(raw.data(), raw.data() + raw.size(), v);
  if (raw.empty() || ec != std::errc{} || v < 0 || v > kCountMax) return std::nullopt;
  auto rest = std::string_view{end, static_cast<std::size_t>(raw.data() + raw.size() - end)};
  if (rest.starts_with('.')) {  // "16.0", as servers in Python may say
    rest.remove_prefix(1);
    while (rest.starts_with('0')) rest.remove_prefix(1);
  }
  return rest.empty() ? std::optional{v} : std::nullopt;
}

}  // namespace tsg::providers
