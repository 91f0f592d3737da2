#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <thread>

#include "sim/server.hpp"

namespace {

struct Flags {
  std::string listen = "127.0.0.1:0";
  std::string catalog, api_key_file;
  std::int64_t latency_ms = 0, ttft_ms = 0, inter_token_us = 0;
  tsg::sim::ServerOptions server;
};

void declare(CLI::App& app, Flags& flags, tsg::sim::Core& core) {
  app.add_option("--listen", flags.listen, "address:port; port 0 takes a free one")->capture_default_str();
  app.add_option("--tls-cert", flags.server.tls_certificate,
                 "PEM certificate chain; with --tls-key serves HTTPS");
  app.add_option("--tls-key", flags.server.tls_key, "PEM private key");
  app.add_option("--threads", flags.server.threads, "worker threads")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  app.add_option("--api-key", core.settings.api_key, "refuse requests with any other provider key");
  app.add_option("--api-key-file", flags.api_key_file, "the same, read from a file: its first line");
  app.add_option("--catalog", flags.catalog, "JSON file of prices; without it a short built-in list");
  app.add_option("--latency-ms", flags.latency_ms, "wait before every answer")->check(CLI::NonNegativeNumber);
  app.add_option("--ttft-ms", flags.ttft_ms, "more wait before the first token")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--inter-token-us", flags.inter_token_us, "pause per generated token")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--burst", core.settings.pace.burst, "stream events per write")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", core.settings.seed, "chooses the words of the answers")->capture_default_str();
}

/// An error text, or "".
std::string load_catalog(std::string const& path, tsg::sim::PriceList& prices) {
  std::ifstream file(path);
  if (!file) return "cannot read " + path;
  auto const json = tsg::sim::Json::parse(file, nullptr, false);
  if (json.is_discarded()) return path + " is not JSON";
  char today[11] = "";
  auto const now = std::time(nullptr);
  std::tm utc{};
  std::strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &utc));
  auto const error = prices.load(json, today);
  return error.empty() ? error : path + ": " + error;
}

int fail(std::string const& text, int code) {
  std::fprintf(stderr, "tsg-sim: %s\n", text.c_str());
  return code;
}

int serve(Flags& flags, tsg::sim::Core& core) {
  auto const colon = flags.listen.rfind(':');
  char* end = nullptr;
  auto const port =
      colon == std::string::npos ? -1L : std::strtol(flags.listen.c_str() + colon + 1, &end, 10);
  if (port < 0 || port > 65535 || *end != '\0')
    return fail("--listen wants address:port, for example 127.0.0.1:9000", 2);
  flags.server.address = flags.listen.substr(0, colon);
  if (flags.server.address.starts_with('['))
    flags.server.address = flags.server.address.substr(1, flags.server.address.size() - 2);
  flags.server.port = static_cast<std::uint16_t>(port);
  core.settings.pace.first = std::chrono::milliseconds(flags.latency_ms + flags.ttft_ms);
  core.settings.pace.per_token = std::chrono::microseconds(flags.inter_token_us);

  // Signals are waited for on a thread of their own, so all others block them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  tsg::sim::Server server(flags.server, core);
  std::thread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    server.stop();
  });
  std::printf("tsg-sim listening on %s:%u\n", flags.listen.substr(0, colon).c_str(), server.port());
  std::fflush(stdout);
  server.run();
  waiter.join();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Simulated model providers: five native dialects, chosen latency, token counts and faults, and the "
      "bill.",
      "tsg-sim");
  auto core = std::make_unique<tsg::sim::Core>();
  Flags flags;
  declare(app, flags, *core);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (!flags.api_key_file.empty()) {
    std::ifstream file(flags.api_key_file);
    if (!std::getline(file, core->settings.api_key) || core->settings.api_key.empty())
      return fail("cannot read a key from " + flags.api_key_file, 1);
  }
  if (!flags.catalog.empty())
    if (auto const error = load_catalog(flags.catalog, core->prices); !error.empty()) return fail(error, 1);
  try {
    return serve(flags, *core);
  } catch (std::exception const& error) {
    return fail(error.what(), 1);
  }
}
