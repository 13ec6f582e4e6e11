#include <cassert>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <libcache/typed_cache.h>
#include <nlohmann/json.hpp>

struct Team {
  std::string name;
  std::vector<int> goals;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Team, name, goals)

// Any type that the library can turn into JSON and back.
template <class T, libcache::Format kFormatOfT>
struct JsonCodec {
  static constexpr libcache::Format kFormat = kFormatOfT;

  static void encode(const T& value, std::pmr::string& out) {
    out.append(nlohmann::json(value).dump());
  }

  // Text that is no JSON, or not of a T, is a miss.
  static std::optional<T> decode(std::string_view bytes) try {
    return nlohmann::json::parse(bytes).get<T>();
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
};

int main() {
  libcache::Cache cache({.max_memory = 64 << 20});
  libcache::TypedCache<std::string, Team, JsonCodec<Team, libcache::Format("Team", 1)>> teams(
      cache);

  teams.set("team:1", {.name = "Rovers", .goals = {3, 0, 2}});
  const std::optional<Team> team = teams.get("team:1");
  assert(team && team->name == "Rovers" && team->goals == std::vector({3, 0, 2}));

  // The next release has another idea of what a team is, and the same cache.
  libcache::TypedCache<std::string, Team, JsonCodec<Team, libcache::Format("Team", 2)>> next(cache);
  assert(!next.get("team:1"));
}
