#include "app/demo.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>

#include "app/runtime.hpp"
#include "app/serve.hpp"
#include "cli/admin_client.hpp"
#include "tsg/catalog/catalog.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/providers/dialect.hpp"

namespace tsg::app {
namespace {

std::string random_hex() {
  std::array<std::uint8_t, 32> bytes{};
  crypto::random_bytes(bytes);
  return to_hex(bytes);
}

bool write_private(std::filesystem::path const& file, std::string_view text) {
  int const fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  bool const ok = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return ::close(fd) == 0 && ok;
}

// Secrets are made once and kept: a second run opens the same books.
bool ensure_secret(std::filesystem::path const& file) {
  return std::filesystem::exists(file) || write_private(file, random_hex() + "\n");
}

std::string read_line(std::filesystem::path const& file) {
  std::ifstream in{file};
  std::string line;
  std::getline(in, line);
  return line;
}

// tsg-sim lives beside tsg. It is a process of its own, as a provider is, and dies with us.
class Simulator {
 public:
  ~Simulator() {
    if (pid_ > 0) {
      ::kill(pid_, SIGTERM);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  // Its port, or 0. The key goes by its file: everybody can read a process's arguments.
  int start(std::filesystem::path const& api_key, std::filesystem::path const& prices) {
    auto const program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tsg-sim";
    int pipe_ends[2];
    if (!std::filesystem::exists(program) || ::pipe2(pipe_ends, O_CLOEXEC) != 0) return 0;
    pid_t const parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (::getppid() != parent) ::_exit(1);
      ::setpgid(0, 0);  // Ctrl-C goes to the gateway, which drains first
      ::dup2(pipe_ends[1], STDOUT_FILENO);
      ::execl(program.c_str(), program.c_str(), "--listen", "127.0.0.1:0", "--api-key-file", api_key.c_str(),
              "--catalog", prices.c_str(), "--ttft-ms", "40", "--inter-token-us", "8000", nullptr);
      ::_exit(127);
    }
    ::close(pipe_ends[1]);
    std::string line;
    char c = 0;
    while (::read(pipe_ends[0], &c, 1) == 1 && c != '\n') line += c;
    // The other end stays open: a simulator that writes must not die of SIGPIPE.
    auto const colon = line.rfind(':');
    return colon == std::string::npos ? 0 : std::atoi(line.c_str() + colon + 1);
  }

 private:
  pid_t pid_ = -1;
};

config::File demo_config(DemoOptions const& o, std::filesystem::path const& dir, int sim_port) {
  std::string const base = "http://127.0.0.1:" + std::to_string(sim_port);
  std::string yaml;
  yaml +=
      "listen: " + o.listen + "\nadmin_listen: " + o.admin_listen + "\ndata_dir: data\ndurability: process\n";
  yaml +=
      "secrets: {key_pepper: 'file:secrets/key_pepper', master_key: 'file:secrets/master_key', admin_token: "
      "'file:secrets/admin_token'}\n";
  yaml += "providers:\n";
  // The simulator has each seller below its own name, with the path that its API has.
  for (auto const seller : providers::sellers()) {
    auto url = providers::dialect(seller)->base_url;
    url.remove_prefix(std::string_view{"https://"}.size());
    auto const path = url.substr(std::min(url.find('/'), url.size()));
    yaml.append("  ")
        .append(seller)
        .append(": {base_url: '")
        .append(base)
        .append("/")
        .append(seller)
        .append(path);
    yaml += "', credentials: [{name: demo, key: 'file:secrets/provider_key'}]}\n";
  }
  if (write_private(dir / "tsg.yaml", yaml)) return load_checked(dir / "tsg.yaml");
  config::File failed;
  failed.name = dir / "tsg.yaml";
  failed.loaded.problems.push_back({0, 0, "cannot be written"});
  return failed;
}

// An organisation, a team and a key, through the same API that everybody uses.
std::optional<std::string> seed(cli::AdminClient const& admin) {
  (void)admin.json("POST", "/admin/v1/orgs", {{"id", "demo"}, {"name", "Demo"}});
  (void)admin.json("POST", "/admin/v1/orgs/demo/teams", {{"id", "core"}, {"name", "Core"}});
  // A key is shown once: a second run makes another, and the one before it is of no more use to anybody.
  if (auto const old = admin.all("/admin/v1/keys?org=demo"))
    for (auto const& k : *old)
      if (k["name"] == "demo" && k["status"] == "active")
        (void)admin.json("POST", "/admin/v1/keys/" + k["id"].get<std::string>() + "/revoke");
  auto key = admin.json("POST", "/admin/v1/keys",
                        {{"org", "demo"},
                         {"team", "core"},
                         {"environment", "dev"},
                         {"name", "demo"},
                         {"allowed_models", {"*", "*/*"}}});
  if (!key) {
    std::fprintf(stderr, "tsg: the demo key could not be made: %s\n",
                 std::string{key.error().message()}.c_str());
    return std::nullopt;
  }
  return (*key)["key"].get<std::string>();
}

bool announce(Gateway& gateway, std::filesystem::path const& dir, std::string const& token) {
  std::string const admin_url = "http://" + gateway.admin_endpoint().text();
  std::string const base = "http://" + gateway.client_endpoint().text() + "/v1";
  auto const& admin = gateway.admin_endpoint();
  auto const key = seed(cli::AdminClient{config::Url{false, admin.host, admin.port, ""}, token});
  if (!key) return false;
  std::string env = "export OPENAI_BASE_URL='" + base + "'\nexport OPENAI_API_KEY='" + *key + "'\n";
  env += "export TSG_ADMIN_URL='" + admin_url + "'\nexport TSG_ADMIN_TOKEN='" + token + "'\n";
  auto const file = dir / "demo.env";
  if (!write_private(file, env)) {
    std::fprintf(stderr, "tsg: cannot write %s\n", file.c_str());
    return false;
  }
  std::printf(
      "The gateway is up, with simulated providers behind it. Variables for SDKs and the command line:\n\n"
      "  source %s\n\n"
      "One call:\n\n"
      "  curl -sS %s/chat/completions -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' "
      "-d '{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello\"}]}'\n\n"
      "Ctrl-C ends all of it.\n",
      file.c_str(), base.c_str(), key->c_str());
  std::fflush(stdout);
  return true;
}

}  // namespace

int demo(DemoOptions const& options) {
  ::umask(0077);
  std::error_code ec;
  std::filesystem::create_directories(options.data_dir / "secrets", ec);
  auto const dir = std::filesystem::absolute(options.data_dir);
  if (ec) {
    std::fprintf(stderr, "tsg: %s cannot be created: %s\n", dir.c_str(), ec.message().c_str());
    return 1;
  }
  for (auto const* name : {"key_pepper", "master_key", "admin_token", "provider_key"})
    if (!ensure_secret(dir / "secrets" / name)) {
      std::fprintf(stderr, "tsg: cannot write secrets in %s\n", dir.c_str());
      return 1;
    }
  // The simulator prices by the same list, so that its own bill can be laid beside the gateway's.
  auto const prices = dir / "catalog.json";
  if (!write_private(prices, catalog::Catalog::built_in())) {
    std::fprintf(stderr, "tsg: cannot write %s\n", prices.c_str());
    return 1;
  }
  Simulator simulator;
  int const port = simulator.start(dir / "secrets" / "provider_key", prices);
  if (port == 0) {
    std::fprintf(stderr, "tsg: the simulator did not start; tsg-sim must lie beside tsg\n");
    return 1;
  }
  auto const file = demo_config(options, dir, port);
  for (auto const& p : file.loaded.problems)
    std::fprintf(stderr, "tsg: %s\n", config::to_string(file.name, p).c_str());
  if (!file.loaded.config) return 1;
  std::string const token = read_line(dir / "secrets" / "admin_token");
  return serve_config(
      *file.loaded.config, [dir] { return load_checked(dir / "tsg.yaml"); },
      [&](Gateway& gateway) { return announce(gateway, dir, token); });
}

}  // namespace tsg::app
