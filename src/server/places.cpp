#include "server/places.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace tsg::server {

std::size_t Places::Hash::operator()(Network const& n) const noexcept {
  return std::hash<std::string_view>{}({reinterpret_cast<char const*>(n.data()), n.size()});
}

// Whoever has one IPv6 address has 2^64 of them.
Places::Network Places::network_of(boost::asio::ip::address const& from) noexcept {
  namespace ip = boost::asio::ip;
  bool const mapped = from.is_v6() && from.to_v6().is_v4_mapped();
  auto bytes =
      from.is_v4() ? ip::make_address_v6(ip::v4_mapped, from.to_v4()).to_bytes() : from.to_v6().to_bytes();
  if (from.is_v6() && !mapped) std::fill(bytes.begin() + 8, bytes.end(), 0);
  return bytes;
}

void Places::set(Capacity capacity) {
  std::lock_guard const lock{mutex_};
  capacity_ = std::move(capacity);
}

Places::Counts Places::counts() const {
  std::lock_guard const lock{mutex_};
  return counts_;
}

bool Places::unsettled() const {
  std::lock_guard const lock{mutex_};
  return counts_.leaving > capacity_.reserved;
}

void Places::count(Place const& place, int by) noexcept {
  auto const add = [by](std::size_t& n) { n += static_cast<std::size_t>(by); };
  if (place.state_ == Place::State::leaving) return add(counts_.leaving);
  if (place.reserved_) return add(counts_.reserved);
  add(counts_.taken);
  add(place.home_.taken);
}

// Whoever leaves still has its descriptor: no more of them at once than there are places in reserve.
bool Places::may_displace(Line const& line) const noexcept {
  return !line.empty() && counts_.leaving <= capacity_.reserved;
}

std::shared_ptr<Guest> Places::displace(Place& place) noexcept {
  place.delist();
  count(place, -1);
  place.state_ = Place::State::leaving;
  count(place, +1);
  ++counts_.gave_way;
  return place.guest_.lock();
}

std::unique_ptr<Place> Places::take(boost::asio::ip::address const& from) {
  std::shared_ptr<Guest> guest;
  std::unique_ptr<Place> place;
  {
    std::lock_guard const lock{mutex_};
    auto const network = network_of(from);
    auto& home = homes_[network];
    home.network = network;
    bool const share_used =
        home.taken >= capacity_.per_address && !(capacity_.exempt && capacity_.exempt(from));
    bool const full = share_used || counts_.taken >= capacity_.most;
    auto const& line = share_used ? home.waiting : waiting_;
    Place* gives_way = full && may_displace(line) ? line.front() : nullptr;
    bool const reserved = full && gives_way == nullptr;
    if (reserved) ++counts_.turned_away;
    if (reserved && counts_.reserved >= capacity_.reserved) {
      if (!may_displace(reserved_)) {
        if (home.places == 0) homes_.erase(network);
        return nullptr;
      }
      gives_way = reserved_.front();
    }
    place.reset(new Place{shared_from_this(), home, reserved});
    ++home.places;
    count(*place, +1);
    place->enlist();
    if (gives_way != nullptr) guest = displace(*gives_way);
  }
  if (auto* const g = guest.get()) g->make_way(std::move(guest));
  return place;
}

void Place::enlist() noexcept {
  auto& line = reserved_ ? places_->reserved_ : places_->waiting_;
  line.splice(line.end(), node_);
  if (!reserved_) home_.waiting.splice(home_.waiting.end(), home_node_);
}

void Place::delist() noexcept {
  node_.splice(node_.begin(), reserved_ ? places_->reserved_ : places_->waiting_, at_);
  if (!reserved_) home_node_.splice(home_node_.begin(), home_.waiting, home_at_);
}

void Place::board(std::weak_ptr<Guest> guest) noexcept {
  std::lock_guard const lock{places_->mutex_};
  guest_ = std::move(guest);
}

void Place::serve() noexcept {
  std::lock_guard const lock{places_->mutex_};
  if (state_ == State::waiting) delist();
  places_->count(*this, -1);
  state_ = State::serving;
  places_->count(*this, +1);
}

void Place::wait() noexcept {
  std::lock_guard const lock{places_->mutex_};
  if (state_ != State::serving) return;
  state_ = State::waiting;
  enlist();
}

bool Place::leaving() const noexcept {
  std::lock_guard const lock{places_->mutex_};
  return state_ == State::leaving;
}

Place::~Place() {
  std::lock_guard const lock{places_->mutex_};
  if (state_ == State::waiting) delist();
  places_->count(*this, -1);
  if (--home_.places == 0) places_->homes_.erase(Places::Network{home_.network});  // ends home_
}

}  // namespace tsg::server
