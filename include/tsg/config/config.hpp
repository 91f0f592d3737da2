// The configuration: one struct per section, every default here, config/tsg.example.yaml shows the same
// (a test compares). Immutable after load; shared as shared_ptr<Config const>, swapped on SIGHUP.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/error.hpp"
#include "tsg/core/money.hpp"
#include "tsg/providers/dialect.hpp"

namespace tsg::config {

struct Endpoint {  // "127.0.0.1:8080", "[::1]:0"
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  bool loopback() const;
  std::string text() const;
  friend bool operator==(Endpoint const&, Endpoint const&) = default;
};

struct Tls {
  std::filesystem::path certificate, key;  // PEM; certificate may hold the chain
  friend bool operator==(Tls const&, Tls const&) = default;
};

// A secret is named, never written: env:NAME, file:PATH, credential:NAME (systemd).
struct SecretRef {
  enum class Kind : std::uint8_t { none, env, file, credential };
  Kind kind = Kind::none;
  std::string name;  // variable, absolute path, or credential name
  bool present() const noexcept { return kind != Kind::none; }
  friend bool operator==(SecretRef const&, SecretRef const&) = default;
};
// Reads it: one trailing newline stripped; files readable by group or others are refused.
Result<std::string> read_secret(SecretRef const& ref);
// The same for what is sent in a header: one line, empty ones behind it ignored. A line break or another
// control character inside is refused, because the header, and with it the key, would silently be left out.
Result<std::string> read_secret_line(SecretRef const& ref);
// key_pepper, master_key: 64 hex digits, base64 or raw 32 bytes.
Result<std::vector<std::uint8_t>> read_key32(SecretRef const& ref);

struct Secrets {
  SecretRef key_pepper, master_key, admin_token;
  friend bool operator==(Secrets const&, Secrets const&) = default;
};

struct Url {  // parsed base_url
  bool tls = true;
  std::string host;  // without brackets
  std::uint16_t port = 443;
  std::string path;               // "" or "/v1", no trailing slash
  std::string authority() const;  // for the Host header: default ports left out
  friend bool operator==(Url const&, Url const&) = default;
};

// What we may ask of a provider under one credential; 0 = not limited here.
struct Quota {
  std::int64_t requests_per_minute = 0;
  std::int64_t tokens_per_minute = 0;  // input and output
  std::int64_t concurrency = 0;
  Nano usd_per_day;  // UTC
  friend bool operator==(Quota const&, Quota const&) = default;
};

// Asking a provider now and then whether it is there; costs nothing at any of the known ones.
struct HealthCheck {
  std::chrono::milliseconds interval{10'000};  // from the end of one to the next, a quarter more or less
  std::chrono::milliseconds timeout{2'000};    // of one, from the look at the pool to the answer's last byte
  std::string path;                            // on the provider's host; "" = its list of models
  friend bool operator==(HealthCheck const&, HealthCheck const&) = default;
};

struct Credential {
  std::string name;
  SecretRef key;
  int weight = 1;
  std::optional<Quota> quota;  // absent: the provider's
  friend bool operator==(Credential const&, Credential const&) = default;
};

enum class TextApi : std::uint8_t { automatic, chat, responses };
std::string_view to_string(TextApi api) noexcept;  // "auto", "chat", "responses"

struct Provider {
  std::string id;                                                    // instance name
  providers::Dialect const* dialect = &providers::common_dialect();  // never null
  Url base_url;
  TextApi api = TextApi::automatic;
  bool forward_trace = false;
  bool insecure = false;             // http:// to other than loopback
  bool default_instance = false;     // `default: true`; an instance named like a seller always is
  std::filesystem::path ca_file;     // extra trust anchors for this provider; "" = system only
  std::vector<std::string> regions;  // residency tags
  std::vector<Credential> credentials;
  std::optional<HealthCheck> health_check;  // absent: judged by what requests meet, no more
  std::optional<Quota> quota;               // of each credential, stored ones too, that has none of its own
  // The vendor's own host, or one of its regions: not a server that merely speaks the dialect.
  bool own_host() const noexcept;
  // nullptr: this credential is not limited here.
  Quota const* quota_of(std::string_view credential) const noexcept;
  friend bool operator==(Provider const&, Provider const&) = default;
};

struct Limits {
  std::size_t header_bytes = 32'768;
  std::size_t body_bytes = 33'554'432;
  std::size_t json_depth = 128;
  std::size_t json_values = 1'000'000;  // in one body, whatever they are
  std::size_t offload_bytes = 65'536;   // from here on a body is worked on away from the loop
  std::size_t connections = 10'000;
  std::size_t connections_per_address = 0;  // 0 = half of `connections`; not for trusted_proxies
  std::size_t connections_reserved = 64;    // beyond them, to answer health checks and say that it is full
  std::size_t streams = 5'000;
  std::size_t requests = 8'000;  // at once; leaves `connections` room for health checks
  std::size_t attempts = 3;      // at providers for one request; a route may say otherwise
  std::int64_t output_tokens_default = 4'096;
  std::size_t response_bytes = 67'108'864;           // one provider answer, not streamed
  std::size_t bodies_bytes = 536'870'912;            // requests and answers in memory, all together
  std::size_t stream_wait_bytes = 1'048'576;         // of a stream, kept while somebody else may be asked
  std::size_t event_bytes = 16'777'216;              // one event of a provider's stream
  std::size_t error_bytes = 1'048'576;               // one error body of a provider; the rest is not read
  std::size_t audit_queue = 65'536;                  // requests in flight that may still need a record
  std::size_t unauthorized_per_second = 20;          // per address, before 401s are only counted
  std::size_t refused_per_second = 1'000;            // per key without a request rate, likewise
  std::size_t turn_memory_bytes = 67'108'864;        // signatures and thinking blocks kept between turns
  std::int64_t idempotency_ttl_s = 86'400;           // how long an answer can be replayed
  std::size_t idempotency_answer_bytes = 8'388'608;  // larger ones are not kept
  // Of all together; where it is used up, who has most gives way. Read at the start.
  std::int64_t idempotency_store_bytes = 1'073'741'824;
  friend bool operator==(Limits const&, Limits const&) = default;
};

struct Timeouts {
  using ms = std::chrono::milliseconds;
  ms head_read{10'000};    // first byte of a head to its end; not reset by progress
  ms body_read{60'000};    // whole body
  ms dial{5'000};          // connect + TLS handshake
  ms first_byte{120'000};  // request sent to response head
  // Between two reads of a body. Models think for minutes without a byte, and the SDKs that ask them wait
  // ten: who asks through us must not see less. A peer that vanished is noticed by TCP's own probes much
  // sooner.
  ms stream_idle{600'000};
  ms stream_keep_alive{15'000};  // silence towards the client until a comment goes out; 0 = never
  ms request_total{1'200'000};
  ms client_write{30'000};  // one write to a slow reader
  ms keep_alive_idle{75'000};
  ms shutdown_grace{30'000};
  ms drain_idle{200};       // when stopping, so long an idle connection may still send its next request
  ms upstream_idle{3'000};  // pooled provider connections: shorter than any provider's
  ms tls_handshake{10'000};
  // An answer whose cost only its end tells is still read after its client left: billed as counted, kept for
  // a retry.
  ms abandoned{20'000};
  ms turn_memory{3'600'000};  // how long they are kept
  ms queue{500};              // a request beyond limits.requests waits so long for its place
  ms quota_wait{500};         // for our quota at a provider, before the next target is asked
  ms audit_query{200};        // one look through the audit log; then the page says how far it came
  ms report{30'000};          // one usage report; beyond it the report is refused
  friend bool operator==(Timeouts const&, Timeouts const&) = default;
};

enum class Durability : std::uint8_t { full, process };

struct Config {
  Endpoint listen{"127.0.0.1", 8080};
  Endpoint admin_listen{"127.0.0.1", 8081};
  std::optional<Tls> tls, admin_tls;
  std::optional<Url> public_url;  // as people's browsers see `admin_listen`; absent: by its own names
  std::vector<std::string> trusted_proxies;  // CIDRs
  std::filesystem::path data_dir = "/var/lib/tsg";
  std::string store = "sqlite";
  Durability durability = Durability::full;
  Secrets secrets;
  std::vector<Provider> providers;
  std::filesystem::path catalog;  // "" = built in
  std::string models_json;        // `models:` overrides per entry, as JSON ("" = none)
  std::string routes_json;        // `routes:`, as JSON
  std::string time_zone = "UTC";  // of budgets' calendar months; IANA name
  Limits limits;
  Timeouts timeouts;
  int workers = 0;  // 0 = one per core
  std::string log_level = "info";
  std::string node = "n1";  // origin of the audit log is "<node>/<epoch>"

  Provider const* provider(std::string_view id) const noexcept;
  friend bool operator==(Config const&, Config const&) = default;
};

struct Problem {             // one error of a file
  int line = 0, column = 0;  // 1-based; 0 = whole file
  std::string message;
};
struct Loaded {
  std::optional<Config> config;   // absent if there is any problem
  std::vector<Problem> problems;  // all of them, in file order
};
Loaded load_text(std::string_view yaml, std::filesystem::path const& base_dir);
Loaded load_file(std::filesystem::path const& file);
// What works and is probably not meant, each message beginning with its key.
std::vector<std::string> warnings(Config const& config);
// Keys that need a restart and differ: listen, admin_listen, data_dir, store, secrets, …; "" if none.
std::vector<std::string> restart_needed(Config const& running, Config const& fresh);

}  // namespace tsg::config
