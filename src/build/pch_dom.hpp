// For modules that read what clients and providers send.
#pragma once
#include "pch.hpp"

#include <simdjson.h>
