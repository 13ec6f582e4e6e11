#include "server/net/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace sideline::net {
namespace {

// The most that one TLS record holds, and so what small pieces are gathered into.
constexpr std::size_t kRecord = 16 * 1024;
constexpr std::size_t kPieces = 64;

/// The first bytes of `output`, as they lie there if they fill a record, else gathered. While
/// nothing is consumed they begin with what they were before, as Session::write() wants it.
std::string_view first_record(const resp::OutputBuffer& output, std::span<char, kRecord> record) {
  const std::span<const std::string_view> pieces = output.front(kPieces);
  if (pieces.size() == 1 || pieces.front().size() >= kRecord) return pieces.front();
  std::size_t used = 0;
  for (const std::string_view piece : pieces) {
    used += piece.copy(record.data() + used, kRecord - used);
  }
  return {record.data(), used};
}

}  // namespace

void Stream::open(FileDescriptor socket, int family) {
  socket_.assign(boost::asio::generic::stream_protocol(family, 0), socket.get());
  static_cast<void>(socket.release());
  socket_.non_blocking(true);
}

void Stream::begin_tls(const tls::Context& context) {
  tls_ = std::make_unique<tls::Session>(context, descriptor());
}

std::size_t Stream::read_now(std::span<char> room) {
  if (tls_) return tls_->read(room).bytes;
  const ssize_t bytes = ::recv(descriptor(), room.data(), room.size(), MSG_DONTWAIT);
  return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

Sent Stream::send_records(resp::OutputBuffer& output) {
  Sent sent;
  std::array<char, kRecord> record;
  while (!output.empty()) {
    const auto [bytes, status] = tls_->write(first_record(output, record));
    if (status == Status::kWantsToRead || status == Status::kWantsToWrite) {
      send_wants_ = status;
      break;
    }
    if (status != Status::kDone) {
      sent.error = EPROTO;
      break;
    }
    ++sent.calls;
    sent.bytes += bytes;
    output.consume(bytes);
  }
  return sent;
}

void Stream::end_sending() {
  if (tls_) tls_->end_sending();
  Error ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::cancel() {
  ++epoch_;
  Error ignored;
  socket_.cancel(ignored);
}

void Stream::close() {
  ++epoch_;
  Error ignored;
  socket_.close(ignored);
  tls_.reset();
}

Stream::Error Stream::error_of(Status status) {
  if (status == Status::kDone) return {};
  if (status == Status::kEnded) return boost::asio::error::eof;
  return {EPROTO, boost::system::system_category()};
}

std::string Stream::explain(const Error& error) const {
  return tls_ && !tls_->error().empty() ? "TLS: " + tls_->error() : error.message();
}

}  // namespace sideline::net
