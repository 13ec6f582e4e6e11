#include "server/command/families.h"

#include <array>
#include <span>

#include "server/command/control/families.h"
#include "server/command/data/families.h"
#include "server/command/info/families.h"

namespace sideline::command {

Table::Families all_families() {
  static const std::array<std::span<const Row>, 22> kFamilies = {
      string_rows(),   string_range_rows(), string_number_rows(), lcs_rows(),        key_rows(),
      expiry_rows(),   keyspace_rows(),     object_rows(),        connection_rows(), client_rows(),
      acl_rows(),      command_rows(),      monitor_rows(),       info_rows(),       config_rows(),
      slowlog_rows(),  latency_rows(),      hotkeys_rows(),       memory_rows(),     debug_rows(),
      snapshot_rows(), server_rows()};
  return kFamilies;
}

}  // namespace sideline::command
