// For modules that do both.
#pragma once
#include "pch.hpp"

#include <simdjson.h>
#include <nlohmann/json.hpp>
