// Does a record answer a query, and how long is looked for one? The stores bring the rows.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/store/store.hpp"

namespace tsg::store {

std::int64_t record_ms(std::string_view bytes);  // its time; 0 if it has none

// One query, made ready once. Most records are passed over by what their bytes do not hold; the parse decides
// about the rest.
class AuditMatch {
 public:
  explicit AuditMatch(AuditQuery const& query);
  bool operator()(std::string_view bytes) const;

 private:
  struct Member {
    std::string name, value;
    std::string as_text, as_number;  // `"verdict":"allow"`, `"status":429`; the first may be the name alone
  };
  std::optional<std::int64_t> from_ms_, to_ms_;
  std::string request_id_;  // as it stands in a record; "" = any
  std::vector<Member> members_;
};

// Rows come newest first, down to `oldest`. Each is offered until the page has what it may.
class AuditLook {
 public:
  AuditLook(AuditQuery const& query, std::int64_t oldest);
  bool wants_more() const noexcept;  // before each row
  // True: it matches, and the caller adds it to the page.
  bool take(std::int64_t seq, std::string_view bytes);
  // At the end of the rows (`whole`), or where no more are wanted.
  void end(AuditPage& page, bool whole) const noexcept;

 private:
  AuditMatch match_;
  std::size_t limit_, look_at_, looked_ = 0, found_ = 0;
  std::optional<std::chrono::steady_clock::time_point> until_;
  std::int64_t oldest_, last_seq_ = 0, last_ms_ = 0;
};

}  // namespace tsg::store
