#include "tsg/pipeline/offload.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <thread>
#include <vector>

#include "tsg/core/memory.hpp"
#include "tsg/core/thread_name.hpp"
#include "tsg/json/document.hpp"

namespace tsg::pipeline {

namespace {
constexpr std::chrono::seconds kSilence{1};
}

struct Offload::Pool {
  explicit Pool(std::size_t threads) : io{static_cast<int>(threads)} {
    for (std::size_t i = 0; i < threads; ++i)
      all.emplace_back([this] {
        name_this_thread("tsg-offload");
        // What a thread keeps for itself is made now: where memory is short, the C library can only abort.
        (void)json::Document::parse("{}", json::Limits{});
        run();
      });
  }
  ~Pool() {
    io.stop();
    for (auto& thread : all) thread.join();
  }
  // Large bodies often come one behind the other; when none has come for a while their memory goes.
  void run() {
    while (io.run_one() != 0) {
      while (io.run_one_for(kSilence) != 0) continue;
      give_back_memory();
    }
  }
  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::vector<std::thread> all;
};

Offload::Offload() = default;
Offload::~Offload() = default;

void Offload::start(std::size_t threads) {
  if (threads > 0) pool_ = std::make_unique<Pool>(threads);
}

void Offload::stop() {
  pool_.reset();
}

Awaitable<> Offload::elsewhere(std::function<void()> const& work) {
  auto const start = [this, &work](auto handler) {
    auto const home = boost::asio::get_associated_executor(handler);
    boost::asio::post(pool_->io, [&work, handler = std::move(handler),
                                  at_home = boost::asio::make_work_guard(home)]() mutable {
      std::exception_ptr bug;
      try {
        work();
      } catch (...) {
        bug = std::current_exception();
      }
      boost::asio::post(at_home.get_executor(),
                        [handler = std::move(handler), bug]() mutable { std::move(handler)(bug); });
    });
  };
  co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<Executor> const,
                                       void(std::exception_ptr)>(start, use_task);
}

}  // namespace tsg::pipeline
