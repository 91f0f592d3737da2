// The admin API (contract §4): the only writer of organisations, teams and keys. Runs on one thread of its
// own, so changes are serial; what it commits is published to the workers before it answers.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tsg/config/config.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/keys/directory.hpp"
#include "tsg/pipeline/services.hpp"
#include "tsg/server/exchange.hpp"
#include "tsg/store/store.hpp"

namespace tsg::admin {

// By which the port may be asked for: a browser that asks by another was sent by somebody else's page, whose
// name was made to point here (DNS rebinding).
struct Names {
  Names() = default;
  config::Endpoint listen;
  bool tls = false;
  std::vector<std::string> certificate;  // server::certificate_names() of admin_tls
  std::optional<config::Url> public_url;
};

struct Settings {
  Settings(pipeline::Services& s, keys::Directory& d, crypto::SecretKey const& p, crypto::SecretKey const& v,
           Digest owner, Names n)
      : services{s}, directory{d}, pepper{p}, vault{v}, owner_token{owner}, names{std::move(n)} {}
  pipeline::Services& services;
  keys::Directory& directory;
  crypto::SecretKey const& pepper;
  crypto::SecretKey const& vault;  // provider keys at rest; derived from the master key
  Digest owner_token;              // digest() of secrets.admin_token
  Names names;
};

class Api : public server::Handler {
 public:
  // Reads organisations, teams and keys from the store and fills the directory. Once, before listening.
  virtual Task<> load() = 0;
  // On the admin's loop, until it ends: what requests leave in memory is written now and then.
  virtual Awaitable<> keep_on() = 0;
  // The same at once: before the store is closed.
  virtual Task<> keep() = 0;
  virtual void set_names(Names names) = 0;  // on the admin's loop: after a reload
};
std::unique_ptr<Api> make_api(Settings const& settings);

// Digest of an admin token: HMAC with the pepper, like keys, under its own label.
Digest token_digest(crypto::SecretKey const& pepper, std::string_view token);

}  // namespace tsg::admin
