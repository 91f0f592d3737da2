#include "embeddings.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "fields.hpp"
#include "openai_common.hpp"
#include "xai.hpp"

namespace tsg::sim {
namespace {

std::uint64_t mix(std::uint64_t x) {  // splitmix64
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001B3ULL;
  return hash;
}

constexpr std::array kEmbeddingsFields{
    Field{"input", kString | kArray, true}, Field{"model", kString, true}, Field{"encoding_format", kString},
    Field{"dimensions", kInteger},          Field{"user", kString},
};

std::int64_t default_dimensions(std::string const& model) {
  return model.find("-3-large") != std::string::npos ? 3072 : 1536;
}

Problem invalid(std::string param, std::string message) {
  return Problem{ErrorKind::invalid, std::move(message), std::move(param), {}, -1};
}

class Embeddings final : public Api {
 public:
  explicit Embeddings(Provider provider) : provider_(provider) {}
  Provider provider() const override { return provider_; }
  std::string_view name() const override { return "embeddings"; }
  bool generates() const override { return false; }

  std::optional<Problem> read(Json const& body, Ask& out) const override {
    if (auto bad = check_fields(body, kEmbeddingsFields, true)) return bad;
    out.model = body["model"].get<std::string>();
    auto const& input = body["input"];
    if (input.is_string()) out.inputs.push_back(input.get<std::string>());
    bool const token_ids = input.is_array() && !input.empty() && input[0].is_number_integer();
    if (token_ids) out.inputs.push_back(dump(input));
    if (input.is_array() && !token_ids)
      for (auto const& entry : input) {
        if (!entry.is_string() && !entry.is_array()) return invalid("input", "'$.input' is invalid.");
        out.inputs.push_back(entry.is_string() ? entry.get<std::string>() : dump(entry));
      }
    if (out.inputs.empty() || out.inputs.size() > 2048)
      return invalid("input", "'input' must have 1 to 2048 entries.");
    auto const format = string_or(body, "encoding_format", "float");
    if (format != "float" && format != "base64")
      return invalid("encoding_format",
                     "Invalid value: '" + format + "'. Supported values are: 'float' and 'base64'.");
    out.base64 = format == "base64";
    out.dimensions = int_or(body, "dimensions", default_dimensions(out.model));
    if (out.dimensions < 1 || out.dimensions > 4096)
      return invalid("dimensions",
                     dump(Json(out.dimensions)) + " is less than the minimum of 1 - 'dimensions'");
    out.last_user_text = out.inputs.back();
    return std::nullopt;
  }

  Json usage(Usage const& u) const override {
    return {{"prompt_tokens", u.input}, {"total_tokens", u.input}};
  }

  std::string whole(Ask const& ask, Turn const& turn) const override {
    Json data = Json::array();
    for (std::size_t i = 0; i < ask.inputs.size(); ++i) {
      auto const vector = embed(ask.inputs[i], static_cast<std::size_t>(ask.dimensions));
      Json entry{{"object", "embedding"}, {"index", i}, {"embedding", nullptr}};
      if (ask.base64)
        entry["embedding"] = base64(float32_le(vector));
      else
        entry["embedding"] = vector;
      data.push_back(std::move(entry));
    }
    Json out{{"object", "list"}, {"data", std::move(data)}, {"model", ask.model}};
    if (!turn.usage_missing) out["usage"] = usage(turn.reported);
    return dump(out);
  }

  void stream(Ask const&, Turn const&, Script&) const override {}
  ErrorReply error(Problem const& problem) const override {
    return provider_ == Provider::xai ? xai_error(problem) : openai_error(problem);
  }
  std::string error_event(Problem const& problem) const override { return error(problem).body; }

 private:
  Provider provider_;
};

}  // namespace

std::vector<float> embed(std::string_view text, std::size_t dimensions, std::uint64_t seed) {
  std::vector<float> out(dimensions);
  auto const base = fnv1a(text) ^ seed;
  for (std::size_t i = 0; i < dimensions; ++i)
    out[i] = static_cast<float>(static_cast<std::int64_t>(mix(base + i) % 2048) - 1024) / 16384.0F;
  return out;
}

std::string float32_le(std::vector<float> const& vector) {
  std::string bytes;
  bytes.reserve(vector.size() * 4);
  for (float value : vector) {
    auto const bits = std::bit_cast<std::uint32_t>(value);
    for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((bits >> shift) & 0xFFU);
  }
  return bytes;
}

std::string base64(std::string_view bytes) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8U) | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (unsigned k = 0; k < 4; ++k) out += kAlphabet[(group >> (18U - 6U * k)) & 63U];
  }
  if (bytes.size() % 3 > 0)
    for (std::size_t k = 0; k < 3 - bytes.size() % 3; ++k) out[out.size() - 1 - k] = '=';
  return out;
}

Api const& openai_embeddings() {
  static Embeddings const api(Provider::openai);
  return api;
}

Api const& xai_embeddings() {
  static Embeddings const api(Provider::xai);
  return api;
}

}  // namespace tsg::sim
