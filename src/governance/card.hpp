// Payment cards in text (RED-2): not a pattern, since what is a card is a matter of whole groups of digits.
#pragma once
#include <memory>

#include "tsg/governance/content.hpp"

namespace tsg::governance {

std::shared_ptr<Matcher const> card_detector();

}  // namespace tsg::governance
