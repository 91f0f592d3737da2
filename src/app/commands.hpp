// The command line of `tsg`.
#pragma once

namespace tsg::app {

int run(int argc, char** argv);  // exit code: 0, 1 failed, 2 usage

}  // namespace tsg::app
