// Many threads, one writer: what one thread may not see of another's.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fstream>
#include <set>
#include <thread>

#include "store_fixture.hpp"

namespace tsg::store {
namespace {

struct Contention : StoreTest {};

// Never a braced temporary inside co_await (gcc 12): everything has a name.
Awaitable<> requests(Store& store, int worker, int count, std::atomic<int>& admitted) {
  for (int i = 0; i < count; ++i) {
    auto slot = store.try_reserve();
    if (!slot) continue;
    auto a = admission(10);
    a.budgets.push_back(budget("org", "acme", 35));
    auto r = co_await store.admit(*slot, std::move(a));
    std::string detail = std::to_string(worker) + "." + std::to_string(i);
    if (r && r->kind == Admitted::Kind::refused) {
      std::string text = fields("refused " + detail);
      (void)co_await store.append(std::move(text));
    } else if (r) {
      ++admitted;
      store.mark_dispatched(r->hold);
      auto s = settlement(r->hold, 0, detail);
      (void)co_await store.settle(*slot, std::move(s));
    }
  }
}

TEST_F(Contention, fourLoopsShareOneWriterAndEveryCallLeavesItsRecord) {
  constexpr int kLoops = 4, kTasks = 4, kCount = 40;
  std::vector<std::unique_ptr<boost::asio::io_context>> loops;
  std::atomic<int> admitted = 0;
  for (int l = 0; l < kLoops; ++l) {
    auto& io = *loops.emplace_back(std::make_unique<boost::asio::io_context>(1));
    for (int t = 0; t < kTasks; ++t)
      boost::asio::co_spawn(io, requests(*store, l * kTasks + t, kCount, admitted), boost::asio::detached);
  }
  std::vector<std::thread> threads;
  for (auto& io : loops) threads.emplace_back([&io] { io->run(); });
  for (auto& t : threads) t.join();

  std::set<std::string> seen;
  for (auto const& row : records()) seen.insert(detail(row));
  EXPECT_EQ(seen.size(), std::size_t{kLoops * kTasks * kCount + 1});  // log.genesis has no detail
  EXPECT_GT(admitted.load(), 0);
  EXPECT_EQ(totals().requests, admitted.load());
  EXPECT_EQ(totals().held, Nano{});
  store.reset();
  EXPECT_EQ(store::verify(dir.path(), std::nullopt).exit_code, 0);
}

// Bytes 16 to 19 of a write-ahead log, its first salt, are others each time that it is begun
// (sqlite.org/fileformat2.html, 4.1). All are zero while it is empty.
std::uint32_t salt(std::filesystem::path const& log) {
  std::ifstream in{log, std::ios::binary};
  std::array<char, 20> head{};
  in.read(head.data(), head.size());
  std::uint32_t n = 0;
  for (std::size_t i = 16; i < 20; ++i) n = n << 8 | static_cast<unsigned char>(head[i]);
  return n;
}

// Copying beside commits that never pause, SQLite would never begin its log anew, and it would fill the disk.
TEST_F(Contention, theLogIsBegunAnewWhileCommitsGoOn) {
  store.reset();
  SqliteOptions o;
  o.data_dir = dir.path();
  o.durable = false;
  o.checkpoint_pages = 40;
  store = open_sqlite(o, master_key(), fixed_clock).value();
  auto const log = dir.path() / "tsg.db-wal";
  int commits = 0, begun = 0;
  for (auto last = salt(log); begun < 3 && commits < 20'000; ++commits) {
    test::run(store->append(fields("record " + std::to_string(commits))));
    auto const now = salt(log);
    if (now == 0 || now == last) continue;
    last = now;
    ++begun;
  }
  EXPECT_EQ(begun, 3) << "log of " << std::filesystem::file_size(log) << " bytes";
  // Of eight times what is worth a copy, and what may come before it is looked at.
  EXPECT_LT(std::filesystem::file_size(log), 40u * 4'096 * 100);
  store.reset();
  EXPECT_EQ(store::verify(dir.path(), std::nullopt).exit_code, 0);
}

}  // namespace
}  // namespace tsg::store
