// Reads secrets where they are kept. Nothing here ever quotes a secret's value in a message.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tsg/config/config.hpp"
#include "tsg/core/bytes.hpp"

namespace tsg::config {
namespace {

constexpr std::size_t most_bytes = 65'536;

class File {
 public:
  explicit File(std::string const& path) : fd_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(File const&) = delete;
  File& operator=(File const&) = delete;
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

Error problem(Errc code, std::string const& where, std::string const& what) {
  return Error{code, where + ": " + what};
}

// `guarded`: systemd's directory already keeps others out, and its files may carry a group mask.
Result<std::string> read_file(std::string const& path, std::string const& where, bool guarded) {
  File const file{path};
  if (file.fd() < 0) return problem(Errc::not_found, where, std::strerror(errno));
  struct stat facts {};
  // The open file is asked, not the path: nobody can swap it in between.
  if (::fstat(file.fd(), &facts) != 0) return problem(Errc::bad_request, where, std::strerror(errno));
  if (!S_ISREG(facts.st_mode)) return problem(Errc::bad_request, where, "is not a regular file");
  if (!guarded && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return problem(Errc::bad_request, where, "is open to group or others; run: chmod 600 " + path);
  std::string content(most_bytes + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    auto const n = ::read(file.fd(), content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return problem(Errc::bad_request, where, std::strerror(errno));
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > most_bytes) return problem(Errc::bad_request, where, "is larger than 64 KiB");
  content.resize(size);
  return content;
}

std::string reference(SecretRef const& ref) {
  switch (ref.kind) {
    case SecretRef::Kind::env:
      return "env:" + ref.name;
    case SecretRef::Kind::file:
      return "file:" + ref.name;
    case SecretRef::Kind::credential:
      return "credential:" + ref.name;
    case SecretRef::Kind::none:
      break;
  }
  return "secret";
}

Result<std::string> read_raw(SecretRef const& ref) {
  auto const where = reference(ref);
  switch (ref.kind) {
    case SecretRef::Kind::none:
      return problem(Errc::not_found, where, "is not configured");
    case SecretRef::Kind::env: {
      auto const* value = std::getenv(ref.name.c_str());
      if (value == nullptr) return problem(Errc::not_found, where, "the environment variable is not set");
      return std::string{value};
    }
    case SecretRef::Kind::file:
      return read_file(ref.name, where, false);
    case SecretRef::Kind::credential: {
      auto const* directory = std::getenv("CREDENTIALS_DIRECTORY");
      if (directory == nullptr)
        return problem(Errc::not_found, where, "CREDENTIALS_DIRECTORY is not set (not started by systemd?)");
      return read_file(std::string{directory} + "/" + ref.name, where, true);
    }
  }
  return problem(Errc::internal, where, "unknown kind");
}

void strip_newline(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Result<std::string> read_secret(SecretRef const& ref) {
  auto content = read_raw(ref);
  if (!content) return content;
  strip_newline(*content);
  if (content->empty()) return problem(Errc::bad_request, reference(ref), "is empty");
  return content;
}

Result<std::string> read_secret_line(SecretRef const& ref) {
  auto line = read_secret(ref);
  if (!line) return line;
  while (line->ends_with('\n') || line->ends_with('\r')) line->pop_back();  // empty lines say nothing
  if (line->empty()) return problem(Errc::bad_request, reference(ref), "is empty");
  auto const control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (line->find_first_of("\r\n") != std::string::npos)
    return problem(Errc::bad_request, reference(ref),
                   "holds a line break inside: it must be one line, with the key and nothing else");
  if (std::ranges::any_of(*line, control))
    return problem(Errc::bad_request, reference(ref),
                   "holds a control character: it must be one line, with the key and nothing else");
  return line;
}

Result<std::vector<std::uint8_t>> read_key32(SecretRef const& ref) {
  auto content = read_raw(ref);
  if (!content) return content.error();
  auto const bytes_of = [](std::string_view s) { return std::vector<std::uint8_t>(s.begin(), s.end()); };
  std::string_view const all{*content};
  // Raw bytes may end in a newline of their own; 31 letters and a newline are a key cut short.
  if (all.size() == 32 && !(all.back() == '\n' && printable(all.substr(0, 31)))) return bytes_of(all);
  if (all.size() == 33 && all.back() == '\n') return bytes_of(all.substr(0, 32));
  auto text = *content;
  strip_newline(text);
  if (text.size() == 64)
    if (auto bytes = from_hex(text)) return std::move(*bytes);
  if (text.size() == 44)
    if (auto bytes = from_base64(text); bytes && bytes->size() == 32) return std::move(*bytes);
  return problem(Errc::bad_request, reference(ref),
                 "is not a 32-byte key: write 64 hex digits, base64, or 32 raw bytes (openssl rand -hex 32)");
}

}  // namespace tsg::config
