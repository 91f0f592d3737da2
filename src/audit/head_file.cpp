// The text is a signed note in the manner of C2SP (AUD-4..8): body lines, an empty line, a signature line.
#include "tsg/audit/head_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace tsg::audit {
namespace {

constexpr std::string_view kTitle = "tsg audit head v1";
constexpr std::string_view kDash = "\xe2\x80\x94 ";  // U+2014, one space
constexpr std::size_t kTextMax = 65'536;             // a head has some 400 bytes

// First 4 bytes of SHA-256(name || 0x0A || type || public key), AUD-6; type 0x01 = Ed25519.
std::array<std::uint8_t, 4> key_id(std::string_view name, crypto::PublicKey const& key) {
  std::uint8_t const middle[] = {0x0a, 0x01};
  Digest const d = crypto::sha256({as_bytes(name), middle, key});
  return {d[0], d[1], d[2], d[3]};
}

std::string body_of(SignedHead const& h) {
  std::string out{kTitle};
  out += "\norigin " + h.origin + "\nsize ";
  append_int(out, h.head.size);
  out += "\nchain ";
  append_hex(out, h.head.chain);
  out += "\ntime " + to_rfc3339(h.time) + "\nkey ";
  append_hex(out, h.key);
  return out + "\n";
}

Error unreadable(std::string_view what) {
  return Error{Errc::bad_request, "not a signed head: " + std::string{what}};
}

// Takes one `name value\n` line off the front.
std::optional<std::string_view> line(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name)) return std::nullopt;
  auto const end = text.find('\n');
  if (end == std::string_view::npos || end < name.size()) return std::nullopt;
  auto const value = text.substr(name.size(), end - name.size());
  text.remove_prefix(end + 1);
  return value;
}

template <std::size_t N>
bool read_hex(std::string_view text, std::array<std::uint8_t, N>& into) {
  auto const bytes = from_hex(text);
  if (!bytes || bytes->size() != N) return false;
  std::copy(bytes->begin(), bytes->end(), into.begin());
  return true;
}

}  // namespace

std::string sign_head(SignedHead const& head, crypto::SecretKey const& seed) {
  SignedHead h = head;
  h.key = crypto::ed25519_public(seed);
  std::string out = body_of(h);
  auto const signature = crypto::ed25519_sign(seed, out);
  auto const id = key_id(h.origin, h.key);
  Bytes blob(id.begin(), id.end());
  blob.insert(blob.end(), signature.begin(), signature.end());
  out += '\n';
  out += kDash;
  out += h.origin + " " + to_base64(blob) + "\n";
  return out;
}

Result<SignedHead> parse_head(std::string_view text) {
  auto const gap = text.find("\n\n");
  if (gap == std::string_view::npos) return unreadable("no signature");
  std::string_view const body = text.substr(0, gap + 1);
  std::string_view rest = text.substr(gap + 2);
  std::string_view left = body;
  SignedHead h;
  auto const title = line(left, kTitle);
  if (!title || !title->empty()) return unreadable("unknown title");
  auto const origin = line(left, "origin "), size = line(left, "size "), chain = line(left, "chain "),
             time = line(left, "time "), key = line(left, "key ");
  if (!origin || !size || !chain || !time || !key || !left.empty()) return unreadable("unexpected lines");
  h.origin = *origin;
  auto const [end, ec] = std::from_chars(size->data(), size->data() + size->size(), h.head.size);
  if (ec != std::errc{} || end != size->data() + size->size() || h.head.size < 0 ||
      (size->size() > 1 && size->front() == '0'))
    return unreadable("size");
  auto const slash = h.origin.rfind('/');
  if (slash == std::string::npos) return unreadable("origin");
  auto const epoch = std::string_view{h.origin}.substr(slash + 1);
  auto const [epoch_end, epoch_ec] = std::from_chars(epoch.data(), epoch.data() + epoch.size(), h.head.epoch);
  if (epoch_ec != std::errc{} || epoch_end != epoch.data() + epoch.size() || h.head.epoch < 1)
    return unreadable("epoch");
  auto const at = parse_rfc3339(*time);
  if (!at || !read_hex(*chain, h.head.chain) || !read_hex(*key, h.key)) return unreadable("values");
  h.time = *at;

  std::string const prefix = std::string{kDash} + h.origin + " ";
  if (!rest.starts_with(prefix) || rest.back() != '\n') return unreadable("signature line");
  auto const blob = from_base64(rest.substr(prefix.size(), rest.size() - prefix.size() - 1));
  if (!blob || blob->size() != 4 + 64) return unreadable("signature");
  auto const id = key_id(h.origin, h.key);
  crypto::Signature signature;
  std::copy(blob->begin() + 4, blob->end(), signature.begin());
  if (!std::equal(id.begin(), id.end(), blob->begin()) || !crypto::ed25519_verify(h.key, body, signature))
    return unreadable("the signature is wrong");
  return h;
}

Result<std::optional<std::string>> read_head_text(std::filesystem::path const& file) {
  auto const failed = [&](std::string const& why) {
    return Error{Errc::internal, file.string() + " cannot be read: " + why};
  };
  int const fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::optional<std::string>{};
  if (fd < 0) return failed(std::strerror(errno));
  struct ::stat facts {};
  std::optional<std::string> text{std::in_place};
  std::string problem;
  if (::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) problem = "it is not a regular file";
  char piece[4096];
  while (problem.empty()) {
    auto const n = ::read(fd, piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) problem = std::strerror(errno);
    if (n <= 0) break;
    text->append(piece, static_cast<std::size_t>(n));
    if (text->size() > kTextMax) problem = "it is larger than a signed head can be";
  }
  ::close(fd);
  if (!problem.empty()) return failed(problem);
  return text;
}

HeadFile::HeadFile(std::filesystem::path file, bool durable) : file_{std::move(file)}, durable_{durable} {
  if (open_folder()) keep_spare();
}

HeadFile::~HeadFile() {
  for (int const fd : {folder_, spare_})
    if (fd >= 0) ::close(fd);
}

bool HeadFile::open_folder() noexcept {
  if (folder_ < 0) folder_ = ::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return folder_ >= 0;
}

void HeadFile::keep_spare() noexcept {
  if (spare_ < 0) spare_ = ::fcntl(folder_, F_DUPFD_CLOEXEC, 0);
}

Result<> HeadFile::replace(std::string_view text) {
  std::string const name = file_.filename(), temp = name + ".tmp";
  auto const failed = [&](char const* what) {
    return Error{Errc::audit_unavailable}.log(std::string{"cannot "} + what + " " + file_.string() +
                                              (std::string_view{what} == "write" ? ".tmp: " : ": ") +
                                              std::strerror(errno));
  };
  if (!open_folder()) return failed("open the folder of");
  if (spare_ >= 0) ::close(std::exchange(spare_, -1));
  int const fd = ::openat(folder_, temp.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) {
    auto error = failed("write");
    keep_spare();
    return error;
  }
  errno = ENOSPC;  // what a short write means
  bool ok = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (durable_) ok = ok && ::fdatasync(fd) == 0;
  int const reason = errno;
  ok = ::close(fd) == 0 && ok;
  keep_spare();
  if (!ok) {
    errno = reason;
    return failed("write");
  }
  if (::renameat(folder_, temp.c_str(), folder_, name.c_str()) != 0) return failed("replace");
  if (durable_ && ::fsync(folder_) != 0) return failed("sync the folder of");
  return boost::system::in_place_value;
}

crypto::SecretKey signing_seed(crypto::SecretKey const& master_key) {
  Digest const seed = crypto::hkdf_sha256(master_key.bytes(), "tsg", "audit head ed25519 v1");
  return crypto::SecretKey{seed};
}

}  // namespace tsg::audit
