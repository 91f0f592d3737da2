// What the program must know of a dialect beside its bytes. Each dialect says it of itself, in its folder;
// src/providers/registry.cpp is the one table of them. Nothing outside providers/ knows a dialect by name.
#pragma once
#include <span>
#include <string_view>
#include <vector>

namespace tsg::providers {

class ProviderAdapter;

// A limit that the provider tells with each answer, and what is left of it.
struct RateHeaders {
  std::string_view limit, remaining;
};

struct Dialect {
  std::string_view name;               // as `dialect:` of the configuration says it
  std::string_view seller;             // whose models the catalogue has for it: dialects may share one
  std::string_view base_url;           // of the provider itself, https
  std::string_view model_prefix = {};  // of its own models' ids; a client may leave it out. "" = none
  std::span<RateHeaders const> rate_headers = {};
  bool packs_embeddings = true;  // as base64 where the client asks for it; false: text alone
  ProviderAdapter const& (*adapter)() = nullptr;
};

// Static storage, in the order of the table: a pointer stays good.
Dialect const* dialect(std::string_view name) noexcept;  // nullptr: not built
std::vector<std::string_view> dialects();                // the names of all
// What a server speaks that has no dialect of its own: the first of the table.
Dialect const& common_dialect() noexcept;
// Each seller once. An instance of the same name is the seller itself.
std::vector<std::string_view> const& sellers() noexcept;

// One more, behind the others. Only before anybody asks: a thread that looks one up takes no lock.
void add_dialect(Dialect const& added);

}  // namespace tsg::providers
