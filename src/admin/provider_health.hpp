// Health of the providers' endpoints: for GET /admin/v1/providers and for /metrics.
#pragma once
#include <functional>
#include <optional>
#include <string_view>

#include "tsg/json/value.hpp"
#include "tsg/pipeline/services.hpp"

namespace tsg::admin {

// [{"model","credential","standing","until_ms","first_byte_ms","in_flight","requests":{…},"ejections"}], by
// model. `shown`: may the asker know of the credential of this name?
nlohmann::ordered_json provider_health(pipeline::Services const& services, std::string_view provider,
                                       std::function<bool(std::string_view)> const& shown);

// The worst that can be said of all of them in one word: "ok", "degraded" (some are set aside), "down" (all),
// "unknown" (not asked yet).
// `credentials`: where no model was asked yet, their health checks decide.
std::string_view summary_of(nlohmann::ordered_json const& endpoints,
                            nlohmann::ordered_json const& credentials);

// What health checks have found of a provider under the credential of this place; nullopt: it has none.
std::optional<nlohmann::ordered_json> check_json(pipeline::Services& services,
                                                 config::Provider const& provider, std::string_view place);

// Series by provider and credential; models would be labels that clients choose.
std::string health_series(pipeline::Services& services);

}  // namespace tsg::admin
