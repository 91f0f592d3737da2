// What clients may call, as data. Everything here runs behind key auth.
#pragma once
#include <string>
#include <string_view>

#include "pipeline/key_auth.hpp"
#include "tsg/core/task.hpp"

namespace tsg::pipeline {

struct Endpoint {
  std::string_view path;  // exact, or a prefix if it ends in '/'
  std::string_view name;  // route template: record and metrics label
  http::Method method;
  enum class Kind : std::uint8_t { chat, embeddings, models, model, usage } kind;
};

struct Found {
  Endpoint const* endpoint = nullptr;  // nullptr: no such path
  std::string allow;                   // path exists, method does not fit
  std::string_view rest;               // of the path, behind an endpoint that is a prefix
};
Found find_endpoint(http::RequestHead const& head);

// What a 404 says: the route that the path nearly is, and what is wrong with it.
std::string nothing_here(std::string_view path);

// GET /: what this is, for a person who opens the address, or a program. Public: names nothing of the inside.
struct FrontPage {
  std::string_view type;
  std::string_view body;
};
FrontPage front_page(http::RequestHead const& head);

// Answers that need no provider; the body of each is JSON.
Result<std::string> list_models(Runtime const& runtime, Caller const& caller, WallTime now);
Result<std::string> show_model(Runtime const& runtime, Caller const& caller, WallTime now,
                               std::string_view id);
Task<std::string> own_usage(store::Store& store, Runtime const& runtime, Caller const& caller, WallTime now);

}  // namespace tsg::pipeline
