#include "tsg/json/document.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "json/number_range.hpp"

namespace tsg::json {
namespace {

constexpr std::size_t pool_max = 16;               // idle states per thread
constexpr std::size_t pooled_bytes_max = 1 << 20;  // a state that served a larger body is given back
constexpr std::size_t members_kept_max = 256;

}  // namespace

struct Document::State {
  std::string text;  // with simdjson's padding in its capacity
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  Scan scan;

  Result<> parse(Limits const& limits);
  Error unfit_number() const;
  bool worth_keeping() const noexcept {
    return parser.capacity() <= pooled_bytes_max && scan.members.capacity() <= members_kept_max;
  }

  struct Pool {
    std::array<std::unique_ptr<State>, pool_max> idle;
    std::size_t size = 0;
    ~Pool() { gone = true; }
    static thread_local bool gone;  // a document may outlive its thread's pool
  };
  static thread_local Pool pool;

  static std::unique_ptr<State> take() {
    if (Pool::gone || pool.size == 0) return std::make_unique<State>();
    return std::move(pool.idle[--pool.size]);
  }
  static void give_back(std::unique_ptr<State> state) noexcept {
    if (!state || Pool::gone || pool.size == pool_max || !state->worth_keeping()) return;
    std::string{}.swap(state->text);
    state->scan.clear();
    pool.idle[pool.size++] = std::move(state);
  }
};
thread_local bool Document::State::Pool::gone = false;
thread_local Document::State::Pool Document::State::pool;

// Valid JSON all the same, so the client is told where it is and how to go on.
Error Document::State::unfit_number() const {
  auto const found = find_unfit_number(text);
  if (!found) return Error{Errc::bad_request, "Invalid JSON: a number is out of range."};
  std::string param;
  for (auto const& m : scan.members)
    if (found->at >= m.value.begin && found->at < m.value.end) param = m.key;
  return Error{
      Errc::bad_request,
      "The number at byte " + std::to_string(found->at) +
          (found->integer ? " does not fit 64 bits: make it smaller, write it with a decimal point, or "
                            "leave it out."
                          : " is beyond what a double holds: make it smaller, or leave it out."),
      param};
}

Result<> Document::State::parse(Limits const& limits) {
  text.reserve(text.size() + simdjson::SIMDJSON_PADDING);  // before the scanner keeps views of it
  if (auto const scanned = scan_into(text, limits, scan); !scanned) return scanned.error();
  if (!scan.root_is_object) return Error{Errc::bad_request, "Invalid JSON: the body must be an object."};
  if (parser.max_depth() <= limits.depth_max || parser.capacity() < text.size()) {
    auto const depth = std::max(limits.depth_max + 1, simdjson::DEFAULT_MAX_DEPTH);
    if (parser.allocate(std::max<std::size_t>(text.size(), 4096), depth) != simdjson::SUCCESS)
      return Error{Errc::overloaded};
  }
  // No copy: the padding is there. What the scanner accepts and simdjson does not are numbers that it cannot
  // represent (1e400, integers beyond 64 bits); anything else would be a bug of one of them, and is refused
  // too.
  auto const dom = parser.parse(text.data(), text.size(), false).get_object();
  if (dom.error() == simdjson::NUMBER_ERROR) return unfit_number();
  if (dom.error() == simdjson::MEMALLOC) return Error{Errc::overloaded};  // nothing is wrong with the body
  if (dom.error() != simdjson::SUCCESS)
    return Error{Errc::bad_request, "Invalid JSON: two readings of the body disagree."}.log(
        simdjson::error_message(dom.error()));
  root = dom.value_unsafe();
  return {};
}

Document::Document(std::unique_ptr<State> state) : state_{std::move(state)} {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&& other) noexcept {
  if (this != &other) {
    State::give_back(std::move(state_));
    state_ = std::move(other.state_);
  }
  return *this;
}
Document::~Document() {
  State::give_back(std::move(state_));
}

Result<Document> Document::parse(std::string body, Limits const& limits) {
  auto state = State::take();
  state->text = std::move(body);
  if (auto const parsed = state->parse(limits); !parsed) {
    State::give_back(std::move(state));
    return parsed.error();
  }
  return Document{std::move(state)};
}

std::string_view Document::text() const noexcept {
  return state_ ? std::string_view{state_->text} : "";
}
simdjson::dom::object Document::root() const noexcept {
  return state_->root;
}
std::span<Member const> Document::members() const noexcept {
  return state_ ? std::span<Member const>{state_->scan.members} : std::span<Member const>{};
}

Member const* Document::find(std::string_view key) const noexcept {
  auto const all = members();
  auto const found = std::find_if(all.begin(), all.end(), [&](Member const& m) { return m.key == key; });
  return found == all.end() ? nullptr : &*found;
}

std::string Document::release() && {
  if (!state_) return {};
  auto text = std::exchange(state_->text, {});
  State::give_back(std::move(state_));
  return text;
}

}  // namespace tsg::json
