#include "bench/hitratio/trace.h"

#include <lzma.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace bench {
namespace {

using Bytes = std::vector<std::uint8_t>;

static_assert(std::endian::native == std::endian::little, "traces are used as they are stored");

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Bytes unpack(const Bytes& packed, const std::string& name) {
  lzma_stream stream = LZMA_STREAM_INIT;
  lzma_ret state =
      lzma_stream_decoder(&stream, std::numeric_limits<std::uint64_t>::max(), /*flags=*/0);
  stream.next_in = packed.data();
  stream.avail_in = packed.size();
  Bytes unpacked;
  std::array<std::uint8_t, std::size_t{1} << 16> piece;
  while (state == LZMA_OK) {
    stream.next_out = piece.data();
    stream.avail_out = piece.size();
    state = lzma_code(&stream, LZMA_FINISH);
    unpacked.insert(unpacked.end(), piece.data(), stream.next_out);
  }
  lzma_end(&stream);
  if (state != LZMA_STREAM_END) throw std::runtime_error(name + " is not a whole xz file");
  return unpacked;
}

}  // namespace

Trace read_trace(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path path = folder / (name + ".u32le.xz");
  const Bytes bytes = unpack(read_file(path), path.string());
  Trace trace(bytes.size() / sizeof(Trace::value_type));
  std::memcpy(trace.data(), bytes.data(), trace.size() * sizeof(Trace::value_type));
  return trace;
}

}  // namespace bench
