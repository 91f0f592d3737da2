// A streamed answer, given as one: what the dialect's own decoder tells of it is put together here.
#pragma once
#include <map>

#include "providers/whole.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

class Fold {
 public:
  Fold(ProviderAdapter const& adapter, DecodeContext const& context);
  Result<Answer> answer(std::string_view body);
  // What the events said was used, also where they hold no answer; not a count of a moment before the end.
  catalog::Usage told() const;

 private:
  using Event = conversation::Event;
  struct Gathered {
    Gathered() = default;
    WholeChoice choice;
    std::map<std::uint32_t, std::size_t> items;                          // by their number: their place
    std::string logprobs, transcript;                                    // elements of `content`, raw; text
    std::map<std::string, std::string, std::less<>> lists, more, audio;  // members nobody here knows, raw
  };
  Result<> read(std::string_view body);
  void gather();
  void one(Event const& event);
  void text(Event const& event, Gathered& to);
  void extra(Event const& event);
  // The item that is told of, made if it is new.
  WholeItem& item(Event const& event, Gathered& to);
  WholeChoice whole(Gathered& gathered) const;

  ProviderAdapter const& adapter_;
  DecodeContext context_;
  std::unique_ptr<StreamDecoder> decoder_;
  EventBatch events_;
  std::string more_;
  std::map<std::int64_t, Gathered> choices_;
  bool identified_ = false, running_ = false;
};

}  // namespace tsg::providers
