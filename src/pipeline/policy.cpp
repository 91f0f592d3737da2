// May they: reads the body, resolves the name, keeps the targets that the key's patterns allow.
#include "pipeline/chain.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {
namespace {

Result<> check_media_type(http::RequestHead const& head) {
  auto const encoding = head.field("content-encoding");
  if (encoding && !iequals(*encoding, "identity")) return Error{Errc::unsupported_media_type};
  auto const type = head.field("content-type");
  if (!type) return Error{Errc::unsupported_media_type};
  auto media = type->substr(0, type->find(';'));
  while (!media.empty() && (media.back() == ' ' || media.back() == '\t')) media.remove_suffix(1);
  if (!iequals(media, "application/json")) return Error{Errc::unsupported_media_type};
  return boost::system::in_place_value;
}

Error not_allowed(std::string_view model) {
  return Error{Errc::model_not_allowed,
               "This key may not use the model '" + std::string{model.substr(0, 200)} + "'.", "model"};
}

// Targets the key may use, in the plan's order; the rest go to the record with their reason.
Result<> filter(RequestContext& ctx, routing::Plan plan) {
  auto const& patterns = ctx.key->allowed_models;
  for (auto& target : plan.targets) {
    if (routing::allowed(patterns, target.provider->id, target.upstream_model,
                         routing::is_default_instance(*target.provider)) ||
        (target.model && routing::allowed(patterns, target.provider->id, target.model->id,
                                          routing::is_default_instance(*target.provider))))
      ctx.plan.targets.push_back(std::move(target));
    else
      ctx.record.candidates.emplace_back(target.name(), "not in allowed_models");
  }
  ctx.plan.pinned = plan.pinned;
  ctx.plan.route = std::move(plan.route);
  if (ctx.plan.targets.empty()) return not_allowed(ctx.chat->model);
  return boost::system::in_place_value;
}

Result<> check_mode(RequestContext& ctx) {
  auto const* model = ctx.plan.targets.front().model;
  if (!model) return boost::system::in_place_value;
  bool const embeds = model->mode == catalog::Mode::embedding;
  if (embeds == (ctx.operation == providers::Operation::embeddings)) return boost::system::in_place_value;
  return Error{Errc::bad_request,
               embeds ? "This model makes embeddings: use /v1/embeddings."
                      : "This model does not make embeddings: use /v1/chat/completions.",
               "model"};
}

class Policy final : public Middleware {
 public:
  std::string_view name() const noexcept override { return "policy"; }

  Task<> handle(RequestContext& ctx, Next next) override {
    auto media = check_media_type(ctx.http.head());
    if (!media) co_return media.error();
    auto body = co_await ctx.http.read_body(ctx.runtime->config.limits.body_bytes);
    if (!body) co_return body.error();
    auto allowed = understand(ctx, std::move(*body));
    if (!allowed) co_return allowed.error();
    co_return co_await next(ctx);
  }

 private:
  static Result<> understand(RequestContext& ctx, std::string body) {
    json::Limits limits;
    limits.depth_max = ctx.runtime->config.limits.json_depth;
    auto request = ctx.operation == providers::Operation::chat
                       ? providers::read_chat_request(std::move(body), limits)
                       : providers::read_embeddings_request(std::move(body), limits);
    if (!request) return request.error();
    ctx.chat.emplace(std::move(*request));
    ctx.record.model_requested = ctx.chat->model.substr(0, 256);
    ctx.record.stream = ctx.chat->stream;

    auto plan = routing::resolve(ctx.chat->model, *ctx.runtime->catalog, ctx.runtime->config);
    if (!plan) {
      // What no pattern of the key could allow is 403: which names exist is not for everybody.
      if (plan.error().code() == Errc::model_not_found &&
          !routing::could_allow(ctx.key->allowed_models, ctx.chat->model))
        return not_allowed(ctx.chat->model);
      return plan.error();
    }
    auto filtered = filter(ctx, std::move(*plan));
    if (!filtered) return filtered.error();
    return check_mode(ctx);
  }
};

}  // namespace

std::unique_ptr<Middleware> make_policy() {
  return std::make_unique<Policy>();
}

}  // namespace tsg::pipeline
