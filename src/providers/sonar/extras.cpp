#include "providers/sonar/adapter.hpp"

namespace tsg::providers::sonar {

void Extras::read(RawNode const& root) {
  if (is_array(root["citations"])) sources_.set_citations(root.child("citations"));
  if (is_array(root["search_results"])) sources_.set_results(root.child("search_results"));
  if (is_array(root["images"])) images_ = root["images"];
  if (is_array(root["related_questions"])) questions_ = root["related_questions"];
}

std::string Extras::members() const {
  auto out = sources_.members();
  if (!images_.empty()) out += ",\"images\":" + images_;
  if (!questions_.empty()) out += ",\"related_questions\":" + questions_;
  return out;
}

}  // namespace tsg::providers::sonar
