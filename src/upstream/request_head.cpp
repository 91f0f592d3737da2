#include "upstream/request_head.hpp"

#include <algorithm>

#include "tsg/core/bytes.hpp"
#include "upstream/failure.hpp"

namespace tsg::upstream {

namespace {

bool visible_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

std::string fixed_lines(std::string_view authority) {
  return std::string{" HTTP/1.1\r\nhost: "}.append(authority).append(
      "\r\nuser-agent: tsg\r\ncontent-type: application/json\r\n");
}

Result<std::string> request_head(http::Method method, std::string_view path, std::string_view fixed,
                                 http::Headers const& headers, std::size_t body_bytes) {
  if (path.empty() || path.front() != '/' || !visible_ascii(path))
    return unsendable("upstream path has a blank, a control or a byte beyond ASCII");
  for (auto const name :
       {"host", "content-length", "transfer-encoding", "content-type", "connection", "expect"})
    if (!headers.get(name).empty()) return unsendable(std::string{"upstream header may not be set: "} + name);

  std::string head;
  head.reserve(path.size() + fixed.size() +
               512);  // credentials and versions fit; a longer one only costs a copy
  head.append(method == http::Method::get ? "GET " : "POST ").append(path).append(fixed);
  if (headers.get("accept").empty()) head.append("accept: application/json, text/event-stream\r\n");
  headers.append_to(head);
  if (method == http::Method::post) {
    head.append("content-length: ");
    append_uint(head, body_bytes);
    head.append("\r\n");
  }
  head.append("\r\n");
  return head;
}

}  // namespace tsg::upstream
