// A stage of the chain.
#pragma once
#include <span>
#include <string_view>

#include "tsg/core/task.hpp"

namespace tsg::pipeline {

struct RequestContext;
class Middleware;

class Next {  // what is left of the chain; two words
 public:
  explicit Next(std::span<Middleware* const> rest) noexcept : rest_{rest} {}
  Task<> operator()(RequestContext& ctx) const;

 private:
  std::span<Middleware* const> rest_;
};

class Middleware {  // stateless per request; one object per worker
 public:
  virtual ~Middleware() = default;
  virtual std::string_view name() const noexcept = 0;
  // Either returns an Error (a refusal) or awaits next(ctx) exactly once. Code after that line runs when the
  // answer has been sent, or has failed.
  virtual Task<> handle(RequestContext& ctx, Next next) = 0;
};

}  // namespace tsg::pipeline
