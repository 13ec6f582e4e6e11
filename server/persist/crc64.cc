#include "server/persist/crc64.h"

#include <isa-l/crc64.h>

namespace sideline::persist {

std::uint64_t crc64(std::uint64_t crc, std::string_view bytes) {
  // ISA-L inverts the checksum before and after, Redis does not.
  return ~::crc64_jones_refl(~crc, reinterpret_cast<const unsigned char*>(bytes.data()),
                             bytes.size());
}

}  // namespace sideline::persist
