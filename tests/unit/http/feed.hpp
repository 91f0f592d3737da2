// Feeds a parser as a server would, and tells what came out as one text that tests can compare.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsg/http/parser.hpp"

namespace tsg::http::test {

struct Outcome {
  bool ok = false;       // every request was complete and well formed
  Errc code{};           // if not ok and not `waiting`
  bool waiting = false;  // the bytes ended in the middle of a request
  std::vector<std::string> requests;
  std::string message;

  friend bool operator==(Outcome const&, Outcome const&) = default;
};

inline std::string describe(RequestHead const& head, std::string_view body) {
  std::string text{to_string(head.method)};
  text.append(" ")
      .append(head.target)
      .append(" path=")
      .append(head.path)
      .append(" query=")
      .append(head.query);
  text += head.keep_alive ? " keep-alive" : " close";
  if (head.expect_continue) text += " expect";
  if (head.chunked) text += " chunked";
  for (auto const& f : head.fields) text.append(" [").append(f.name).append("=").append(f.value).append("]");
  return text.append(" body=").append(body);
}

// One connection: `pieces` arrive one after the other; requests are taken until one is refused.
inline Outcome run(std::vector<std::string_view> const& pieces, RequestLimits const& limits = {}) {
  RequestParser parser{limits};
  Outcome out;
  for (auto piece : pieces) {
    for (;;) {
      auto const used = parser.feed(piece);
      if (!used) {
        out.code = used.error().code();
        out.message = used.error().message();
        return out;
      }
      piece.remove_prefix(*used);
      if (parser.done()) {
        auto const body = parser.take_body();
        out.requests.push_back(describe(parser.head(), body));
        parser.reset();
        if (piece.empty()) break;
      } else if (piece.empty() && *used == 0) {
        break;  // an empty feed after the head has asked about the body's length
      }
    }
  }
  out.waiting = parser.started();
  out.ok = !out.waiting;
  return out;
}

inline Outcome run(std::string_view bytes, RequestLimits const& limits = {}) {
  return run(std::vector<std::string_view>{bytes}, limits);
}

inline std::vector<std::string_view> bytewise(std::string_view bytes) {  // views of `bytes`
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < bytes.size(); ++i) pieces.push_back(bytes.substr(i, 1));
  return pieces;
}

}  // namespace tsg::http::test
