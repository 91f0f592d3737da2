#include "tsg/core/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace tsg {
namespace {

TEST(Errc, EveryCodeHasItsOwnSnakeCaseName) {
  std::set<std::string_view> names;
  auto const last = static_cast<int>(Errc::forbidden);
  for (int i = 0; i <= last; ++i) {
    auto const name = to_string(static_cast<Errc>(i));
    EXPECT_FALSE(name.empty()) << i;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << name;
    names.insert(name);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
}

// The names are a list beside the enum: one forgotten shifts all that follow.
TEST(Errc, NamesStandBesideTheirCodes) {
  EXPECT_EQ(to_string(Errc::invalid_api_key), "invalid_api_key");
  EXPECT_EQ(to_string(Errc::bad_request), "bad_request");
  EXPECT_EQ(to_string(Errc::content_filter), "content_filter");
  EXPECT_EQ(to_string(Errc::idempotency_response_too_large), "idempotency_response_too_large");
  EXPECT_EQ(to_string(Errc::provider_timeout), "provider_timeout");
  EXPECT_EQ(to_string(Errc::client_gone), "client_gone");
  EXPECT_EQ(to_string(Errc::forbidden), "forbidden");
}

TEST(Error, CarriesDetailsOnlyWhenItHasSome) {
  EXPECT_EQ(Error{Errc::overloaded}.peek(), nullptr);
  Error const error{Errc::bad_request, "n must be 1", "n"};
  ASSERT_NE(error.peek(), nullptr);
  EXPECT_EQ(error.message(), "n must be 1");
  EXPECT_EQ(error.peek()->param, "n");
}

TEST(Error, ValueOfAFailureIsABugThatNamesItself) {
  Result<int> const failed = Error{Errc::audit_unavailable, "disk full"};
  try {
    (void)failed.value();
    FAIL() << "no exception";
  } catch (std::logic_error const& e) {
    EXPECT_NE(std::string_view{e.what()}.find("audit_unavailable"), std::string_view::npos) << e.what();
  }
}

}  // namespace
}  // namespace tsg
