#include <cassert>
#include <utility>

#include "tsg/keys/directory.hpp"

namespace tsg::keys {

Secrets::Secrets(std::initializer_list<Secret> all) {
  for (Secret const& secret : all) push_back(secret);
}

Secrets::Secrets(Secrets const& other)
    : first_{other.first_},
      second_{other.second_ ? std::make_unique<Secret>(*other.second_) : nullptr},
      count_{other.count_} {}

Secrets::Secrets(Secrets&& other) noexcept
    : first_{other.first_},
      second_{std::move(other.second_)},
      count_{std::exchange(other.count_, std::uint8_t{0})} {}

Secrets& Secrets::operator=(Secrets other) noexcept {
  std::swap(first_, other.first_);
  std::swap(second_, other.second_);
  std::swap(count_, other.count_);
  return *this;
}

void Secrets::push_back(Secret const& secret) {
  assert(count_ < kMax);
  if (count_ == 0)
    first_ = secret;
  else
    second_ = std::make_unique<Secret>(secret);
  ++count_;
}

void Secrets::resize(std::size_t count) {
  if (count < 2) second_.reset();
  if (count == 0) first_ = Secret{};
  if (count_ > count) count_ = static_cast<std::uint8_t>(count);
  while (count_ < count) push_back(Secret{});
}

}  // namespace tsg::keys
