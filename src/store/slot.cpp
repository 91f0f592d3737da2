#include "tsg/store/store.hpp"

namespace tsg::store {

std::optional<AuditSlot> Store::try_reserve() noexcept {
  if (!healthy()) return std::nullopt;
  if (free_slots_.fetch_sub(1, std::memory_order_relaxed) <= 0) {
    free_slots_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  return AuditSlot{*this};
}

AuditSlot::~AuditSlot() {
  if (store_ != nullptr) store_->free_slots_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace tsg::store
