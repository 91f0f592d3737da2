// What looks like an API key where none belongs: clients send theirs as request id or as model name, and then
// it must not be recorded, logged or echoed. By shape only (KEY-16): nobody's key is known here.
#pragma once
#include <string>
#include <string_view>

namespace tsg {

bool has_secret(std::string_view text) noexcept;
// Each such word replaced by "[redacted]". Text without one comes back as it is.
std::string without_secrets(std::string_view text);

}  // namespace tsg
