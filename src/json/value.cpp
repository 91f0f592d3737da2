#include "tsg/json/value.hpp"

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

namespace tsg::json {
namespace {

template <class Any>
Any parse_distinct(std::string_view text, std::vector<std::string>& twice) {
  using Event = typename Any::parse_event_t;
  std::vector<std::set<std::string, std::less<>>> open;
  auto const watch = [&](int, Event event, Any& value) {
    if (event == Event::object_start) open.emplace_back();
    if (event == Event::object_end) open.pop_back();
    if (event == Event::key) {
      auto const& key = value.template get_ref<std::string const&>();
      if (!open.back().insert(key).second) twice.push_back(key);
    }
    return true;
  };
  return Any::parse(text, watch, /*allow_exceptions=*/false);
}

}  // namespace

Value parse_value(std::string_view text) {
  return Value::parse(text, nullptr, /*allow_exceptions=*/false);
}

Ordered parse_ordered(std::string_view text) {
  return Ordered::parse(text, nullptr, /*allow_exceptions=*/false);
}

Value parse_value(std::string_view text, std::vector<std::string>& twice) {
  return parse_distinct<Value>(text, twice);
}

Ordered parse_ordered(std::string_view text, std::vector<std::string>& twice) {
  return parse_distinct<Ordered>(text, twice);
}

Value own_value(std::string_view text) {
  return Value::parse(text);
}

Ordered own_ordered(std::string_view text) {
  return Ordered::parse(text);
}

std::string to_text(Value const& value, int indent) {
  return value.dump(indent);
}

std::string to_text(Ordered const& value, int indent) {
  return value.dump(indent);
}

std::string to_text_lossy(Value const& value) {
  return value.dump(-1, ' ', false, Value::error_handler_t::replace);
}

std::string to_text_lossy(Ordered const& value) {
  return value.dump(-1, ' ', false, Ordered::error_handler_t::replace);
}

}  // namespace tsg::json
