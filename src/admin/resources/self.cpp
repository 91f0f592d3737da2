#include "admin/resources/self.hpp"

#include "admin/openapi.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {

Task<Reply> show_openapi(State&, Call&) {
  co_return Reply{200, json::to_text(openapi(), 1)};
}

}  // namespace tsg::admin
