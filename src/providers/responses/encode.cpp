#include <algorithm>

#include "providers/effort.hpp"
#include "providers/judge.hpp"
#include "providers/responses/input.hpp"
#include "providers/responses/responses.hpp"
#include "providers/responses/tools.hpp"

namespace tsg::providers::responses {
namespace {

// The API refuses less (§2.2). A hold made for fewer tokens is overrun by at most these.
constexpr std::int64_t kOutputMin = 16;

void write_limit(json::Writer& w, ChatRequest const& request, EncodeContext const& context,
                 Flavour const& flavour) {
  auto limit = request.max_tokens;
  if (context.output_limit) limit = std::min(limit.value_or(*context.output_limit), *context.output_limit);
  if (!limit && flavour.output_default > 0) limit = flavour.output_default;
  if (limit) w.key("max_output_tokens").integer(std::max(*limit, kOutputMin));
}

// Models that do not think refuse the question for their thoughts.
bool thinks(EncodeContext const& context) noexcept {
  auto const* model = context.model ? context.model : context.family;
  return !model || model->capabilities.reasoning;
}

void write_copied(json::Writer& w, ChatRequest const& request, Flavour const& flavour) {
  for (auto const name : flavour.copied) {
    auto const* m = request.document.find(name);
    if (m && !is_null(request.document.raw(m->value))) w.key(name).raw(request.document.raw(m->value));
  }
}

}  // namespace

Result<UpstreamRequest> encode(ChatRequest const& request, EncodeContext const& context,
                               Flavour const& flavour) {
  UpstreamRequest out;
  if (auto ok = judge(request, flavour.parameters, out.dropped); !ok) return ok.error();
  auto const effort = effort_of(request, context, out.dropped);
  if (!effort) return effort.error();
  out.wire = Wire::responses;
  out.path = flavour.path;
  out.stream = request.stream;

  json::Writer w{out.body};
  w.begin_object().key("model").string(context.upstream_model).key("input");
  if (auto ok = write_input(w, request, context, flavour, out.dropped); !ok) return ok.error();
  write_limit(w, request, context, flavour);
  if (auto ok = write_tools(w, request, context, flavour); !ok) return ok.error();
  if (auto ok = write_format(w, request, flavour); !ok) return ok.error();
  if (!effort->empty()) w.key("reasoning").begin_object().key("effort").string(*effort).end_object();
  write_copied(w, request, flavour);
  w.key("stream").boolean(request.stream);
  // An answer kept at the provider could be read by every client of this gateway (§2.1).
  w.key("store").boolean(false);
  if (flavour.encrypted_reasoning && thinks(context))
    w.key("include").begin_array().string("reasoning.encrypted_content").end_array();
  w.end_object();
  return out;
}

}  // namespace tsg::providers::responses
