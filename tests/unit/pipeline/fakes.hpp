// A client, a provider and a gateway without sockets: what the pipeline does between them is all there is.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tsg/keys/key_format.hpp"
#include "tsg/pipeline/handler.hpp"
#include "tsg/pipeline/metrics.hpp"
#include "tsg/store/open.hpp"

namespace tsg::pipeline::test {

using Json = nlohmann::json;

// Time stands still unless a test moves it.
class StillClock final : public Clock {
 public:
  SteadyTime steady() const noexcept override { return SteadyTime{std::chrono::seconds{1}}; }
  WallTime wall() const noexcept override { return now; }
  WallTime now = *parse_rfc3339("2026-11-24T08:00:00Z");
};

// One request, and everything that was said to it.
class FakeExchange final : public server::Exchange {
 public:
  FakeExchange(Executor executor, http::Method method, std::string_view path, std::string body = {})
      : executor_{executor}, body_{std::move(body)} {
    head_.method = method;
    head_.target = head_.path = kept_.emplace_back(path);
    head_.content_length = body_.size();
  }
  FakeExchange& with(std::string_view name, std::string_view value) {
    std::string_view const kept_name = kept_.emplace_back(name);
    head_.fields.push_back({kept_name, kept_.emplace_back(value)});
    return *this;
  }

  http::RequestHead const& head() const noexcept override { return head_; }
  boost::asio::ip::address peer() const noexcept override { return from; }
  boost::asio::ip::address local() const noexcept override { return {}; }
  Executor executor() const noexcept override { return executor_; }
  SteadyTime started_at() const noexcept override { return SteadyTime{std::chrono::seconds{1}}; }
  Task<std::string> read_body(std::size_t limit, Room room) override {
    ++body_reads;
    if (!room(body_.size())) co_return Error{Errc::overloaded};
    if (body_error) co_return *body_error;
    if (body_.size() > limit) co_return Error{Errc::body_too_large};
    co_return body_;
  }
  Task<> respond(int s, http::Headers const& h, std::string_view b) override {
    if (on_answer) on_answer();
    status = s;
    headers = h;
    sent = b;
    ended = true;
    co_return Result<>{boost::system::in_place_value};
  }
  Task<> begin(int s, http::Headers const& h) override {
    status = s;
    headers = h;
    co_return write_result;
  }
  Task<> write(std::string_view bytes) override {
    if (write_result && !bytes.empty()) sent += bytes;
    if (on_write) on_write();
    co_return write_result;
  }
  Task<> finish() override {
    if (on_answer) on_answer();
    ended = true;
    co_return Result<>{boost::system::in_place_value};
  }
  void abort() noexcept override { aborted = true; }
  bool started() const noexcept override { return status != 0; }
  void watch_client(std::function<void()> gone) override { watcher = std::move(gone); }
  void unwatch_client() noexcept override { watcher = nullptr; }
  void close_after() noexcept override { closes = true; }

  Json json() const { return Json::parse(sent); }
  std::string code() const { return json()["error"]["code"]; }
  void leave() {  // the client is gone: what the server would call
    write_result = Error{Errc::client_gone};
    if (auto gone = std::exchange(watcher, nullptr)) gone();
  }

  boost::asio::ip::address from = boost::asio::ip::make_address("192.0.2.7");
  std::optional<Error> body_error;
  Result<> write_result{boost::system::in_place_value};
  std::function<void()> on_answer;  // when the last byte leaves (whole answers: the first)
  std::function<void()> on_write;   // after each piece of a stream
  std::function<void()> watcher;
  int body_reads = 0, status = 0;
  http::Headers headers;
  std::string sent;
  bool ended = false, aborted = false, closes = false;

 private:
  Executor executor_;
  http::RequestHead head_;
  std::deque<std::string> kept_;  // what the head points into
  std::string body_;
};

// What the provider does with one request.
struct Play {
  Play() = default;
  int status = 200;
  std::string type = "application/json";
  std::vector<std::string> pieces;                // body, as it arrives
  std::optional<Error> refused;                   // send() fails
  std::optional<Error> cut;                       // after the pieces
  std::function<void()> before_end;               // runs where the body would end
  std::chrono::milliseconds pause_before_end{0};  // of silence, before that
};

class FakeUpstream final : public upstream::Client {
 public:
  Task<std::unique_ptr<upstream::Exchange>> send(upstream::Request request, upstream::Deadlines,
                                                 Progress& progress, store::Hold const& hold,
                                                 store::AuditSlot const& slot) override {
    EXPECT_TRUE(hold) << "nothing is sent without a hold";
    EXPECT_TRUE(slot) << "nothing is sent without a slot in the audit log";
    sent.push_back(std::move(request));
    if (plays.empty()) {
      ADD_FAILURE() << "a call that the test did not expect";
      co_return Error{Errc::internal};
    }
    Play play = std::move(plays.front());
    plays.pop_front();
    progress.stage = upstream::Stage::head;
    if (play.before_end && play.refused) play.before_end();
    if (play.refused) co_return *play.refused;
    progress.stage = upstream::Stage::body;
    std::unique_ptr<upstream::Exchange> answer = std::make_unique<Answer>(std::move(play), closed);
    co_return answer;
  }
  Task<std::unique_ptr<upstream::Exchange>> get(upstream::Request request, upstream::Deadlines,
                                                Progress&) override {
    sent.push_back(std::move(request));
    Play play;
    if (!plays.empty()) {
      play = std::move(plays.front());
      plays.pop_front();
    }
    if (play.refused) co_return *play.refused;
    std::unique_ptr<upstream::Exchange> answer = std::make_unique<Answer>(std::move(play), closed);
    co_return answer;
  }
  void abort(Progress&) noexcept override { ++aborts; }

  std::deque<Play> plays;
  std::vector<upstream::Request> sent;
  int aborts = 0, closed = 0;

 private:
  class Answer final : public upstream::Exchange {
   public:
    Answer(Play play, int& closed) : play_{std::move(play)}, closed_{closed} {}
    Answer(Answer const&) = delete;
    ~Answer() override {  // a half-read answer takes its connection with it
      if (!is_closed_ && !ended_) ++closed_;
    }
    int status() const noexcept override { return play_.status; }
    std::optional<std::string_view> field(std::string_view name) const noexcept override {
      return name == "content-type" ? std::optional<std::string_view>{play_.type} : std::nullopt;
    }
    Task<std::size_t> read_some(std::string& out) override {
      if (is_closed_) co_return Error{Errc::client_gone};
      if (at_ < play_.pieces.size()) {
        out += play_.pieces[at_];
        co_return play_.pieces[at_++].size();
      }
      if (play_.pause_before_end.count() > 0) {
        boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> timer{
            co_await boost::asio::this_coro::executor, std::exchange(play_.pause_before_end, {})};
        co_await timer.async_wait(use_tuple);
      }
      if (play_.before_end) std::exchange(play_.before_end, nullptr)();
      if (is_closed_) co_return Error{Errc::client_gone};
      ended_ = true;
      if (play_.cut) co_return *play_.cut;
      co_return std::size_t{0};
    }
    bool reused() const noexcept override { return false; }
    void close() noexcept override {
      is_closed_ = true;
      ++closed_;
    }

   private:
    Play play_;
    int& closed_;
    std::size_t at_ = 0;
    bool is_closed_ = false, ended_ = false;
  };
};

}  // namespace tsg::pipeline::test
