// CSV cells (RFC 4180, FIN-10). Pure.
#pragma once
#include <string>
#include <string_view>

namespace tsg::usage {

// Text somebody chose: a cell that a spreadsheet would run as a formula gets an apostrophe first
// (ASVS 1.2.10).
void append_text(std::string& out, std::string_view value);
// Numbers and times, which are ours: written as they are; a negative number is a number.
void append_number(std::string& out, std::string_view value);

}  // namespace tsg::usage
