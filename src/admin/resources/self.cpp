#include "admin/resources/self.hpp"

#include "admin/openapi.hpp"

namespace tsg::admin {

Task<Reply> show_openapi(State&, Call&) {
  co_return Reply{200, openapi().dump(1)};
}

}  // namespace tsg::admin
