// Chunks of a chat completion. The provider's own, where it speaks chat, leave as they came; those of other
// dialects are made here, with the invariants of wire reference §1.7: the role once per choice, a call's id
// once, exactly one finish reason per choice.
#pragma once
#include <vector>

#include "providers/openai_shape.hpp"
#include "tsg/surfaces/renderer.hpp"

namespace tsg::surfaces::chat {

class ChatRenderer final : public Renderer {
 public:
  explicit ChatRenderer(RenderContext context);
  void render(std::span<conversation::Event const> events, std::string& out) override;
  std::string tail(Ending const& ending) const override;
  std::string_view keep_alive() const noexcept override { return ": ping\n\n"; }
  bool joins_texts() const noexcept override { return true; }

 private:
  using Event = conversation::Event;
  using Group = std::span<Event const>;
  void group(Group events, std::string& out);
  void made(Group events, std::string& out);
  void head(Event const& event);
  void call(Group events, std::string& out);
  void text(Event const& event, std::string& out);
  void last(Group events);
  bool began(std::uint32_t choice);  // notes that it has
  void begin_chunk(std::uint32_t choice, std::string& out) const;
  void end_chunk(std::string& out, std::string_view logprobs = "null", std::string_view finish = {}) const;

  RenderContext context_;
  providers::ChunkHead head_;
  std::string prefix_;  // of each chunk
  std::vector<std::uint32_t> begun_;
  bool provider_begins_ = false;  // its chunks tell the role
  providers::Shaped last_;        // the provider's usage chunk
  std::string last_members_;      // for one of ours, each with its leading comma
};

}  // namespace tsg::surfaces::chat
