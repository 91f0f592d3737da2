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
// Messages begin with the key they are about; none quotes a secret.
struct ReadSecrets {
  std::optional<Secrets> secrets;     // absent if there is any error
  std::vector<std::string> errors;    // all of them
  std::vector<std::string> warnings;  // works, and protects less than it seems to
};
ReadSecrets read_secrets(config::Secrets const& refs);

}  // namespace tsg::app
