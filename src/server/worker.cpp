#include "server/worker.hpp"

#include <array>

namespace tsg::server {

void Worker::link(Wire& wire) noexcept {
  wire.prev = nullptr;
  wire.next = first_;
  if (first_ != nullptr) first_->prev = &wire;
  first_ = &wire;
}

void Worker::unlink(Wire& wire) noexcept {
  (wire.prev != nullptr ? wire.prev->next : first_) = wire.next;
  if (wire.next != nullptr) wire.next->prev = wire.prev;
  wire.prev = wire.next = nullptr;
}

std::vector<std::shared_ptr<Wire>> Worker::wires() const {
  std::vector<std::shared_ptr<Wire>> all;
  for (Wire* wire = first_; wire != nullptr; wire = wire->next) all.push_back(wire->shared_from_this());
  return all;
}

std::string_view Worker::date() {
  auto const now = std::time(nullptr);
  if (now != date_at_) {
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    std::array<char, 40> text{};
    date_.assign(text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc));
    date_at_ = now;
  }
  return date_;
}

}  // namespace tsg::server
