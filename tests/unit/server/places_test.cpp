// Who gets a place and who gives way, without a socket: the flood that shut everybody out, told as a story.
#include "server/places.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tsg::server {
namespace {

boost::asio::ip::address address(std::string const& text) {
  return boost::asio::ip::make_address(text);
}

class Visitor final : public Guest, public std::enable_shared_from_this<Visitor> {
 public:
  void make_way(std::shared_ptr<Guest>) noexcept override { asked = true; }
  void board() { place->board(weak_from_this()); }
  std::unique_ptr<Place> place;
  bool asked = false;
};

class PlacesTest : public ::testing::Test {
 protected:
  void open(std::size_t most, std::size_t per_address = SIZE_MAX, std::size_t reserved = 2) {
    capacity.most = most;
    capacity.per_address = per_address;
    capacity.reserved = reserved;
    places = std::make_shared<Places>(capacity);
  }
  // nullptr: turned away.
  std::shared_ptr<Visitor> come(std::string const& from = "192.0.2.1") {
    auto v = std::make_shared<Visitor>();
    v->place = places->take(address(from));
    if (!v->place) return nullptr;
    v->board();
    return v;
  }
  Capacity capacity;
  std::shared_ptr<Places> places;
};

TEST_F(PlacesTest, WhoWaitsLongestGivesWayToTheNewcomer) {
  open(3);
  auto a = come(), b = come(), c = come();
  auto d = come();
  EXPECT_TRUE(a->asked);
  EXPECT_FALSE(b->asked || c->asked);
  EXPECT_FALSE(d->place->reserved());
  EXPECT_TRUE(a->place->leaving());
  a->place.reset();
  auto const counts = places->counts();
  EXPECT_EQ(counts.taken, 3u);
  EXPECT_EQ(counts.leaving, 0u);
  EXPECT_EQ(counts.gave_way, 1u);
}

TEST_F(PlacesTest, WaitingBeginsAnewWithTheEndOfARequest) {
  open(2);
  auto old = come(), young = come();
  old->place->serve();
  old->place->wait();  // it has just been served: now the other one has waited longer
  come();
  EXPECT_FALSE(old->asked);
  EXPECT_TRUE(young->asked);
}

TEST_F(PlacesTest, WhoIsServedNeverGivesWay) {
  open(2);
  auto a = come(), b = come();
  a->place->serve();
  b->place->serve();
  auto c = come();
  ASSERT_TRUE(c);
  EXPECT_TRUE(c->place->reserved()) << "it is answered: by health, or that there is no place";
  EXPECT_FALSE(a->asked || b->asked);
}

TEST_F(PlacesTest, ReservedPlacesChangeHandsLikeAllOthers) {
  open(1, SIZE_MAX, 2);
  auto busy = come();
  busy->place->serve();
  auto r1 = come(), r2 = come(), r3 = come();
  ASSERT_TRUE(r1 && r2 && r3);
  EXPECT_TRUE(r1->asked) << "silence does not hold a reserved place either";
  EXPECT_FALSE(r2->asked);
  r1->place.reset();
  r2->place->serve();
  r3->place->serve();
  EXPECT_FALSE(come()) << "all of them are busy being refused";
}

TEST_F(PlacesTest, ARequestThatComesInTimeKeepsThePlace) {
  open(1);
  auto a = come();
  auto b = come();
  EXPECT_TRUE(a->asked);
  a->place->serve();  // its request was on the way
  EXPECT_FALSE(a->place->leaving());
  EXPECT_EQ(places->counts().taken, 2u) << "one more than there should be, for as long as it takes";
  auto c = come();
  EXPECT_TRUE(b->asked);
  a->place->wait();
  auto d = come();
  EXPECT_TRUE(c->asked) << "c has waited longer than a, which has just been served";
}

TEST_F(PlacesTest, AnAddressBeyondItsShareTakesItsOwnPlacesOnly) {
  open(4, 2);
  auto honest = come("198.51.100.7");
  auto f1 = come("192.0.2.1"), f2 = come("192.0.2.1");
  auto f3 = come("192.0.2.1");
  EXPECT_TRUE(f1->asked);
  EXPECT_FALSE(honest->asked) << "it has waited longest, but not of those who are too many";
  f1->place.reset();
  f2->place->serve();
  f3->place->serve();
  auto f4 = come("192.0.2.1");
  EXPECT_TRUE(f4->place->reserved()) << "its share is busy";
  EXPECT_FALSE(honest->asked);
  EXPECT_FALSE(come("203.0.113.9")->place->reserved()) << "there is room for others";
}

TEST_F(PlacesTest, OurOwnProxiesHaveNoShare) {
  capacity.exempt = [](auto const& from) { return from == address("10.0.0.1"); };
  open(10, 1);
  auto a = come("10.0.0.1"), b = come("10.0.0.1"), c = come("10.0.0.1");
  EXPECT_FALSE(a->asked || b->asked || c->place->reserved());
}

TEST_F(PlacesTest, OneHostHasOneShareHoweverManyAddressesItsNetworkHas) {
  open(10, 1);
  auto a = come("2001:db8:0:1::1");
  auto b = come("2001:db8:0:1:ffff::2");
  EXPECT_TRUE(a->asked) << "the same /64";
  auto other = come("2001:db8:0:2::1");
  EXPECT_FALSE(b->asked || other->place->reserved());
  auto v4 = come("192.0.2.1");
  auto mapped = come("::ffff:192.0.2.1");
  EXPECT_TRUE(v4->asked) << "one address in two spellings";
  EXPECT_FALSE(mapped->asked);
}

TEST_F(PlacesTest, OnlySoManyLeaveAtOnce) {
  open(10, SIZE_MAX, 1);
  std::vector<std::shared_ptr<Visitor>> all;
  for (int i = 0; i < 10; ++i) all.push_back(come());
  for (int i = 0; i < 10; ++i) all.push_back(come());  // and none of those asked has left yet
  auto const counts = places->counts();
  EXPECT_LE(counts.leaving, 2u) << "their descriptors are still open";
  EXPECT_TRUE(places->unsettled());
  EXPECT_EQ(counts.taken, 10u);
  EXPECT_LE(counts.reserved, 1u);
}

TEST_F(PlacesTest, WhoIsStillOnTheWayToItsWorkerGivesWayToo) {
  open(1);
  auto const under_way = places->take(address("192.0.2.1"));
  auto b = come();
  EXPECT_FALSE(b->place->reserved());
  EXPECT_TRUE(under_way->leaving()) << "it finds that out when it arrives";
}

TEST_F(PlacesTest, AFloodOfTenThousandFromOneHostLeavesRoomForTheNext) {
  open(1'000, 500, 64);
  std::vector<std::shared_ptr<Visitor>> flood;
  for (int i = 0; i < 10'050; ++i) {
    flood.push_back(come("192.0.2.66"));
    ASSERT_TRUE(flood.back());
    std::erase_if(flood, [](auto const& v) { return v->asked; });  // a worker closes them
  }
  EXPECT_EQ(flood.size(), 500u);
  auto const client = come("198.51.100.7");
  EXPECT_FALSE(client->place->reserved());
  EXPECT_EQ(places->counts().taken, 501u);
  flood.clear();
  EXPECT_EQ(places->counts().taken, 1u);
}

TEST_F(PlacesTest, ANewCapacityHoldsForWhoComes) {
  open(4);
  auto a = come(), b = come(), c = come();
  capacity.most = 2;
  places->set(capacity);
  auto d = come();
  EXPECT_TRUE(a->asked);
  EXPECT_FALSE(b->asked || c->asked);
}

}  // namespace
}  // namespace tsg::server
