// [[sim:output_tokens=200,fault=stall]] inside the last user message.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault.hpp"

namespace tsg::sim {

struct Directive {
  std::optional<std::int64_t> input_tokens, output_tokens, cached, cache_write, reasoning, searches;
  std::optional<std::int64_t> latency_ms, ttft_ms, inter_us, burst;
  std::optional<Fault> fault;
  std::vector<std::string> tools;   // tool=a+b: which declared tools to call, in this order
  std::optional<std::string> text;  // text=...: the answer word for word, one token
  bool parallel = false;            // parallel: call every declared tool
  std::string unknown;              // first key nobody knows; the request is refused with it
};

/// The last directive of the text; an empty one when there is none.
Directive parse_directive(std::string_view text);

}  // namespace tsg::sim
