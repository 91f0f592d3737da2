// Bodies made from cases.txt, as large as asked for.
#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace tsg::growth {

struct Case {
  std::map<std::string, std::string> said;
  std::string const& operator[](std::string const& key) const {
    static std::string const none;
    auto const at = said.find(key);
    return at == said.end() ? none : at->second;
  }
  std::string name() const { return (*this)["name"]; }
  // "answer gemini" and the like: the rest of the key that begins with `kind`; "" = the case is another kind.
  std::string of(std::string const& kind) const {
    for (auto const& [key, value] : said)
      if (key.starts_with(kind + " ")) return key.substr(kind.size() + 1);
    return {};
  }
};

inline std::vector<Case> all_cases() {
  std::ifstream in{std::filesystem::path{__FILE__}.parent_path() / "cases.txt"};
  std::vector<Case> out;
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty() || line[0] == '#') continue;
    auto const colon = line.find(": ");
    if (colon == std::string::npos) throw std::runtime_error{"cases.txt: " + line};
    if (line.starts_with("name: ")) out.emplace_back();
    out.back().said[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return out;
}

inline void replace_all(std::string& text, std::string const& what, std::string const& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
}

inline std::string repeated(std::string const& unit, std::string const& sep, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) {
    if (i > 0) out += sep;
    for (std::size_t at = 0; at < unit.size(); ++at) {
      if (unit[at] != '%') {
        out += unit[at];
        continue;
      }
      bool const next = at + 1 < unit.size() && unit[at + 1] == '+';
      out += std::to_string(next ? i + 1 : i);
      at += next;
    }
  }
  return out;
}

// `frame` (its lines end with |) with its places filled `n` times.
inline std::string filled(Case const& c, std::string const& frame, std::size_t n) {
  auto const sep = c["sep"].empty() ? "," : c["sep"] == "none" ? "" : c["sep"];
  auto list = repeated(c["unit"], sep, n);
  auto tail = c["tail"];
  replace_all(tail, "%+", std::to_string(n));
  list += tail;
  auto const second =
      c["second"].empty() ? std::string{} : repeated(c["second"], c["second"] == "name" ? "" : sep, n);
  std::string out;
  for (char const f : frame)
    if (f == '@')
      out += list;
    else if (f == '~')
      out += second;
    else
      out += f;
  for (char& f : out)
    if (f == '|') f = '\n';
  return out;
}

// The requests of a case, each with a word that tells them apart.
inline std::vector<std::pair<std::string, std::string>> requests(Case const& c, std::size_t n) {
  if (!c["body"].empty()) return {{"", filled(c, c["body"], n)}};
  if (c["schema"].empty()) return {};
  auto const schema = filled(c, c["schema"], n);
  std::string const begin = R"({"model":"M","messages":[{"role":"user","content":"go"}],)";
  return {{"response_format",
           begin + R"("response_format":{"type":"json_schema","json_schema":{"name":"s","schema":)" + schema +
               "}}}"},
          {"tool",
           begin + R"("tools":[{"type":"function","function":{"name":"f","parameters":)" + schema + "}}]}"},
          {"strict tool",
           begin + R"("tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":)" +
               schema + "}}]}"}};
}

}  // namespace tsg::growth
