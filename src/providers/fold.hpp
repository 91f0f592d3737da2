// A streamed answer, given as one: the dialect's own decoder makes chunks of the events, and what a client
// would put together from them is put together here.
#pragma once
#include <map>

#include "providers/compose.hpp"
#include "providers/raw_json.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

class Fold {
 public:
  Fold(ProviderAdapter const& adapter, DecodeContext const& context);
  Result<Answer> answer(std::string_view body);
  // What the events said was used, also where they hold no answer; not a count of a moment before the end.
  catalog::Usage told() const;

 private:
  struct Gathered {
    Gathered() = default;
    Choice choice;
    std::map<std::int64_t, std::size_t> calls;                    // index to place
    std::string logprobs;                                         // elements of `content`, raw
    std::map<std::string, std::string, std::less<>> lists, more;  // members nobody here knows, raw
  };
  Result<> read(std::string_view body);
  void chunk(RawNode const& root);
  void delta(RawNode const& delta, Gathered& to);
  void call(RawNode const& call, Gathered& to);

  ProviderAdapter const& adapter_;
  DecodeContext context_;
  std::unique_ptr<StreamDecoder> decoder_;
  std::string events_, more_;
  std::map<std::int64_t, Gathered> choices_;
  bool identified_ = false, running_ = false;
};

}  // namespace tsg::providers
