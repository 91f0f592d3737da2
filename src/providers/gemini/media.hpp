// Images, audio and files of a message as inlineData or fileData (§2.3).
#pragma once
#include <string>

#include "providers/conversation.hpp"
#include "providers/gemini/encode.hpp"

namespace tsg::providers::gemini {

// The part as raw JSON. Errors: unsupported_parameter, bad_request; `param` is where the part stands.
Result<std::string> media_part(Part const& part, Encoding& e);

}  // namespace tsg::providers::gemini
