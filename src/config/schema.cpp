#include "config/schema.hpp"

#include <algorithm>

#include "config/fields.hpp"
#include "tsg/core/time_zone.hpp"

namespace tsg::config {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t gib = 1'073'741'824;

Key<Config> endpoint(std::string_view name, Endpoint Config::*member) {
  return parsed(name, member, "address:port, like 127.0.0.1:8080 or [::1]:8080",
                [](Reader&, std::string const& text) { return parse_endpoint(text); });
}

template <class T, class S>
Key<T> section(std::string_view name, S T::*member, std::vector<Key<S>> const& (*keys)()) {
  return {name, [=](Reader& reader, YAML::Node const& node, T& out) {
            read_map(reader, node, keys(), out.*member);
          }};
}

Key<Config> tls(std::string_view name, std::optional<Tls> Config::*member) {
  return {name, [=](Reader& reader, YAML::Node const& node, Config& out) {
            read_map(reader, node, tls_keys(), (out.*member).emplace());
          }};
}

Key<Config> json(std::string_view name, std::string Config::*member) {
  return {name, [=](Reader& reader, YAML::Node const& node, Config& out) {
            if (!node.IsMap()) return reader.wrong(node, "a map");
            if (node.size() != 0) out.*member = to_json(reader, node);
          }};
}

Key<Config> store() {
  return {"store", [](Reader& reader, YAML::Node const& node, Config& out) {
            auto const text = node.IsScalar() ? node.Scalar() : "";
            if (text.starts_with("postgresql://") || text.starts_with("postgres://"))
              return reader.problem(node, "PostgreSQL is not available in this build; use `store: sqlite`");
            if (text != "sqlite") return reader.problem(node, "expected sqlite");
            out.store = text;
          }};
}

std::optional<std::string> name_text(std::string_view text) {
  return plain_name(text) ? std::optional{std::string{text}} : std::nullopt;
}
std::optional<std::string> parse_name(Reader&, std::string const& text) {
  return name_text(text);
}

template <class T>
Key<T> quota(std::string_view name, std::optional<Quota> T::*member) {
  return {name, [=](Reader& reader, YAML::Node const& node, T& out) {
            read_map(reader, node, quota_keys(), (out.*member).emplace());
          }};
}

// `parsed` takes a value out of one optional, and the member is one itself.
std::optional<std::optional<Url>> optional_url(std::string_view text) {
  std::optional<std::optional<Url>> out;
  if (auto url = parse_url(text)) out.emplace(std::move(url));
  return out;
}

// What follows the host in a URL, as a request line carries it.
std::optional<std::string> parse_path(Reader&, std::string const& text) {
  bool const plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  return text.starts_with('/') && text.size() <= 1'024 && plain ? std::optional{text} : std::nullopt;
}

// Asked each time: the table may have grown since this one was made.
Key<Provider> dialect_key() {
  return {"dialect", [](Reader& reader, YAML::Node const& node, Provider& out) {
            auto const* found = node.IsScalar() ? providers::dialect(node.Scalar()) : nullptr;
            if (found) {
              out.dialect = found;
              return;
            }
            std::string expected;
            for (auto const name : providers::dialects())
              expected += (expected.empty() ? "one of " : ", ") + std::string{name};
            reader.wrong(node, expected);
          }};
}

constexpr std::string_view name_expected = "1 to 63 letters, digits, dots, dashes or underscores";

}  // namespace

std::vector<Key<Config>> const& config_keys() {
  static std::vector<Key<Config>> const keys{
      endpoint("listen", &Config::listen),
      endpoint("admin_listen", &Config::admin_listen),
      tls("tls", &Config::tls),
      tls("admin_tls", &Config::admin_tls),
      parsed("public_url", &Config::public_url, "a URL like https://tsg.example.com, without user or query",
             [](Reader&, std::string const& text) { return optional_url(text); }),
      texts("trusted_proxies", &Config::trusted_proxies, "a network like 10.0.0.0/8 or fd00::/8", parse_cidr),
      path("data_dir", &Config::data_dir),
      store(),
      choice("durability", &Config::durability,
             {{"full", Durability::full}, {"process", Durability::process}}),
      section("secrets", &Config::secrets, secrets_keys),
      {"providers", [](Reader& reader, YAML::Node const& node,
                       Config& out) { read_providers(reader, node, out.providers); }},
      path("catalog", &Config::catalog),
      json("models", &Config::models_json),
      json("routes", &Config::routes_json),
      parsed("time_zone", &Config::time_zone,
             "an IANA name like Europe/Berlin, known to this system's tzdata",
             [](Reader&, std::string const& text) {
               return TimeZone::load(text) ? std::optional{text} : std::nullopt;
             }),
      section("limits", &Config::limits, limits_keys),
      section("timeouts", &Config::timeouts, timeouts_keys),
      integer("workers", &Config::workers, 0, 1'024),
      choice("log_level", &Config::log_level,
             {{"trace", std::string{"trace"}},
              {"debug", "debug"},
              {"info", "info"},
              {"warn", "warn"},
              {"error", "error"}}),
      parsed("node", &Config::node, name_expected, parse_name),
  };
  return keys;
}

std::vector<Key<Secrets>> const& secrets_keys() {
  static std::vector<Key<Secrets>> const keys{
      secret("key_pepper", &Secrets::key_pepper),
      secret("master_key", &Secrets::master_key),
      secret("admin_token", &Secrets::admin_token),
  };
  return keys;
}

std::vector<Key<Tls>> const& tls_keys() {
  static std::vector<Key<Tls>> const keys{
      required(path("certificate", &Tls::certificate)),
      required(path("key", &Tls::key)),
  };
  return keys;
}

std::vector<Key<Provider>> const& provider_keys() {
  static std::vector<Key<Provider>> const keys{
      dialect_key(),
      parsed("base_url", &Provider::base_url, "a URL like https://host/v1, without user, query or fragment",
             [](Reader&, std::string const& text) { return parse_url(text); }),
      choice("api", &Provider::api,
             {{"auto", TextApi::automatic}, {"chat", TextApi::chat}, {"responses", TextApi::responses}}),
      boolean("forward_trace", &Provider::forward_trace),
      boolean("insecure", &Provider::insecure),
      boolean("default", &Provider::default_instance),
      path("ca_file", &Provider::ca_file),
      texts("regions", &Provider::regions, name_expected, name_text),
      quota("quota", &Provider::quota),
      {"health_check",
       [](Reader& reader, YAML::Node const& node, Provider& out) {
         read_map(reader, node, health_check_keys(), out.health_check.emplace());
       }},
      {"credentials",
       [](Reader& reader, YAML::Node const& node, Provider& out) {
         if (!node.IsSequence()) return reader.wrong(node, "a list");
         for (auto const& item : node) {
           auto& credential = out.credentials.emplace_back();
           if (item.IsMap())
             read_map(reader, item, credential_keys(), credential);
           else
             reader.wrong(item, "{name: …, key: …}");
           for (auto const& other : out.credentials)
             if (&other != &credential && !credential.name.empty() && other.name == credential.name)
               reader.problem(item, "two credentials are named `" + credential.name + "`");
         }
       }},
  };
  return keys;
}

std::vector<Key<Credential>> const& credential_keys() {
  static std::vector<Key<Credential>> const keys{
      required(parsed("name", &Credential::name, name_expected, parse_name)),
      required(secret("key", &Credential::key)),
      integer("weight", &Credential::weight, 1, 1'000),
      quota("quota", &Credential::quota),
  };
  return keys;
}

std::vector<Key<Quota>> const& quota_keys() {
  constexpr std::int64_t most = 1'000'000'000;
  static std::vector<Key<Quota>> const keys{
      integer("requests_per_minute", &Quota::requests_per_minute, 0, most),
      integer("tokens_per_minute", &Quota::tokens_per_minute, 0, most),
      integer("concurrency", &Quota::concurrency, 0, most),
      parsed("usd_per_day", &Quota::usd_per_day, "dollars as a decimal in quotes, like \"20.00\"",
             [](Reader&, std::string const& text) { return parse_usd(text); }),
  };
  return keys;
}

std::vector<Key<HealthCheck>> const& health_check_keys() {
  static std::vector<Key<HealthCheck>> const keys{
      milliseconds("interval_ms", &HealthCheck::interval, 50, day_ms),
      milliseconds("timeout_ms", &HealthCheck::timeout, 10, day_ms),
      parsed("path", &HealthCheck::path, "a path on the provider's host, like /health", parse_path),
  };
  return keys;
}

std::vector<Key<Limits>> const& limits_keys() {
  static std::vector<Key<Limits>> const keys{
      integer("header_bytes_max", &Limits::header_bytes, 1'024, 1'048'576),
      integer("body_bytes_max", &Limits::body_bytes, 1'024, gib),
      integer("json_depth_max", &Limits::json_depth, 8, 1'024),
      integer("json_values_max", &Limits::json_values, 1'000, 100'000'000),
      integer("offload_bytes_min", &Limits::offload_bytes, 1'024, gib),
      integer("connections_max", &Limits::connections, 1, 1'000'000),
      integer("connections_per_address_max", &Limits::connections_per_address, 0, 1'000'000),
      integer("connections_reserved", &Limits::connections_reserved, 0, 10'000),
      integer("streams_max", &Limits::streams, 1, 1'000'000),
      integer("requests_max", &Limits::requests, 1, 1'000'000),
      integer("attempts_max", &Limits::attempts, 1, 10),
      integer("output_tokens_default", &Limits::output_tokens_default, 1, 10'000'000),
      integer("response_bytes_max", &Limits::response_bytes, 1'024, gib),
      integer("bodies_bytes_max", &Limits::bodies_bytes, 1'048'576, 1'000'000'000'000),
      integer("stream_wait_bytes_max", &Limits::stream_wait_bytes, 1'024, gib),
      integer("event_bytes_max", &Limits::event_bytes, 1'024, gib),
      integer("error_bytes_max", &Limits::error_bytes, 1'024, 67'108'864),
      integer("turn_memory_bytes_max", &Limits::turn_memory_bytes, 0, 1'000'000'000'000),
      integer("audit_queue_max", &Limits::audit_queue, 16, 10'000'000),
      integer("unauthorized_per_second", &Limits::unauthorized_per_second, 1, 1'000'000),
      integer("refused_per_second", &Limits::refused_per_second, 1, 1'000'000),
      integer("idempotency_ttl_s", &Limits::idempotency_ttl_s, 60, 2'592'000),
      integer("idempotency_answer_bytes_max", &Limits::idempotency_answer_bytes, 1'024, 67'108'864),
      integer("idempotency_store_bytes_max", &Limits::idempotency_store_bytes, 65'536, 1'000'000'000'000),
  };
  return keys;
}

std::vector<Key<Timeouts>> const& timeouts_keys() {
  static std::vector<Key<Timeouts>> const keys{
      milliseconds("head_read_ms", &Timeouts::head_read, 10, day_ms),
      milliseconds("body_read_ms", &Timeouts::body_read, 10, day_ms),
      milliseconds("dial_ms", &Timeouts::dial, 10, day_ms),
      milliseconds("first_byte_ms", &Timeouts::first_byte, 10, day_ms),
      milliseconds("stream_idle_ms", &Timeouts::stream_idle, 10, day_ms),
      milliseconds("stream_keep_alive_ms", &Timeouts::stream_keep_alive, 0, day_ms),
      milliseconds("request_total_ms", &Timeouts::request_total, 10, day_ms),
      milliseconds("client_write_ms", &Timeouts::client_write, 10, day_ms),
      milliseconds("keep_alive_idle_ms", &Timeouts::keep_alive_idle, 10, day_ms),
      milliseconds("shutdown_grace_ms", &Timeouts::shutdown_grace, 0, day_ms),
      milliseconds("drain_idle_ms", &Timeouts::drain_idle, 0, 60'000),
      milliseconds("upstream_idle_ms", &Timeouts::upstream_idle, 0, day_ms),
      milliseconds("tls_handshake_ms", &Timeouts::tls_handshake, 10, day_ms),
      milliseconds("abandoned_ms", &Timeouts::abandoned, 0, day_ms),
      milliseconds("turn_memory_ms", &Timeouts::turn_memory, 0, day_ms),
      milliseconds("queue_ms", &Timeouts::queue, 0, 60'000),
      milliseconds("quota_wait_ms", &Timeouts::quota_wait, 0, 60'000),
      milliseconds("audit_query_ms", &Timeouts::audit_query, 1, 60'000),
      milliseconds("report_ms", &Timeouts::report, 100, day_ms),
  };
  return keys;
}

}  // namespace tsg::config
