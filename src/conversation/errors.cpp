#include "tsg/conversation/errors.hpp"

namespace tsg::conversation {

Error wrong(std::string param, std::string_view rule) {
  auto message = "'" + param + "' ";
  message += rule;
  message += '.';
  return Error{Errc::bad_request, std::move(message), std::move(param)};
}

std::string indexed(std::string_view list, std::size_t i) {
  return std::string{list} + '[' + std::to_string(i) + ']';
}

}  // namespace tsg::conversation
