#include "app/version.hpp"

#include <openssl/crypto.h>
#include <simdjson.h>
#include <spdlog/version.h>
#include <sqlite3.h>

#include <boost/version.hpp>
#include <nlohmann/json.hpp>

namespace tsg::app {

std::string version_line() {
  return std::string{"tsg "} + TSG_VERSION + " (" + TSG_COMMIT + ", " + TSG_BUILD_TYPE + ")";
}

std::string library_lines() {
  auto const dotted = [](int a, int b, int c) {
    return std::to_string(a) + "." + std::to_string(b) + "." + std::to_string(c);
  };
  std::string out;
  out += "Boost " + dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100) + "\n";
  out += std::string{OpenSSL_version(OPENSSL_VERSION)} + "\n";
  out += std::string{"SQLite "} + sqlite3_libversion() + "\n";
  out += std::string{"simdjson "} + SIMDJSON_STRINGIFY(SIMDJSON_VERSION) + "\n";
  out += "nlohmann/json " +
         dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH) + "\n";
  out += "spdlog " + dotted(SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH) + "\n";
  return out;
}

}  // namespace tsg::app
