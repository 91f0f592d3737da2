#include "pipeline/commitments.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>

#include "tsg/core/bytes.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::size_t kCommitSlice = 256 << 10;  // a fraction of a millisecond

std::string written(Digest const& mac) {
  std::string out = "hmac-sha256-org:";
  append_hex(out, mac);
  return out;
}

constexpr std::array<std::string_view, 34> kVersionWords{
    "latest",   "preview", "exp",      "experimental", "beta",  "alpha",  "stable", "fast",   "turbo",
    "mini",     "nano",    "lite",     "pro",          "max",   "high",   "low",    "medium", "reasoning",
    "thinking", "non",     "instruct", "it",           "chat",  "online", "search", "free",   "tuning",
    "flash",    "large",   "small",    "audio",        "image", "vision", "base"};

bool digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// "-2024-08-06", ":8b", "-preview-05-20": numbers, short sizes and words of versions, nothing else.
bool is_version(std::string_view suffix) noexcept {
  constexpr std::string_view between = "-._:@/";
  if (suffix.empty() || suffix.size() > 64 || between.find(suffix.front()) == std::string_view::npos)
    return suffix.empty();
  while (!suffix.empty()) {
    suffix.remove_prefix(1);
    auto const word = suffix.substr(0, suffix.find_first_of(between));
    bool const number = std::ranges::all_of(word, digit);
    bool const sized = word.size() <= 4 && std::ranges::any_of(word, digit);
    if (!number && !sized && std::ranges::find(kVersionWords, word) == kVersionWords.end()) return false;
    suffix.remove_prefix(word.size());
  }
  return true;
}

std::string_view bare_model(std::string_view model) noexcept {
  constexpr std::string_view path = "models/";
  return model.starts_with(path) ? model.substr(path.size()) : model;
}

}  // namespace

// One key for each organisation, and of that one for each request: an organisation can be given its own.
Commitments::Commitments(crypto::SecretKey const& secret, std::string_view org, RequestId const& request)
    : key_{crypto::hmac_sha256(crypto::hmac_sha256(secret.bytes(), as_bytes(org)), request.bytes())} {}

std::string Commitments::of(std::string_view bytes) const {
  return written(crypto::hmac_sha256(key_, as_bytes(bytes)));
}

Task<std::string> Commitments::of_body(std::string_view body, Executor executor) const {
  if (body.size() <= kCommitSlice) co_return of(body);
  crypto::HmacSha256 mac{key_};
  while (!body.empty()) {
    auto const slice = body.substr(0, kCommitSlice);
    mac.update(as_bytes(slice));
    body.remove_prefix(slice.size());
    if (!body.empty()) co_await boost::asio::post(executor, use_task);
  }
  co_return written(mac.finish());
}

void Commitments::put_out(std::string_view bytes) {
  if (!put_out_) put_out_.emplace(key_);
  put_out_->update(as_bytes(bytes));
}

std::string Commitments::take_put_out() {
  if (!put_out_) return {};
  auto said = written(put_out_->finish());
  put_out_.reset();
  return said;
}

bool known_model(catalog::Catalog const& catalog, routing::Target const& target, std::string_view reported) {
  auto const name = bare_model(reported), asked = bare_model(target.upstream_model);
  if (name == asked || catalog.find(target.provider->id, name) != nullptr || catalog.find(name) != nullptr)
    return true;
  auto const longer = name.size() > asked.size() ? name : asked, shorter = longer == name ? asked : name;
  if (!shorter.empty() && longer.starts_with(shorter) && is_version(longer.substr(shorter.size())))
    return true;
  // A dated name of the same family: "gpt-4o" was asked for by an alias.
  if (target.model != nullptr && name.starts_with(target.model->id) &&
      is_version(name.substr(target.model->id.size())))
    return true;
  // "creator/model", as resellers name what they sell.
  auto const slash = asked.rfind('/');
  return slash != std::string_view::npos && name.starts_with(asked.substr(slash + 1)) &&
         is_version(name.substr(asked.size() - slash - 1));
}

std::string_view recorded_parameter(routing::Target const& target, conversation::Surface surface,
                                    std::string_view param) {
  auto const member = param.substr(0, param.find_first_of(".["));
  auto const* table = target.provider->dialect->adapter().apis().front().treatments;
  auto const feature = conversation::feature_of(surface, member);
  bool const known = table && (*table)[feature].note != providers::kNotKnown;
  return known ? conversation::name_of(surface, feature) : std::string_view{};
}

}  // namespace tsg::pipeline
