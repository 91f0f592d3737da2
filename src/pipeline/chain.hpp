// THE list. See chain.cpp for the reason of each place.
#pragma once
#include <memory>

#include "pipeline/gate.hpp"
#include "pipeline/key_auth.hpp"
#include "tsg/conversation/prompt.hpp"
#include "tsg/pipeline/context.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::pipeline {

class Chain {
 public:
  explicit Chain(upstream::Client& upstream) : upstream_{upstream} {}
  // Key auth has run before, for every endpoint alike (endpoints.cpp): nothing of a stranger's body is read.
  // An error: it was refused, or has no answer. Where it was admitted, its record is written all the same.
  Task<> operator()(RequestContext& ctx, Caller const& caller, conversation::Operation operation) const;

 private:
  upstream::Client& upstream_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

// A bug, or a lack of memory: it costs one request.
Error error_of(RequestId const& id, std::exception const& bug);

}  // namespace tsg::pipeline
