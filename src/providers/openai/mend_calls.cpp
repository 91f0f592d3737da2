#include <algorithm>

#include "providers/error_shape.hpp"
#include "providers/openai/mend.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::openai {
namespace {

// What is kept must not fill memory: calls of one choice, and the words of each.
constexpr std::size_t kCallsMax = 1'000, kWordMax = 1'024;

// The object a call's name and text stand in, "" = none.
std::string_view kind_of(RawNode const& piece) noexcept {
  for (auto const kind : {"function", "custom"})
    if (is_object(piece[kind])) return kind;
  return "";
}

}  // namespace

// By id where there is one, else by the server's index, else the one before. A call with an id nobody has
// seen is a new one only if it brings its name: some servers make up an id for each piece.
CallBook::Call* CallBook::known(std::vector<Call>& all, std::string_view id,
                                std::optional<std::int64_t> theirs, std::string_view name) {
  auto const last_at = [&]() -> Call* {
    auto const at = std::ranges::find(all.rbegin(), all.rend(), theirs, &Call::theirs);
    return at == all.rend() ? nullptr : &*at;
  };
  if (all.empty()) return nullptr;
  if (!id.empty()) {
    auto const at = std::ranges::find(all.rbegin(), all.rend(), id, &Call::id);
    if (at != all.rend()) return &*at;
    auto* const same = theirs ? last_at() : &all.back();
    return same != nullptr && (name.empty() || same->id.empty()) ? same : nullptr;
  }
  if (theirs) return last_at();
  auto& last = all.back();
  bool const another = !name.empty() && (name != last.name || last.closed);
  return another ? nullptr : &last;
}

Result<> CallBook::read(RawNode const& calls, std::int64_t choice, std::string_view path,
                        json::Edits& edits) {
  auto& all = calls_[choice];
  std::size_t place = 0;
  for (auto const& element : calls.members()) {
    auto const at = std::string{path} + "[" + std::to_string(place++) + "]";
    auto const piece = calls.child(element);
    if (piece.empty()) return broken_member(at);
    auto const id = text_of(piece["id"]);
    auto const kind = kind_of(piece);
    auto const name = kind.empty() ? std::string{} : text_of(piece.child(kind)["name"]);
    auto const theirs = count_of(piece["index"]);
    if (id.size() > kWordMax || name.size() > kWordMax)
      return broken_member(at, "has too long an id or name");
    auto* call = known(all, id, theirs, name);
    bool const fresh = call == nullptr;
    if (fresh) {
      if (all.size() == kCallsMax) return broken_member(at, "is one call too many");
      call = &all.emplace_back();
      call->number = static_cast<std::int64_t>(all.size()) - 1;
      call->theirs = theirs;
    }
    if (auto const* index = piece.find("index"); !index)
      edits.append_member(piece.text(), element.value, "index", std::to_string(call->number));
    else if (theirs != call->number || piece.raw(*index).find('.') != std::string_view::npos)
      edits.replace(index->value, std::to_string(call->number));
    if (fresh) {
      call->id = id.empty() ? made_call_id(id_, choice, std::to_string(call->number)) : id;
      if (auto begun = begin(*call, piece, element.value, kind, at, edits); !begun) return begun;
    } else {
      go_on(*call, piece, kind, edits);
    }
  }
  return boost::system::in_place_value;
}

Result<> CallBook::begin(Call& call, RawNode const& piece, json::Span span, std::string_view kind,
                         std::string_view path, json::Edits& edits) {
  auto const put = [&](std::string_view key, std::string const& value) {
    if (auto const* m = piece.find(key)) {
      if (!is_string(piece.raw(*m)) || piece.raw(*m).size() <= 2) edits.replace(m->value, value);
    } else {
      edits.append_member(piece.text(), span, key, value);
    }
  };
  call.custom = kind == "custom";
  put("id", json::quoted(call.id));
  put("type", call.custom ? R"("custom")" : R"("function")");
  if (kind.empty()) {
    if (!is_string(piece["name"])) return broken_member(std::string{path} + ".function");
    call.name = text_of(piece["name"]);  // flat: without the object that should hold it
    call.arguments =
        is_string(piece["arguments"]) ? piece["arguments"].size() > 2 : is_object(piece["arguments"]);
    std::string flat;
    json::Writer w{flat};
    w.begin_object().key("name").raw(piece["name"]).key("arguments");
    auto const raw = piece["arguments"];
    w.raw(is_string(raw) ? std::string{raw} : is_object(raw) ? arguments_string(raw) : "\"\"").end_object();
    if (auto const* m = piece.find("function"))
      edits.replace(m->value, flat);
    else
      edits.append_member(piece.text(), span, "function", flat);
    for (auto const key : {"name", "arguments"})
      if (auto const* m = piece.find(key)) edits.erase_member(piece.text(), *m);
    return boost::system::in_place_value;
  }
  auto const* holder = piece.find(kind);
  auto const body = piece.child(*holder);
  call.name = text_of(body["name"]);
  auto const key = call.custom ? "input" : "arguments";
  auto const* text = body.find(key);
  auto const raw = text ? body.raw(*text) : std::string_view{};
  call.arguments = is_string(raw) ? raw.size() > 2 : is_object(raw);
  call.closed = is_object(raw) || raw.ends_with("}\"");
  if (is_string(raw)) return boost::system::in_place_value;
  if (!raw.empty() && !is_null(raw) && !is_object(raw))
    return broken_member(std::string{path} + "." + std::string{kind} + "." + key);
  auto value = is_object(raw) ? arguments_string(raw) : std::string{"\"\""};
  if (text)
    edits.replace(text->value, std::move(value));
  else
    edits.append_member(body.text(), holder->value, key, value);
  return boost::system::in_place_value;
}

void CallBook::go_on(Call& call, RawNode const& piece, std::string_view kind, json::Edits& edits) {
  for (auto const key : {"id", "type"})
    if (auto const* m = piece.find(key)) edits.erase_member(piece.text(), *m);
  if (kind.empty()) return;
  auto const body = piece.child(kind);
  if (auto const* m = body.find("name")) {
    auto const name = text_of(body.raw(*m));
    if (name.empty() || name == call.name)
      edits.erase_member(body.text(), *m);
    else if (call.name.size() <= kWordMax)
      call.name += name;
  }
  auto const* text = body.find(call.custom ? "input" : "arguments");
  auto const raw = text ? body.raw(*text) : std::string_view{};
  call.arguments |= is_string(raw) ? raw.size() > 2 : is_object(raw);
  if (is_object(raw) || raw.size() > 2) call.closed = is_object(raw) || raw.ends_with("}\"");
  if (is_object(raw)) edits.replace(text->value, arguments_string(raw));
  if (is_null(raw)) edits.replace(text->value, "\"\"");
}

Result<std::vector<std::int64_t>> CallBook::end(std::int64_t choice) {
  std::vector<std::int64_t> out;
  auto const known = calls_.find(choice);
  if (known == calls_.end()) return out;
  for (auto& call : known->second) {
    if (call.name.empty())
      return broken_member("choices[" + std::to_string(choice) + "].delta.tool_calls[" +
                           std::to_string(call.number) + "].function.name");
    if (call.arguments || call.custom) continue;
    out.push_back(call.number);
    call.arguments = true;
  }
  return out;
}

}  // namespace tsg::providers::openai
