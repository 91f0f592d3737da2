// A hypothetical request's routing, nothing sent: `tsg route test`, POST /admin/v1/routes/test.
#pragma once
#include <string>

#include "tsg/pipeline/services.hpp"

namespace tsg::pipeline {

// `request`: an OpenAI chat body. `key`: whose allowed_models hold; nullptr = everything is allowed. The
// answer is JSON: {"model","route","chosen","passed_over":[{"target","reason"}],"decision":{…}}; `chosen` is
// null if no target is left. Errors are those the client would get before anything is priced.
Result<std::string> explain_route(Services& services, keys::Key const* key, std::string request,
                                  std::uint64_t seed);

}  // namespace tsg::pipeline
