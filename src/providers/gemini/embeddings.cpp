// embedContent and batchEmbedContents (§2.11).
#include "providers/embedding_bytes.hpp"
#include "providers/error_shape.hpp"
#include "providers/gemini/adapter.hpp"
#include "providers/gemini/encode.hpp"
#include "providers/gemini/errors.hpp"
#include "providers/gemini/usage.hpp"
#include "providers/judge.hpp"
#include "providers/openai_shape.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

// The inputs as JSON strings, spelt as the client did.
Result<std::vector<std::string_view>> texts_of(ChatRequest const& request) {
  auto const& d = request.document;
  auto const* input = d.find("input");
  auto const raw = d.raw(input->value);
  if (is_string(raw)) return std::vector{raw};
  std::vector<std::string_view> out;
  auto const list = RawNode{d.text(), json::scan_children(d.text(), input->value).value()};
  for (auto const& element : list.members()) {
    if (!is_string(list.raw(element)))
      return unsupported("input", "must be text for this provider: it takes no token numbers");
    out.push_back(list.raw(element));
  }
  return out;
}

void write_one(json::Writer& w, std::string_view model, std::string_view text, std::string_view dimensions) {
  w.begin_object();
  if (!model.empty()) w.key("model").string(model);
  w.key("content").begin_object().key("parts").begin_array().begin_object();
  w.key("text").raw(text).end_object().end_array().end_object();
  if (!dimensions.empty()) w.key("outputDimensionality").raw(dimensions);
  w.end_object();
}

Result<> write_embedding(json::Writer& w, RawNode const& embedding, std::int64_t index, bool base64) {
  auto const values = embedding.child("values");
  if (values.empty()) return broken_answer("an embedding without values");
  w.begin_object().key("object").string("embedding").key("index").integer(index).key("embedding");
  if (base64) {
    auto const text = packed_floats(values);
    if (text.empty()) return broken_answer("an embedding of other than numbers");
    w.string(text);
  } else {
    w.raw(embedding["values"]);  // as the provider wrote it
  }
  w.end_object();
  return boost::system::in_place_value;
}

}  // namespace

Result<UpstreamRequest> encode_embeddings(ChatRequest const& request, EncodeContext const& context) {
  UpstreamRequest out;
  if (auto judged = judge(request, embedding_treatments(), out.dropped); !judged) return judged.error();
  auto const texts = texts_of(request);
  if (!texts) return texts.error();
  auto const dimensions = given(request, "dimensions");
  bool const batch = texts->size() > 1;
  json::Writer w{out.body};
  if (batch) {
    std::string_view id = context.upstream_model;
    if (id.starts_with("models/")) id.remove_prefix(7);
    auto const model = "models/" + std::string{id};  // each entry repeats it
    w.begin_object().key("requests").begin_array();
    for (auto const text : *texts) write_one(w, model, text, dimensions);
    w.end_array().end_object();
  } else {
    write_one(w, "", texts->front(), dimensions);
  }
  out.wire = Wire::embeddings;
  out.path = model_path(context.upstream_model, batch ? "batchEmbedContents" : "embedContent");
  return out;
}

Result<Answer> decode_embeddings(std::string_view body, DecodeContext const& context) {
  auto const parsed = RawNode::parse(body);
  if (!parsed) return error_in_text(body);
  auto const& root = *parsed;
  if (auto error = told_error(root)) return *error;

  Answer a;
  a.model = context.asked_model;
  auto& shown = a.verbatim.emplace();
  json::Writer w{shown.body};
  w.begin_object().key("object").string("list").key("data").begin_array();
  std::int64_t index = 0;
  if (auto const one = root.child("embedding"); !one.empty()) {
    if (auto written = write_embedding(w, one, index++, context.base64_embeddings); !written)
      return written.error();
  }
  auto const list = root.child("embeddings");
  for (auto const& element : list.members())
    if (auto written = write_embedding(w, list.child(element), index++, context.base64_embeddings); !written)
      return written.error();
  if (index == 0) return broken_answer("an answer without embeddings");
  w.end_array().key("model").string(a.model);
  // Only newer models count; for the others the caller estimates.
  a.usage = read_usage(root.child("usageMetadata"));
  if (a.usage.reported) {
    w.key("usage").raw(usage_object(a.usage, Operation::embeddings));
    shown.usage_end = shown.body.size() - 1;
  }
  w.end_object();
  return a;
}

}  // namespace tsg::providers::gemini
