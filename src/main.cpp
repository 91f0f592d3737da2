#include "app/commands.hpp"

int main(int argc, char** argv) {
  return tsg::app::run(argc, argv);
}
