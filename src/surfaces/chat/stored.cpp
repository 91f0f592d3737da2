#include "tsg/surfaces/stored.hpp"

#include <algorithm>

#include "providers/chunk_events.hpp"

namespace tsg::surfaces {
namespace {

using conversation::Event;

constexpr std::string_view kData = "data: ", kEnd = "\n\n";

// "[DONE]" and comments are none.
bool is_chunk(std::string_view event) noexcept {
  if (!event.starts_with(kData) || !event.ends_with(kEnd)) return false;
  auto const first = event.find_first_not_of(" \r\t", kData.size());  // white space of a provider's JSON
  return event[first] == '{';
}

// Chunks that are added have what all have in common.
void tell_head(providers::RawNode const& root, Event& told, conversation::EventBatch& out) {
  Event head{Event::Kind::head, 0};
  head.id = providers::text_in(out, root["id"]);
  head.name = providers::text_in(out, root["model"]);
  head.created = providers::count_of(root["created"]).value_or(0);
  if (head.id.empty() || (head.id == told.id && head.name == told.name && head.created == told.created))
    return;
  told = out.add(head);
}

}  // namespace

Result<> read_chunks(std::string_view bytes, conversation::EventBatch& out) {
  providers::ChunkEvents events;
  Event told;
  while (!bytes.empty()) {
    auto const end = bytes.find(kEnd);
    auto const event = bytes.substr(0, end == bytes.npos ? end : end + kEnd.size());
    bytes.remove_prefix(event.size());
    if (!is_chunk(event)) {
      Event pass;
      pass.wire = event;
      out.add(pass);
      continue;
    }
    auto const text = event.substr(kData.size(), event.size() - kData.size() - kEnd.size());
    auto const root = providers::RawNode::parse(text);
    if (!root) return Error{Errc::internal}.log("an event of our own is not JSON");
    tell_head(*root, told, out);
    events.chunk(*root);
    events.commit(text, out);
  }
  return boost::system::in_place_value;
}

}  // namespace tsg::surfaces
