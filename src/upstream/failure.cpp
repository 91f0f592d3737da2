#include "upstream/failure.hpp"

namespace tsg::upstream {

std::string_view to_string(Wait wait) noexcept {
  switch (wait) {
    case Wait::none:
      return "none";
    case Wait::dial:
      return "dial";
    case Wait::write:
      return "write";
    case Wait::first_byte:
      return "first_byte";
    case Wait::idle:
      return "stream_idle";
    case Wait::total:
      return "request_total";
  }
  return "?";
}

namespace {

Error unavailable(std::string message, std::string log, int status, bool dispatched) {
  Error error{Errc::provider_unavailable, std::move(message)};
  auto& d = error.details();
  d.log = std::move(log);
  d.status = status;
  d.dispatched = dispatched;
  return error;
}

}  // namespace

Error not_reached(std::string log) {
  return unavailable("The provider could not be reached.", std::move(log), 503, false);
}

Error cut_off(std::string log) {
  return unavailable("The provider closed the connection before its answer was complete.", std::move(log),
                     502, true);
}

Error malformed(std::string log) {
  return unavailable("The provider's answer is not valid HTTP.", std::move(log), 502, true);
}

Error timed_out(Wait wait, bool dispatched) {
  Error error{Errc::provider_timeout, "The provider did not answer in time."};
  error.details().log = std::string{"deadline passed: "}.append(to_string(wait));
  error.details().dispatched = dispatched;
  return error;
}

Error unsendable(std::string log) {
  Error error{Errc::internal};
  error.details().log = std::move(log);
  return error;
}

}  // namespace tsg::upstream
