// The three secrets that serving takes, read where the configuration says.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tsg/config/config.hpp"
#include "tsg/core/crypto.hpp"

namespace tsg::app {

struct Secrets {
  crypto::SecretKey pepper, master;
  std::string admin_token;
};
struct ReadSecrets {
  std::optional<Secrets> secrets;   // absent if there is any error
  std::vector<std::string> errors;  // all of them; none quotes a secret
};
ReadSecrets read_secrets(config::Secrets const& refs);

}  // namespace tsg::app
