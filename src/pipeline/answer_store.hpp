// Answers kept for replay: sealed with a key of their own, bound to the request they answer (IDM-7, ENC-8).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tsg/core/crypto.hpp"
#include "tsg/pipeline/bodies.hpp"
#include "tsg/store/store.hpp"

namespace tsg::pipeline {

// Whose retry may have it.
struct AnswerPlace {
  AnswerPlace(std::string s, std::string k) : scope{std::move(s)}, key{std::move(k)} {}
  std::string scope, key;
};

// The answer as it leaves, kept for replay. Bounded: beyond `max`, or where the memory for bodies is used up,
// nothing is kept (IDM-13).
class Recording {
 public:
  Recording(AnswerPlace place, std::size_t max, Bodies::Share share)
      : place_{std::move(place)}, max_{max}, share_{std::move(share)} {}
  void add(std::string_view bytes) {
    if (too_large_ || bytes_.size() + bytes.size() > max_ || !share_.hold(bytes_.size() + bytes.size())) {
      too_large_ = true;
      bytes_ = {};
      share_.release();
    } else {
      bytes_ += bytes;
    }
  }
  AnswerPlace const& place() const& noexcept { return place_; }
  AnswerPlace place() && noexcept { return std::move(place_); }
  std::string const& bytes() const noexcept { return bytes_; }
  bool too_large() const noexcept { return too_large_; }

 private:
  AnswerPlace place_;
  std::string bytes_;
  std::size_t max_;
  Bodies::Share share_;
  bool too_large_ = false;
};

// Empty: too large to keep.
store::StoredAnswer seal_answer(crypto::SecretKey const& secret, RequestId const& id,
                                Recording const& recording, int status, std::string_view content_type);
// nullopt: the stored bytes are not what was sealed for this place.
std::optional<std::string> open_answer(crypto::SecretKey const& secret, AnswerPlace const& place,
                                       store::StoredAnswer const& answer);

}  // namespace tsg::pipeline
