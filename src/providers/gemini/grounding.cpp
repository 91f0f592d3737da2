#include "providers/gemini/grounding.hpp"

#include <algorithm>

#include "providers/gemini/adapter.hpp"
#include "providers/gemini/encode.hpp"
#include "providers/openai_shape.hpp"
#include "providers/rules.hpp"

namespace tsg::providers::gemini {
namespace {

constexpr std::size_t kBlock = 512;  // bytes of text that are counted one by one

struct Source {
  std::string url, title;
};

// Chunks of the web, of maps, and of files that have an address; the others cannot be cited by URL.
std::vector<Source> sources(RawNode const& grounding) {
  std::vector<Source> out;
  auto const chunks = grounding.child("groundingChunks");
  for (auto const& element : chunks.members()) {
    auto const chunk = chunks.child(element);
    Source source;
    for (auto const* kind : {"web", "maps", "retrievedContext"})
      if (auto const body = chunk.child(kind); !body.empty()) {
        source.url = text_of(body["uri"]);
        source.title = text_of(body["title"]);
      }
    out.push_back(std::move(source));
  }
  return out;
}

}  // namespace

void TextOffsets::append(std::string_view text) {
  if (parts_.empty()) parts_.push_back(0);
  for (char const c : text) {
    if (starts_.size() % kBlock == 0) before_.push_back(count_);
    bool const starts = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    starts_.push_back(starts);
    count_ += starts;
  }
}

void TextOffsets::begin_part() {
  parts_.push_back(starts_.size());
}

std::int64_t TextOffsets::characters(std::int64_t part, std::int64_t byte) const {
  auto const known = part >= 0 && static_cast<std::size_t>(part) < parts_.size();
  auto const begin = known ? parts_[static_cast<std::size_t>(part)] : 0;
  auto const end =
      std::min(starts_.size(), begin + static_cast<std::size_t>(std::max<std::int64_t>(byte, 0)));
  if (end == starts_.size()) return count_;
  auto const at = [this](std::size_t i) { return starts_.begin() + static_cast<std::ptrdiff_t>(i); };
  auto const block = end / kBlock;
  return before_[block] + std::count(at(block * kBlock), at(end), true);
}

std::vector<std::string> citations(RawNode const& grounding, TextOffsets const& text) {
  std::vector<std::string> out;
  auto const known = sources(grounding);
  auto const supports = grounding.child("groundingSupports");
  for (auto const& element : supports.members()) {
    auto const support = supports.child(element);
    auto const segment = support.child("segment");
    auto const part = count_of(segment["partIndex"]).value_or(0);
    auto const begin = text.characters(part, count_of(segment["startIndex"]).value_or(0));
    auto const end = text.characters(part, count_of(segment["endIndex"]).value_or(0));
    auto const indices = support.child("groundingChunkIndices");
    for (auto const& index : indices.members()) {
      auto const i = count_of(indices.raw(index));
      if (!i || static_cast<std::size_t>(*i) >= known.size()) continue;
      auto const& source = known[static_cast<std::size_t>(*i)];
      if (!source.url.empty()) out.push_back(url_citation(source.url, source.title, begin, end));
    }
  }
  return out;
}

Searches searches(ChatRequest const& request, EncodeContext const& context) {
  if (!request.server_tools || given(request, "web_search_options").empty()) return {};
  if (Rules{context.family}.text("search_billing_unit", "") == "grounded prompt")
    return {request.n,
            2};  // one of each candidate; the prompt, and what was found, which is counted beside it
  return Searches::unlimited(
      "the model searches as often as it likes, and each search is paid for. Choose a Gemini model of "
      "generation 2, whose searches cost once per answer, or use a key without a budget");
}

std::int64_t billed_searches(RawNode const& grounding, catalog::Model const* family) {
  auto const queries = static_cast<std::int64_t>(grounding.child("webSearchQueries").members().size());
  bool const per_prompt = Rules{family}.text("search_billing_unit", "") == "grounded prompt";
  return per_prompt ? std::min<std::int64_t>(queries, 1) : queries;
}

}  // namespace tsg::providers::gemini
