// Under their old names, for who has not moved yet.
#pragma once
#include "tsg/conversation/data_url.hpp"

namespace tsg::providers {
using conversation::base64_problem;
using conversation::DataUrl;
using conversation::parse_data_url;
using conversation::sniff_media_type;
}  // namespace tsg::providers
