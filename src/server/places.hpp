// Who has a place among the connections of a listener, and who gives way when none is left. No sockets and no
// clock: order alone decides. Thread-safe, because the connections of all workers share the places.
//
// A connection waits until a whole request head has come, and again between requests. When no place is left,
// the one that has waited longest gives its place to the newcomer, whether it never said a word, drips a
// head, or rests between requests: a stranger's silence must not shut anybody out. One that is served never
// gives way.
#pragma once
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "tsg/server/server.hpp"

namespace tsg::server {

// Whoever holds a place.
class Guest {
 public:
  // Somebody else needs the place: leave, unless a request has come meanwhile (place->leaving() is false
  // then). Any thread; must not block. `self` keeps it alive, and must be let go on its own thread.
  virtual void make_way(std::shared_ptr<Guest> self) noexcept = 0;

 protected:
  ~Guest() = default;
};

class Place;

class Places : public std::enable_shared_from_this<Places> {
 public:
  explicit Places(Capacity capacity) : capacity_{std::move(capacity)} {}
  Places(Places const&) = delete;
  Places& operator=(Places const&) = delete;

  void set(Capacity capacity);  // who has a place keeps it
  // A place for a new connection from there; nullptr: none, and nobody who could give way.
  std::unique_ptr<Place> take(boost::asio::ip::address const& from);

  // So many are on their way out that the next newcomers had better be left in the kernel's queue for a
  // moment.
  bool unsettled() const;

  struct Counts {
    Counts() = default;
    std::size_t taken = 0, reserved = 0, leaving = 0;  // now
    std::size_t gave_way = 0, turned_away = 0;         // ever; the latter got a reserved place or none
  };
  Counts counts() const;

 private:
  friend class Place;
  using Line = std::list<Place*>;                // in the order in which the waiting began
  using Network = std::array<std::uint8_t, 16>;  // an IPv4 address (mapped), or the /64 of an IPv6 one
  struct Hash {
    std::size_t operator()(Network const& n) const noexcept;
  };
  struct Home {  // those who share an address; alive while any of their places is
    Home() = default;
    Network network{};
    std::size_t places = 0;  // that exist
    std::size_t taken = 0;   // of them, those that count: neither reserved nor leaving
    Line waiting;
  };
  static Network network_of(boost::asio::ip::address const& from) noexcept;
  bool may_displace(Line const& line) const noexcept;
  std::shared_ptr<Guest> displace(Place& place) noexcept;
  void count(Place const& place, int by) noexcept;

  mutable std::mutex mutex_;
  Capacity capacity_;
  Counts counts_;
  Line waiting_, reserved_;
  std::unordered_map<Network, Home, Hash> homes_;
};

// One connection's place, given back when it dies. It outlives nothing: it holds its Places.
class Place {
 public:
  ~Place();
  Place(Place const&) = delete;
  Place& operator=(Place const&) = delete;

  // Beyond the capacity: its one request is refused, unless it asks for our health.
  bool reserved() const noexcept { return reserved_; }
  // The connection has arrived at its worker. Where it is leaving() already nobody could ask it to: end it.
  void board(std::weak_ptr<Guest> guest) noexcept;
  void serve() noexcept;  // a request has come; also where it was asked to leave: it stays
  void wait() noexcept;   // the request is over
  bool leaving() const noexcept;

 private:
  friend class Places;
  enum class State : std::uint8_t { waiting, serving, leaving };
  Place(std::shared_ptr<Places> places, Places::Home& home, bool reserved)
      : places_{std::move(places)}, home_{home}, reserved_{reserved}, node_{this}, home_node_{this} {}
  void enlist() noexcept;
  void delist() noexcept;

  std::shared_ptr<Places> places_;
  Places::Home& home_;
  std::weak_ptr<Guest> guest_;
  bool const reserved_;
  // Its entries in the two lines. Here while it does not wait, so that neither costs an allocation.
  Places::Line node_, home_node_;
  Places::Line::iterator at_{node_.begin()}, home_at_{home_node_.begin()};
  State state_ = State::waiting;
};

}  // namespace tsg::server
