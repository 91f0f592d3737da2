// A streamed answer as a client's surface shows it: events in, whole client events out. One for each answer.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tsg/catalog/usage.hpp"
#include "tsg/conversation/event.hpp"
#include "tsg/core/money.hpp"

namespace tsg::surfaces {

// What the client's request decides of the answer's form.
struct RenderContext {
  RenderContext() = default;
  std::string id;            // of the answer, where the provider's is not shown
  std::int64_t created = 0;  // Unix seconds, likewise
  std::string model;         // until the provider tells its own
  bool include_usage = false;
  bool legacy_functions = false;  // asked with `functions`: has a place for one call
};

// What is known once the answer is settled.
struct Ending {
  Ending() = default;
  catalog::Usage usage;
  bool usage_known = true;  // else nobody counted it, and nobody estimated
  std::string_view provider;
  std::optional<Nano> cost;
};

class Renderer {
 public:
  virtual ~Renderer() = default;
  // Events that are joined come together.
  virtual void render(std::span<conversation::Event const> events, std::string& out) = 0;
  // The end that tells the client that nothing is missing: only of an answer that is whole, and settled.
  virtual std::string tail(Ending const& ending) const = 0;
  // What a client that waits is sent in between.
  virtual std::string_view keep_alive() const noexcept = 0;
  // Texts of one kind are one text to the client, however many items they came in: content rules read them
  // so.
  virtual bool joins_texts() const noexcept = 0;
};

std::unique_ptr<Renderer> chat_renderer(RenderContext context);

}  // namespace tsg::surfaces
