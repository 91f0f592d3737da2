// The simulator over real sockets: resets, cuts, peers that leave, and the bill that follows.
#include "unit/sim/support.hpp"

namespace tsg::sim {
namespace {

using boost::system::error_code;

std::string call(Running& sim, Json const& body, error_code& ec) {
  auto socket = sim.connect();
  Running::send(socket, "POST", "/v1/chat/completions", dump(body));
  return Running::read_all(socket, ec);
}

/// Polls a control page; the simulator notices on its own threads.
template <class Check>
Json wait_for(Running& sim, std::string const& page, Check check) {
  Json last;
  for (int i = 0; i < 2000; ++i) {
    last = sim.get(page);
    if (check(last)) return last;
    std::this_thread::yield();
  }
  return last;
}

TEST(SimServer, CutStreamHasItsHeadButNoLastChunk) {
  Running sim;
  error_code ec;
  auto const text = call(sim, chat("sim-cut-stream", "go", true), ec);
  EXPECT_EQ(ec, boost::asio::error::eof);
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200"));
  EXPECT_FALSE(text.ends_with("0\r\n\r\n"));
  auto const ledger = wait_for(sim, "/_sim/ledger", [](Json const& j) { return !j["calls"].empty(); });
  ASSERT_EQ(ledger["calls"].size(), 1U);
  EXPECT_EQ(ledger["calls"][0]["complete"], false);
  auto const produced = ledger["calls"][0]["usage"]["completion_tokens"].get<int>();
  EXPECT_GT(produced, 0);
  EXPECT_LT(produced, 24);
}

TEST(SimServer, ResetComesBeforeAnyByte) {
  Running sim;
  error_code ec;
  EXPECT_EQ(call(sim, chat("sim-reset", "go"), ec), "");
  EXPECT_EQ(ec, boost::asio::error::connection_reset);
  EXPECT_TRUE(sim.get("/_sim/ledger")["calls"].empty());
}

TEST(SimServer, ResetAfterHeadBillsThePromptOnly) {
  Running sim;
  error_code ec;
  auto const text = call(sim, chat("gpt-4o-sim-reset-after-head", "go", true), ec);
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200"));
  EXPECT_EQ(ec, boost::asio::error::connection_reset);
  auto const ledger = wait_for(sim, "/_sim/ledger", [](Json const& j) { return !j["calls"].empty(); });
  ASSERT_EQ(ledger["calls"].size(), 1U);
  EXPECT_EQ(ledger["calls"][0]["usage"]["completion_tokens"], 0);
  EXPECT_GT(ledger["calls"][0]["cost_usd"].get<double>(), 0.0);
}

TEST(SimServer, PeerThatLeavesAStalledStreamIsNoticedAndBilled) {
  Running sim;
  {
    auto socket = sim.connect();
    Running::send(socket, "POST", "/v1/chat/completions",
                  dump(chat("gpt-4o", "go [[sim:output_tokens=40,fault=stall]]", true)));
    std::string some(64, '\0');
    boost::asio::read(socket, boost::asio::buffer(some));
    EXPECT_EQ(sim.core().ledger.calls(), 0U) << "still running";
  }
  auto const stats =
      wait_for(sim, "/_sim/stats", [](Json const& j) { return j["aborted"] == 1 && j["answers_open"] == 0; });
  EXPECT_EQ(stats["aborted"], 1);
  EXPECT_EQ(stats["answers_open"], 0);
  auto const ledger = sim.get("/_sim/ledger");
  ASSERT_EQ(ledger["calls"].size(), 1U);
  EXPECT_EQ(ledger["calls"][0]["complete"], false);
  EXPECT_LT(ledger["calls"][0]["usage"]["completion_tokens"], 40);
}

TEST(SimServer, PeerThatLeavesWhileTheModelThinksPaysThePrompt) {
  Running sim;
  {
    auto socket = sim.connect();
    Running::send(socket, "POST", "/v1/chat/completions",
                  dump(chat("gpt-4o", "go [[sim:latency_ms=600000]]")));
    wait_for(sim, "/_sim/stats", [](Json const& j) { return j["answers_open"] == 1; });
  }
  auto const ledger = wait_for(sim, "/_sim/ledger", [](Json const& j) { return !j["calls"].empty(); });
  ASSERT_EQ(ledger["calls"].size(), 1U);
  EXPECT_EQ(ledger["calls"][0]["usage"]["completion_tokens"], 0);
}

TEST(SimServer, KeepAliveAnswersHaveTheirOwnIds) {
  Running sim;
  auto socket = sim.connect();
  std::string ids;
  for (int i = 0; i < 2; ++i) {
    Running::send(socket, "POST", "/v1/chat/completions", dump(chat("gpt-4o", "go")));
    std::string head;
    boost::asio::read_until(socket, boost::asio::dynamic_buffer(head),
                            "\"system_fingerprint\":\"fp_simulator1\"}");
    ids += head.substr(head.find("chatcmpl-sim"), 24) + ' ';
  }
  EXPECT_EQ(ids, "chatcmpl-sim000000000001 chatcmpl-sim000000000002 ");
  auto const ledger = wait_for(sim, "/_sim/ledger", [](Json const& j) { return j["calls"].size() == 2; });
  EXPECT_EQ(ledger["calls"][1]["complete"], true);
}

TEST(SimServer, OnceAndFlappingFaultsRememberTheirCalls) {
  Running sim;
  auto const status = [&](Json const& body) {
    auto socket = sim.connect();
    Running::send(socket, "POST", "/v1/chat/completions", dump(body));
    std::string line;
    boost::asio::read_until(socket, boost::asio::dynamic_buffer(line), "\r\n");
    return line.substr(9, 3);
  };
  EXPECT_EQ(status(chat("sim-500-once", "a")), "500");
  EXPECT_EQ(status(chat("sim-500-once", "a")), "200");
  EXPECT_EQ(status(chat("sim-500-once", "b")), "500") << "another prompt fails once of its own";
  EXPECT_EQ(status(chat("sim-flap", "a")), "503");
  EXPECT_EQ(status(chat("sim-flap", "b")), "200");
  EXPECT_EQ(status(chat("sim-flap", "a")), "503");
}

TEST(SimServer, RequestsAreRememberedWithTheirHeaders) {
  Running sim;
  auto socket = sim.connect();
  auto const body = dump(chat("sim-echo-key", "go"));
  Running::send(socket, "POST", "/v1/chat/completions", body);
  std::string text;
  boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), "proj_simulated01");
  EXPECT_NE(text.find("sk-canary"), std::string::npos) << "this fault leaks the key on purpose";
  auto const requests = sim.get("/_sim/requests?last=1")["requests"];
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0]["headers"]["authorization"], "Bearer sk-canary");
  EXPECT_EQ(requests[0]["body"], body);
}

}  // namespace
}  // namespace tsg::sim
