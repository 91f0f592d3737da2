// The request smuggling cases of aws/http-desync-guardian, if TSG_CORPORA names the folder they are in.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "http/framing.hpp"
#include "unit/http/feed.hpp"

namespace tsg::http {
namespace {

struct Case {
  std::string name, uri, method, version, tier;
  std::vector<std::pair<std::string, std::string>> headers;
};

// A scalar as these files write it: plain, 'single' or "double" with \t \r \n \\ \" \xHH.
std::string scalar(std::string_view text) {
  text = trim_ows(text);
  std::string out;
  if (text.size() >= 2 && text.front() == '\'') {
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
      out += text[i];
      if (text[i] == '\'') ++i;
    }
    return out;
  }
  if (text.size() < 2 || text.front() != '"') return std::string{text};
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    switch (text.at(++i)) {
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case '0':
        out += '\0';
        break;
      case 'x':
        out += static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16));
        i += 2;
        break;
      default:
        out += text[i];
    }
  }
  return out;
}

std::vector<Case> read_cases(std::filesystem::path const& file) {
  std::vector<Case> cases;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    std::string_view const v{line};
    auto const is = [&](std::string_view key) { return v.starts_with(key); };
    auto const rest = [&](std::string_view key) { return scalar(v.substr(key.size())); };
    if (is("- name:"))
      cases.emplace_back().name = rest("- name:");
    else if (cases.empty())
      continue;
    else if (is("  uri:"))
      cases.back().uri = rest("  uri:");
    else if (is("  method:"))
      cases.back().method = rest("  method:");
    else if (is("  version:"))
      cases.back().version = rest("  version:");
    else if (is("    - name:"))
      cases.back().headers.emplace_back(rest("    - name:"), "");
    else if (is("      value:"))
      cases.back().headers.back().second = rest("      value:");
    else if (is("    tier:"))
      cases.back().tier = rest("    tier:");
  }
  return cases;
}

// The request with the body that its framing asks for.
std::string raw_request(Case const& c) {
  std::string raw = c.method + " " + c.uri + (c.version.empty() ? "" : " ") + c.version + "\r\n";
  bool host = false;
  std::string body;
  for (auto const& [name, value] : c.headers) {
    raw += name + ": " + value + "\r\n";
    host = host || iequals(name, "host");
    if (iequals(name, "transfer-encoding")) body = "0\r\n\r\n";
    if (iequals(name, "content-length"))
      body = std::string(std::min<std::uint64_t>(content_length_value(trim_ows(value)).value_or(0), 1 << 20),
                         'x');
  }
  return raw + (host ? "\r\n" : "Host: gw\r\n\r\n") + body;
}

// Compliant with RFC 9112, yet more than this gateway takes: bytes that are not ASCII, codings other than
// chunked, backslashes, fragments, empty segments and escaped controls in paths, targets that are not
// origin-form (HTTP-14, table 8.2).
bool stricter_on_purpose(Case const& c) {
  auto const ascii = [](std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](unsigned char b) { return b < 0x80; });
  };
  if (!ascii(c.uri) || c.uri.find_first_of("\\# ") != std::string::npos || !c.uri.starts_with('/'))
    return true;
  auto const path = c.uri.substr(0, c.uri.find('?'));
  if (path.find("//") != std::string::npos || path.find("/.") != std::string::npos ||
      path.find("%0") != std::string::npos)
    return true;
  int codings = 0;
  for (auto const& [name, value] : c.headers) {
    if (!ascii(value)) return true;
    if (!iequals(name, "transfer-encoding")) continue;
    if (++codings > 1 || !iequals(trim_ows(value), "chunked")) return true;
  }
  return false;
}

TEST(DesyncCorpus, SevereAndAmbiguousAreRefusedCompliantPass) {
  auto const* corpora = std::getenv("TSG_CORPORA");
  if (corpora == nullptr) GTEST_SKIP() << "TSG_CORPORA is not set";
  auto const folder = std::filesystem::path{corpora} / "http-desync/tests";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there";
  int refused = 0, passed = 0;
  for (auto const& file : std::filesystem::directory_iterator{folder}) {
    for (auto const& c : read_cases(file.path())) {
      auto const raw = raw_request(c);
      auto const out = test::run(raw);
      auto const where = file.path().filename().string() + ": " + c.name + "\n" + raw.substr(0, 300);
      EXPECT_EQ(test::run(test::bytewise(raw)).requests, out.requests) << where;
      if (c.tier == "Severe" || c.tier == "Ambiguous") {
        EXPECT_FALSE(out.ok) << where;
        EXPECT_TRUE(out.requests.empty()) << where;
        EXPECT_FALSE(out.waiting) << where;
        ++refused;
      } else if (c.tier == "Compliant" && !stricter_on_purpose(c)) {
        EXPECT_TRUE(out.ok || out.waiting) << out.message << "\n" << where;
        ++passed;
      }  // acceptable to them: either answer is safe
    }
  }
  EXPECT_GT(refused, 60);
  EXPECT_GE(passed, 10);
}

}  // namespace
}  // namespace tsg::http
