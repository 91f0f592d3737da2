// From a received request to everything the session has to do: pure, no I/O.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "api.hpp"
#include "fault.hpp"
#include "prices.hpp"

namespace tsg::sim {

struct Request {
  std::string_view method;
  std::string_view target;
  std::string_view body;
  std::string_view bearer;     // Authorization without its scheme
  std::string_view x_api_key;  // Anthropic
  std::string_view goog_key;   // Gemini
  std::string_view anthropic_version;
};

struct Pace {
  std::chrono::milliseconds first{0};      // until the first byte
  std::chrono::microseconds per_token{0};  // between events; a plain answer waits for all of its tokens
  std::int64_t burst = 1;                  // events per write
};

/// How the answer ends on the wire.
enum class Ending : std::uint8_t { clean, cut, reset, hang };

/// An answer made once and used for every equal request; only the marks in it change.
struct Prepared {
  Api const* api = nullptr;
  int status = 200;
  std::string content_type = "application/json";
  std::string extra_head;   // whole header lines
  std::string body;         // what is sent of it; of a stream all events in order
  std::vector<Mark> marks;  // stream only
  bool stream = false;
  std::size_t declared_length = 0;  // of a plain body; larger than what is sent when it is cut
  bool send_head = true;
  Ending ending = Ending::clean;
  bool whole = true;    // the answer is complete and well-formed
  bool billed = false;  // goes to the ledger
  bool cacheable = true;
  std::vector<std::size_t> id_at, time_at;
  std::string model, tier;
  Usage usage;
  Price const* price = nullptr;
  FaultKind remembers = FaultKind::none;  // flap and 500-once count their calls by `fault_key`
  std::string fault_key;
  std::shared_ptr<Prepared const> failure;  // what they answer on the bad ones
  Pace pace;

  /// The usage when only `tokens` had been generated.
  Usage produced(std::int64_t tokens) const;
  std::optional<std::int64_t> cost(Usage const& of) const;
};

struct Settings {
  std::string api_key;  // empty: any key
  Pace pace;
  std::uint64_t seed = 0;
};

std::shared_ptr<Prepared const> prepare(Request const& request, Settings const& settings,
                                        PriceList const& prices);

/// Remembers prepared answers by target and body; one per thread.
class AnswerCache {
 public:
  AnswerCache(Settings const& settings, PriceList const& prices) : settings_(settings), prices_(prices) {}
  std::shared_ptr<Prepared const> get(Request const& request);

 private:
  static constexpr std::size_t kEntriesMax = 512;
  static constexpr std::size_t kBodyMax = 64 * 1024;
  Settings const& settings_;
  PriceList const& prices_;
  std::unordered_map<std::string, std::shared_ptr<Prepared const>> entries_;
  std::string key_;
};

/// Writes a call's number and the time into a copy of a prepared body.
void fill_marks(std::string& body, Prepared const& prepared, std::uint64_t call, std::int64_t now_seconds);

}  // namespace tsg::sim
