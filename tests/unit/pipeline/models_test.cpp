// GET /v1/models.
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

class Models : public PipelineTest {};

TEST_F(Models, AreAsOldAsTheCatalogueWhereNobodyTellsWhenTheyWereReleased) {
  configure("perplexity: {credentials: [{name: main, key: 'env:X'}]}");
  add_key({"*", "perplexity/*"});
  auto x = get("/v1/models");
  serve(x);
  std::map<std::string, std::int64_t> created;
  auto const list = Json::parse(x.sent);
  for (auto const& m : list["data"]) created[m["id"]] = m["created"];
  EXPECT_EQ(created["sonar"], 1'737'417'600) << "2025-01-21";
  auto const date = services.runtime.load()->catalog->source_date();
  EXPECT_EQ(created["perplexity/sonar"], parse_rfc3339(date + "T00:00:00Z")->ms() / 1000);
  for (auto const& [id, seconds] : created) EXPECT_GT(seconds, 0) << id;
}

}  // namespace
}  // namespace tsg::pipeline::test
