// THE list. See chain.cpp for the reason of each place.
#pragma once
#include <memory>
#include <vector>

#include "tsg/pipeline/middleware.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::pipeline {

class Chain {
 public:
  explicit Chain(upstream::Client& upstream);
  Task<> operator()(RequestContext& ctx) const { return Next{view_}(ctx); }

 private:
  std::vector<std::unique_ptr<Middleware>> stages_;
  std::vector<Middleware*> view_;
};

std::unique_ptr<Middleware> make_policy();
std::unique_ptr<Middleware> make_budget();
std::unique_ptr<Middleware> make_idempotency();
std::unique_ptr<Middleware> make_router();
std::unique_ptr<Middleware> make_forward(upstream::Client& upstream);

}  // namespace tsg::pipeline
