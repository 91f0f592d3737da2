#include "app/serve.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "app/last_words.hpp"
#include "app/logging.hpp"
#include "app/runtime.hpp"
#include "app/secrets.hpp"
#include "tsg/core/log.hpp"
#include "tsg/core/printable.hpp"
#include "tsg/server/server.hpp"

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

void print(config::File const& file, config::Problem const& problem) {
  std::fprintf(stderr, "%s\n", printable(config::to_string(file.name, problem)).c_str());
}

void print_problems(config::File const& file) {
  for (auto const& p : file.loaded.problems) print(file, p);
}

// The message begins with the key it is about.
void print_warning(config::File const& file, std::string const& message) {
  auto p = config::placed(file.places, message);
  p.message = "warning: " + message;
  print(file, p);
}

}  // namespace

int check_config(std::filesystem::path const& name) {
  auto const file = load_checked(name);
  print_problems(file);
  if (!file.loaded.config) return 1;
  auto const& config = *file.loaded.config;
  for (auto const& u : make_runtime(config).unread) print_warning(file, u.problem);
  for (auto const& w : config::warnings(config)) print_warning(file, w);
  // What `serve` would refuse. A file without secrets may be one that is checked elsewhere than it is used.
  bool const whole = config.secrets != config::Secrets{};
  bool good = true;
  auto const refuse = [&](std::string message) {
    print(file, config::placed(file.places, std::move(message)));
    good = false;
  };
  auto const read = read_secrets(config.secrets);
  for (auto const& w : read.warnings) print_warning(file, w);
  for (auto const& e : read.errors)
    if (whole)
      refuse(e);
    else
      print_warning(file, e + "; `tsg serve` needs it");
  for (auto const* side : {"tls", "admin_tls"}) {
    auto const& files = side == std::string_view{"tls"} ? config.tls : config.admin_tls;
    if (!files) continue;
    if (auto usable = server::load_tls(*files); !usable)
      refuse(side + (": " + std::string{usable.error().message()}));
  }
  if (!good) return 1;
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
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of its write, not the end
  sigset_t mask;
  sigemptyset(&mask);
  for (int const s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&mask, s);
  pthread_sigmask(SIG_BLOCK, &mask, nullptr);  // before any thread, so that all inherit it
  g_signals = ::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);

  start_logging(config.log_level);
  install_last_words();
  auto gateway = Gateway::open(config);
  if (!gateway) {
    stop_logging();
    std::fprintf(stderr, "tsg: %s\n", printable(gateway.error().message()).c_str());
    return 1;
  }
  log::info("listening on {}, admin on {}",
            {(*gateway)->client_endpoint().text(), (*gateway)->admin_endpoint().text()});
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
  log::info("draining");
  (*gateway)->drain(&hurried);
  int const code = (*gateway)->lost() ? 1 : 0;  // the supervisor starts it again
  gateway->reset();
  log::info("stopped");
  stop_logging();
  return code;
}

}  // namespace tsg::app
