// Output items and events that the Responses-shaped APIs (OpenAI, xAI, Perplexity's Agent) share.
#pragma once
#include "api.hpp"

namespace tsg::sim {

std::string_view responses_status(Finish finish);
Json incomplete_details(Finish finish);  // null when the answer is whole

/// The members of a response object that repeat the request or are constant.
Json responses_echo(Ask const& ask);

/// Numbers and writes the events of one stream.
class EventWriter {
 public:
  EventWriter(Script& out, bool named) : out_(out), named_(named) {}
  void send(std::string_view type, Json members, std::int64_t tokens);

 private:
  Script& out_;
  bool named_;  // "event:" lines
  std::int64_t sequence_ = 0;
};

}  // namespace tsg::sim
