// What a record says of content without holding any: HMAC-SHA-256 under a key of the organisation and the
// request, so that two equal texts never look equal and nobody without the gateway's commitment key can test
// a guess. src/audit/FORMAT.md says how an auditor does.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tsg/catalog/catalog.hpp"
#include "tsg/conversation/prompt.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/core/ids.hpp"
#include "tsg/core/task.hpp"
#include "tsg/routing/resolver.hpp"

namespace tsg::pipeline {

// Of one request; there are none before its organisation is known, whose content it would be.
class Commitments {
 public:
  Commitments(crypto::SecretKey const& secret, std::string_view org, RequestId const& request);

  std::string of(std::string_view bytes) const;  // "hmac-sha256-org:<64 hex digits>"
  // A large body in slices: others of this worker get their turn.
  Task<std::string> of_body(std::string_view body, Executor executor) const;

  // Of a stream: what is handed to the connection before the record is committed, and its commitment then;
  // "" = nothing was.
  void put_out(std::string_view bytes);
  std::string take_put_out();

 private:
  Digest key_;
  std::optional<crypto::HmacSha256> put_out_;
};

// May a record name the model that a provider reports? A word that we know: what was asked for, an id of the
// catalogue, or the asked name with a version behind it. Anything else is the provider's text.
bool known_model(catalog::Catalog const& catalog, routing::Target const& target, std::string_view reported);

// A parameter as a record may name it: the member of the body it is of, where that target's dialect knows it;
// "" otherwise, for members have the names that clients give them.
std::string_view recorded_parameter(routing::Target const& target, conversation::Surface surface,
                                    std::string_view param);

}  // namespace tsg::pipeline
