// A response being read, from its complete head to its end.
#pragma once
#include <memory>
#include <string>

#include "tsg/upstream/client.hpp"
#include "upstream/worker.hpp"

namespace tsg::upstream {

class LiveExchange final : public Exchange {
 public:
  // `early`: body bytes that came with the head.
  LiveExchange(std::shared_ptr<Worker> worker, Origin& origin, std::unique_ptr<Connection> connection,
               std::string early, Deadlines deadlines, bool reused);
  ~LiveExchange() override;  // pools the connection or closes it

  int status() const noexcept override { return connection_->response().status(); }
  std::optional<std::string_view> field(std::string_view name) const noexcept override {
    return connection_->response().field(name);
  }
  Task<std::size_t> read_some(std::string& out) override;
  bool reused() const noexcept override { return reused_; }
  void close() noexcept override {
    if (!reusable()) connection_->close();
  }

 private:
  bool reusable() const noexcept { return early_.empty() && may_keep(connection_->ending()); }
  std::shared_ptr<Worker> worker_;
  Origin& origin_;
  std::unique_ptr<Connection> connection_;
  std::string early_;
  Deadlines deadlines_;
  bool reused_;
};

}  // namespace tsg::upstream
