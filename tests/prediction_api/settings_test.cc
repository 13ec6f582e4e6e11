#include "settings.h"

#include <cstdio>
#include <fstream>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace prediction {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kSecret(32, 's');

SettingsResult read(std::map<std::string, std::string> variables) {
  variables.try_emplace("JWT_SECRET", kSecret);
  return read_settings([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Settings, AreTheDefaultsWhereNothingIsSet) {
  const auto [settings, errors] = read({{"PORT", ""}});
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(settings.port, 8000);
  EXPECT_EQ(settings.cache, CacheKind::kInProcess);
  EXPECT_EQ(settings.cache_ttl, std::chrono::minutes(30));
  EXPECT_EQ(settings.database_pool, 10U);
  EXPECT_EQ(settings.database_timeout, std::chrono::seconds(60));
}

TEST(Settings, AreWhatTheEnvironmentSays) {
  const auto [settings, errors] = read({{"CACHE", "sidecar"},
                                        {"CACHE_URL", "unix:///run/cache"},
                                        {"DATABASE_POOL", "50"},
                                        {"CORS_ORIGINS", "https://a.example,http://b.example:81"}});
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(settings.cache, CacheKind::kSidecar);
  EXPECT_EQ(settings.database_pool, 50U);
  EXPECT_THAT(settings.cors_origins, ElementsAre("https://a.example", "http://b.example:81"));
}

TEST(Settings, HaveAllErrorsAtOnce) {
  const auto errors = read({{"PORT", "65536"},
                            {"CACHE", "redis"},
                            {"CACHE_URL", "localhost"},
                            {"DATABASE_URL", "mysql://"},
                            {"DATABASE_POOL", "9"},
                            {"MODEL_MS", "1.5"},
                            {"JWT_SECRET", "short"},
                            {"CORS_ORIGINS", "a.example"}})
                          .errors;
  EXPECT_THAT(errors, ElementsAre("PORT must be a whole number from 0 to 65535",
                                  HasSubstr("CACHE must be in-process or sidecar"),
                                  HasSubstr("CACHE_URL "), HasSubstr("DATABASE_URL "),
                                  HasSubstr("DATABASE_POOL must be a whole number from 10 to 50"),
                                  HasSubstr("MODEL_MS "), HasSubstr("JWT_SECRET "),
                                  HasSubstr("CORS_ORIGINS ")));
}

TEST(Settings, NeedALeaseThatIsLongerThanTheModelTakes) {
  EXPECT_THAT(read({{"MODEL_MS", "5000"}, {"LEASE_MS", "5000"}}).errors,
              ElementsAre("LEASE_MS must be more than MODEL_MS"));
}

TEST(Settings, MayHaveTheirSecretsInFiles) {
  const std::string path = testing::TempDir() + "/prediction_api_secret";
  std::ofstream(path) << "from a file\n";
  const auto found = read({{"CACHE_PASSWORD_FILE", path}});
  EXPECT_THAT(found.errors, IsEmpty());
  EXPECT_EQ(found.settings.cache_password, "from a file");

  EXPECT_THAT(read({{"CACHE_PASSWORD_FILE", path}, {"CACHE_PASSWORD", "x"}}).errors,
              ElementsAre("CACHE_PASSWORD is set, and CACHE_PASSWORD_FILE too"));
  std::remove(path.c_str());
  EXPECT_THAT(read({{"CACHE_PASSWORD_FILE", path}}).errors,
              ElementsAre("CACHE_PASSWORD cannot be read from " + path));
}

TEST(Settings, AreAllInTheHelp) {
  const std::string help = settings_help();
  EXPECT_THAT(help, HasSubstr("  CACHE_TTL_SECONDS           1800 "));
  EXPECT_THAT(help, HasSubstr("  JWT_SECRET[_FILE] "));
}

}  // namespace
}  // namespace prediction
