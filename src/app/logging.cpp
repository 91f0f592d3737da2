#include "app/logging.hpp"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "tsg/core/printable.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::app {
namespace {

// %* : the message as a JSON string, so that no text can break the line.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(spdlog::details::log_msg const& msg, std::tm const&, spdlog::memory_buf_t& out) override {
    std::string text;
    json::append_string(text, std::string_view{msg.payload.data(), msg.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonMessage>(); }
};

// %* on a terminal: other people's words must not act on it.
class ShownMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(spdlog::details::log_msg const& msg, std::tm const&, spdlog::memory_buf_t& out) override {
    auto const text = printable(std::string_view{msg.payload.data(), msg.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<ShownMessage>(); }
};

}  // namespace

void start_logging(std::string const& level) {
  spdlog::init_thread_pool(1024, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::async_logger>("tsg", sink, spdlog::thread_pool(),
                                                       spdlog::async_overflow_policy::overrun_oldest);
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  if (::isatty(STDERR_FILENO) != 0)
    formatter->add_flag<ShownMessage>('*').set_pattern("%Y-%m-%d %H:%M:%S.%e %l %*");
  else
    formatter->add_flag<JsonMessage>('*').set_pattern(
        R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})");
  logger->set_formatter(std::move(formatter));
  spdlog::set_default_logger(std::move(logger));
  set_log_level(level);
}

void set_log_level(std::string const& level) {
  spdlog::set_level(spdlog::level::from_str(level));
}

void stop_logging() {
  spdlog::shutdown();
}

}  // namespace tsg::app
