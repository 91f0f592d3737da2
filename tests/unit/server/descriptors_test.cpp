#include "tsg/server/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace tsg::server {
namespace {

TEST(Descriptors, WhereThereAreEnoughNothingIsCapped) {
  config::Limits const limits;
  auto const plenty = share_descriptors(1'048'576, limits, 2);
  EXPECT_EQ(plenty.connections, limits.connections);
  auto const just = share_descriptors(plenty.wanted, limits, 2);
  EXPECT_EQ(just.connections, limits.connections);
  EXPECT_GT(just.admin, 0u);
}

// The evening this is for: `ulimit -n 1024` and 1300 idle connections. Nothing was left to sign the log with.
TEST(Descriptors, IdleClientsNeverTakeWhatServingAndSigningNeed) {
  config::Limits limits;
  for (std::size_t available : {64U, 128U, 256U, 1'024U, 4'096U, 12'000U, 18'000U}) {
    auto const share = share_descriptors(available, limits, 2);
    auto const upstream = std::min(share.connections, limits.requests);
    EXPECT_GE(share.connections, 1u);
    EXPECT_LT(share.connections, limits.connections) << available;
    if (available >= 128) {
      EXPECT_LE(48 + share.admin + 2 * share.reserved + share.connections + upstream, available);
    }
    EXPECT_GT(share.wanted, available);
  }
  limits.connections = 30;
  EXPECT_EQ(share_descriptors(1'024, limits, 2).connections, 30u) << "few are asked for";
}

TEST(Descriptors, TheSoftLimitIsRaisedToTheHardOne) {
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  rlimit low = old;
  low.rlim_cur = std::min<rlim_t>(256, old.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_descriptor_limit(), old.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &old);
}

}  // namespace
}  // namespace tsg::server
