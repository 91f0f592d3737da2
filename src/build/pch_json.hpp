// For modules that build JSON.
#pragma once
#include "pch.hpp"

#include <nlohmann/json.hpp>
