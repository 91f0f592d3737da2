// A SQLite VFS that joins the writes of a transaction to the write-ahead log into one system call.
//
// SQLite writes each frame as 24 bytes and a page, in the page cache of the kernel across two of its pages:
// 28 system calls for a batch of 25 requests, a quarter of the writer's time. Here they are gathered and
// written with the last frame of the transaction, which its header tells (a commit frame has the database's
// size, https://sqlite.org/fileformat2.html §4.1), so before SQLite publishes the commit in the index:
// readers, checkpoints and a `kill -9` see what they would have seen, and the write that fails is the one
// that SQLite waits for. What is gathered is read from memory; whatever else touches the file (sync, size)
// writes first. Only the log's own file is wrapped.
//
// Truncating the log to nothing clears and syncs its header instead and keeps its blocks; who then begins it
// anew need not sync the new header.
#pragma once
#include <string>

namespace tsg::store {

// The name to open a database with so that its log is written this way; `base` is the VFS below, "" SQLite's
// default. It must need its pAppData in xOpen only (SQLite's `unix` and the tests' own do). Made at the first
// call for each base and never removed; any thread. For a database that one connection writes: what a
// rolled-back transaction left here may be written later, where another writer's frames are by then. Others
// may use it to read, and to copy the log.
std::string wal_vfs(std::string const& base);

}  // namespace tsg::store
