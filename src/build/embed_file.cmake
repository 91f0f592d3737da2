# Script half of tsg_embed: bytes to a C++ array.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT} "#include <string_view>
namespace tsg::embedded {
namespace { constexpr unsigned char kBytes[] = {${bytes}0}; }
std::string_view ${SYMBOL}();
std::string_view ${SYMBOL}() { return {reinterpret_cast<char const*>(kBytes), sizeof kBytes - 1}; }
}
")
