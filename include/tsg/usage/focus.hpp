// FOCUS 1.4 Cost and Usage rows of ledger rows (standards §6; FIN-*). Pure: rows in, text out.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"
#include "tsg/core/time_zone.hpp"
#include "tsg/store/usage.hpp"

namespace tsg::usage {

struct FocusNames {  // what the ledger has ids for
  FocusNames() = default;
  std::string org, team;         // names for people
  std::string key_name;          // "" = none
  std::string tags_json = "{}";  // flat object of strings
};

struct FocusOptions {
  FocusOptions() = default;
  TimeZone zone;  // of billing periods
  std::string issuer = "ThreadSync LLM Gateway";
  std::function<FocusNames(store::LedgerRow const&)> names;
};

// One row for each meter, key, model, price and hour. Feed all ledger rows of the time, then take the file.
class FocusExport {
 public:
  explicit FocusExport(FocusOptions options);
  FocusExport(FocusExport&&) noexcept;
  ~FocusExport();
  Result<> add(store::LedgerRow const& row);
  std::string csv() const;  // RFC 4180, header first, CRLF
  std::size_t rows() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tsg::usage
