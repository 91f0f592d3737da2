#include "tsg/core/log.hpp"

#include <spdlog/spdlog.h>

#include <charconv>

namespace tsg::log {
namespace {

spdlog::level::level_enum spdlog_level(Level level) noexcept {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::critical:
      return spdlog::level::critical;
  }
  return spdlog::level::critical;
}

}  // namespace

Value::Value(long long n) noexcept {
  size_ = static_cast<std::uint8_t>(std::to_chars(digits_.data(), digits_.data() + digits_.size(), n).ptr -
                                    digits_.data());
}

Value::Value(unsigned long long n) noexcept {
  size_ = static_cast<std::uint8_t>(std::to_chars(digits_.data(), digits_.data() + digits_.size(), n).ptr -
                                    digits_.data());
}

void write(Level level, std::string_view format, std::initializer_list<Value> values) {
  auto* const logger = spdlog::default_logger_raw();
  auto const at = spdlog_level(level);
  if (logger == nullptr || !logger->should_log(at)) return;
  std::string line;
  line.reserve(format.size() + 64);
  for (auto const& value : values) {
    auto const hole = format.find("{}");
    if (hole == std::string_view::npos) break;
    line.append(format.substr(0, hole)).append(value.text());
    format.remove_prefix(hole + 2);
  }
  line.append(format);
  logger->log(at, spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace tsg::log
