#include "app/serve.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "app/logging.hpp"
#include "app/runtime.hpp"

namespace tsg::app {
namespace {

int g_signals = -1;  // signalfd of the main thread

int take_signal(int timeout_ms) {
  pollfd p{g_signals, POLLIN, 0};
  if (::poll(&p, 1, timeout_ms) <= 0) return 0;
  signalfd_siginfo info{};
  return ::read(g_signals, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

// A second SIGTERM or SIGINT ends the grace (SYS-5).
bool hurried() {
  int const s = take_signal(0);
  return s == SIGTERM || s == SIGINT;
}

void print_problems(config::File const& file) {
  for (auto const& p : file.loaded.problems)
    std::fprintf(stderr, "%s\n", config::to_string(file.name, p).c_str());
}

// `path`: of the key it is about.
void print_warning(config::File const& file, std::string const& path, std::string_view message) {
  auto p = config::placed(file.places, path);
  p.message = "warning: " + std::string{message};
  std::fprintf(stderr, "%s\n", config::to_string(file.name, p).c_str());
}

}  // namespace

int check_config(std::filesystem::path const& name) {
  auto const file = load_checked(name);
  print_problems(file);
  auto const& config = file.loaded.config;
  if (!config) return 1;
  for (auto const& w : make_runtime(*config).warnings) print_warning(file, w, w);
  auto const& secrets = config->secrets;
  auto const warn = [&file](char const* secret, auto const& read) {
    if (read) return;
    auto const path = std::string{"secrets."} + secret;
    print_warning(file, path, path + ": " + std::string{read.error().message()} + "; `tsg serve` needs it");
  };
  warn("key_pepper", config::read_key32(secrets.key_pepper));
  warn("master_key", config::read_key32(secrets.master_key));
  warn("admin_token", config::read_secret(secrets.admin_token));
  std::printf("%s: ok\n", name.c_str());
  return 0;
}

int serve(std::filesystem::path const& name) {
  auto const file = load_checked(name);
  print_problems(file);
  if (!file.loaded.config) return 1;
  return serve_config(
      *file.loaded.config, [name] { return load_checked(name); }, [](Gateway&) { return true; });
}

int serve_config(config::Config const& config, std::function<config::File()> const& reload,
                 std::function<bool(Gateway&)> const& ready) {
  ::prctl(PR_SET_DUMPABLE, 0);  // keys live in this memory (ENC-12)
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t mask;
  sigemptyset(&mask);
  for (int const s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&mask, s);
  pthread_sigmask(SIG_BLOCK, &mask, nullptr);  // before any thread, so that all inherit it
  g_signals = ::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);

  start_logging(config.log_level);
  auto gateway = Gateway::open(config);
  if (!gateway) {
    stop_logging();
    std::fprintf(stderr, "tsg: %s\n", std::string{gateway.error().message()}.c_str());
    return 1;
  }
  spdlog::info("listening on {}, admin on {}", (*gateway)->client_endpoint().text(),
               (*gateway)->admin_endpoint().text());
  if (!ready(**gateway)) {
    stop_logging();
    return 1;
  }
  sd_notify(0, "READY=1");
  std::uint64_t watchdog_us = 0;
  bool const watched = sd_watchdog_enabled(0, &watchdog_us) > 0;
  int const period_ms = watched ? static_cast<int>(watchdog_us / 2000) : -1;
  for (;;) {
    int const s = take_signal(period_ms);
    if (s == SIGTERM || s == SIGINT) break;
    if (s == SIGHUP) {
      (*gateway)->reload(reload());
    } else if (watched && (*gateway)->workers_alive(std::chrono::milliseconds{period_ms})) {
      sd_notify(0, "WATCHDOG=1");  // only while the loops turn: a dead loop must not look alive
    }
  }
  sd_notify(0, "STOPPING=1");
  spdlog::info("draining");
  (*gateway)->drain(&hurried);
  gateway->reset();
  spdlog::info("stopped");
  stop_logging();
  return 0;
}

}  // namespace tsg::app
