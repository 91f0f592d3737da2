// The coroutine type of every asynchronous function. One io_context per worker, one thread per
// io_context, so the executor is the concrete one (style pitfall 21) and no strands exist.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tsg/core/error.hpp"

namespace tsg {

using Executor = boost::asio::io_context::executor_type;

template <class T = void>
using Task = boost::asio::awaitable<Result<T>, Executor>;

template <class T = void>
using Awaitable = boost::asio::awaitable<T, Executor>;

// `auto [ec, n] = co_await op(use_tuple);` — nothing to catch (style pitfall 9).
inline constexpr auto use_task = boost::asio::use_awaitable_t<Executor>{};
inline constexpr auto use_tuple = boost::asio::as_tuple_t<boost::asio::use_awaitable_t<Executor>>{use_task};

}  // namespace tsg
