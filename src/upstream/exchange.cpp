#include "upstream/exchange.hpp"

#include <utility>

namespace tsg::upstream {

LiveExchange::LiveExchange(std::shared_ptr<Worker> worker, Origin& origin,
                           std::unique_ptr<Connection> connection, std::string early, Deadlines deadlines,
                           bool reused)
    : worker_{std::move(worker)},
      origin_{origin},
      connection_{std::move(connection)},
      early_{std::move(early)},
      deadlines_{deadlines},
      reused_{reused} {
  ++worker_->busy;
}

LiveExchange::~LiveExchange() {
  --worker_->busy;
  // Towards providers TLS just closes too: framing has already said where the body ends (pitfall 12).
  if (reusable()) worker_->give_back(origin_, std::move(connection_));
}

Task<std::size_t> LiveExchange::read_some(std::string& out) {
  if (connection_->closed()) co_return Error{Errc::client_gone};
  if (!early_.empty()) {
    auto const n = early_.size();
    if (out.empty())
      out.swap(early_);
    else
      out.append(early_);
    early_.clear();
    co_return n;
  }
  auto const before = out.size();
  while (!connection_->complete()) {
    connection_->expect(Wait::idle, Steady::now() + deadlines_.idle, deadlines_.total);
    auto const read = co_await connection_->read(out);
    connection_->relax();
    if (!read) co_return read.error();
    if (out.size() > before) co_return out.size() - before;
  }
  co_return std::size_t{0};
}

}  // namespace tsg::upstream
