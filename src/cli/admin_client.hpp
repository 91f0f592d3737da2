// The admin API from a shell: one blocking request at a time.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tsg/config/config.hpp"
#include "tsg/core/error.hpp"

namespace tsg::cli {

struct Response {
  int status = 0;
  std::string body;
};

class AdminClient {
 public:
  // From TSG_ADMIN_URL (default http://127.0.0.1:8081) and TSG_ADMIN_TOKEN. http:// beyond loopback is
  // refused unless `insecure` (--insecure).
  static Result<AdminClient> from_environment(bool insecure);
  AdminClient(config::Url url, std::string token) : url_{std::move(url)}, token_{std::move(token)} {}

  // Errors: what could not be reached, in one line. Statuses are the caller's to judge.
  Result<Response> call(std::string_view method, std::string_view path, std::string_view body = {}) const;
  // The same, and the answer must be 2xx JSON; otherwise the error is the server's own message.
  Result<nlohmann::ordered_json> json(std::string_view method, std::string_view path,
                                      nlohmann::ordered_json const& body = {}) const;

  // All pages of a list, as one array.
  Result<nlohmann::ordered_json> all(std::string path) const;
  // Pages until `limit` rows are there; `more` says whether the list goes on.
  struct Some {
    Some() = default;
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    bool more = false;
  };
  Result<Some> first(std::string path, std::size_t limit) const;

 private:
  config::Url url_;
  std::string token_;
};

std::string percent_encoded(std::string_view text);

}  // namespace tsg::cli
