// Ids for calls of models that give none.
#pragma once
#include <string>
#include <string_view>

namespace tsg::providers {

// "call_" and 24 characters, unique within the answer and, as far as the answer's own id is, everywhere. No
// randomness: the same answer has the same ids, however it is cut.
class CallIds {
 public:
  explicit CallIds(std::string_view answer_id);
  std::string next();

 private:
  std::string stem_;
  unsigned count_ = 0;
};

}  // namespace tsg::providers
