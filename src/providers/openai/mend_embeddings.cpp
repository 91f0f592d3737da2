#include "providers/embedding_bytes.hpp"
#include "providers/error_shape.hpp"
#include "providers/openai/mend.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::openai {

Result<> mend_embeddings(json::Edits& edits, RawNode const& data, bool base64) {
  std::size_t place = 0;
  for (auto const& element : data.members()) {
    auto const path = "data[" + std::to_string(place) + "]";
    auto const entry = data.child(element);
    auto const* vector = entry.find("embedding");
    auto const raw = vector ? entry.raw(*vector) : std::string_view{};
    if (!is_string(raw) && !is_array(raw)) return broken_member(path + ".embedding");
    auto const put = [&](std::string_view key, std::string const& value) {
      if (auto const* m = entry.find(key))
        edits.replace(m->value, value);
      else
        edits.append_member(entry.text(), element.value, key, value);
    };
    if (!is_string(entry["object"])) put("object", R"("embedding")");
    if (!count_of(entry["index"])) put("index", std::to_string(place));
    ++place;
    if (is_string(raw) == base64) continue;
    auto other = base64 ? packed_floats(entry.child(*vector)) : unpacked_floats(text_of(raw));
    if (other.empty()) return broken_member(path + ".embedding");
    edits.replace(vector->value, base64 ? json::quoted(other) : std::move(other));
  }
  return boost::system::in_place_value;
}

}  // namespace tsg::providers::openai
