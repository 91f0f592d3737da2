// What a process says that ends by a bug: an exception nobody caught, or no memory where none can be refused.
#pragma once

namespace tsg::app {

// From now on std::terminate() writes one line of JSON to stderr before the process aborts. The log's own
// queue may be lost then.
void install_last_words();

}  // namespace tsg::app
