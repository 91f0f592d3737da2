// The words that providers' errors are classified by, as their documentation lists them. Only these stand in
// a record: whatever else a provider writes may be what somebody asked it.
#pragma once
#include <string_view>

namespace tsg::providers {

bool known_error_word(std::string_view word) noexcept;  // of a `type`, `code` or `status`

}  // namespace tsg::providers
