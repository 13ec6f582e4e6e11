#pragma once

namespace sideline::net {

/// Lets the process open files enough for `clients` and for itself. Returns for how many clients
/// there is room now: fewer if the system allows no more, possibly 0.
[[nodiscard]] int make_room_for(int clients);

}  // namespace sideline::net
