#include "providers/turns.hpp"

#include <algorithm>

#include "providers/judge.hpp"
#include "providers/raw_json.hpp"

namespace tsg::providers {
namespace {

conversation::Item json_instruction() {
  conversation::Item item;
  item.role = conversation::Role::system;
  item.where.list = "response_format";
  conversation::Part part;
  part.value = kJsonInstruction;
  part.where = item.where;
  item.parts.push_back(part);
  return item;
}

}  // namespace

std::vector<conversation::Turn> told(ChatRequest const& request, std::vector<std::string>& dropped) {
  for (auto const& item : request.items)
    if (item.kind == conversation::Item::Kind::thought && item.where.member == ".content") {
      note_dropped(dropped, "messages.thinking");
      break;
    }
  return conversation::turns_of(request.items);
}

void instruct_json(std::vector<conversation::Turn>& turns, std::vector<Adapted>& adapted) {
  static auto const instruction = json_instruction();
  conversation::instruct(turns, instruction);
  adapted.emplace_back("response_format", "json_object as an instruction");
}

Result<> check_detail(conversation::Part const& image) {
  constexpr std::string_view kWords = "auto|low|high|original";
  if (image.detail.empty()) return boost::system::in_place_value;
  auto const word = text_of(image.detail);
  for (auto words = kWords; !words.empty();) {
    auto const one = words.substr(0, words.find('|'));
    if (one == word) return boost::system::in_place_value;
    words.remove_prefix(std::min(words.size(), one.size() + 1));
  }
  return none_of(image.where.text() + ".image_url.detail", kWords);
}

}  // namespace tsg::providers
