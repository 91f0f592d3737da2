// The client API: endpoint table, chain, one exit for errors. One per worker.
#pragma once
#include <memory>

#include "tsg/pipeline/services.hpp"
#include "tsg/server/exchange.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::pipeline {

std::unique_ptr<server::Handler> make_client_api(Services& services, upstream::Client& upstream);

}  // namespace tsg::pipeline
