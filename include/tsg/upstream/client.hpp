// The socket side of a provider: one client per worker, with that worker's keep-alive pool. Not thread-safe.
// Destroying or closing an exchange closes its connection unless the response was complete and reusable.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tsg/config/config.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/task.hpp"
#include "tsg/http/message.hpp"
#include "tsg/store/store.hpp"

namespace tsg::upstream {

enum class Stage : std::uint8_t { dial, write, head, body, done };  // how far an attempt came
std::string_view to_string(Stage stage) noexcept;

struct Request {
  Request() = default;
  config::Url const* base = nullptr;  // outlives the exchange
  std::string_view ca_file;           // extra trust anchor; "" = system
  std::string path;                   // full: base path + what the adapter appended
  http::Headers headers;              // all but Host, Content-Length, Content-Type
  std::string body;
};

struct Deadlines {
  SteadyTime total;                                  // of the whole request
  std::chrono::milliseconds dial, first_byte, idle;  // each clipped to total
};

class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual int status() const noexcept = 0;  // head is complete
  virtual std::optional<std::string_view> field(std::string_view name) const noexcept = 0;
  // Appends what has arrived to `out`, waiting for at least one byte; 0 = body complete. Errors:
  // provider_timeout (idle or total), provider_unavailable (cut off, bad framing), client_gone (closed by
  // us).
  virtual Task<std::size_t> read_some(std::string& out) = 0;
  virtual bool reused() const noexcept = 0;
  // At once, from the owning worker; a pending read ends with client_gone.
  virtual void close() noexcept = 0;
};

struct PoolStats {
  std::size_t idle = 0, busy = 0;  // connections of this worker
};

class Client {
 public:
  virtual ~Client() = default;
  // Sends and waits for the response head. Retries once on a reused connection that was already dead
  // before any byte could be processed (style pitfall 18). The hold and the slot are proof that money and
  // an audit record are put aside (design decision 3). `progress` is kept up to date for cancellation and
  // audit; `abort` may be called on it at any time by the owning worker.
  struct Progress {
    Stage stage = Stage::dial;
    bool reused = false;
    bool resent = false;      // a dead pooled connection came first; for the audit record (pitfall 18)
    void* pending = nullptr;  // the connection in use; private to the client
  };
  virtual Task<std::unique_ptr<Exchange>> send(Request request, Deadlines deadlines, Progress& progress,
                                               store::Hold const& hold, store::AuditSlot const& slot) = 0;
  // A GET of something that costs nothing and changes nothing (a health check): no proof needed. Same pool,
  // same verification, same deadlines.
  virtual Task<std::unique_ptr<Exchange>> get(Request request, Deadlines deadlines, Progress& progress) = 0;
  virtual void abort(Progress& progress) noexcept = 0;  // send() or get() ends with client_gone
  virtual PoolStats stats() const noexcept { return {}; }
};

}  // namespace tsg::upstream
