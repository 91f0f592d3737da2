// Logs go to stderr: JSON lines, or text on a terminal. Asynchronous, may drop under pressure, never stalls a
// worker; nothing that must not be lost goes through here (that is the audit log's work).
#pragma once
#include <string>

namespace tsg::app {

void start_logging(std::string const& level);
void set_log_level(std::string const& level);
void stop_logging();

}  // namespace tsg::app
