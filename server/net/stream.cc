#include "server/net/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace sideline::net {
namespace {

// The most that one TLS record holds, and so what small pieces are gathered into.
constexpr std::size_t kRecord = 16 * 1024;
constexpr std::size_t kPieces = 64;

constexpr const char* kEnd = "the peer has ended it";

/// The first bytes of `output`, as they lie there if they fill a record, else gathered. While
/// nothing is consumed they begin with what they were before, as Session::write() wants it.
std::string_view first_record(resp::OutputBuffer& output, std::span<char, kRecord> record) {
  const std::span<const std::string_view> pieces = output.front(kPieces);
  if (pieces.size() == 1 || pieces.front().size() >= kRecord) return pieces.front();
  std::size_t used = 0;
  for (const std::string_view piece : pieces) {
    used += piece.copy(record.data() + used, kRecord - used);
  }
  return {record.data(), used};
}

}  // namespace

void Stream::begin_tls(const tls::Context& context) {
  tls_ = std::make_unique<tls::Session>(context, descriptor());
}

Stream::Status Stream::handshake() { return judge(tls_->handshake()); }

Stream::Received Stream::read_socket(std::span<char> room) {
  const ssize_t bytes = ::recv(descriptor(), room.data(), room.size(), 0);
  if (bytes > 0) return {.bytes = static_cast<std::size_t>(bytes)};
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return {.status = Status::kWaits};
  error_ = bytes == 0 ? kEnd : std::strerror(errno);
  return {.status = bytes == 0 ? Status::kEnded : Status::kFailed};
}

Stream::Received Stream::read_records(std::span<char> room) {
  const auto [bytes, status] = tls_->read(room);
  return {bytes, judge(status)};
}

Stream::Status Stream::judge(tls::Session::Status status) {
  switch (status) {
    case tls::Session::Status::kDone:
      read_interest_ = Interest::kReadable;
      return Status::kDone;
    case tls::Session::Status::kWantsToRead:
      read_interest_ = Interest::kReadable;
      return Status::kWaits;
    case tls::Session::Status::kWantsToWrite:
      read_interest_ = Interest::kWritable;
      return Status::kWaits;
    case tls::Session::Status::kEnded:
      error_ = kEnd;
      return Status::kEnded;
    case tls::Session::Status::kFailed:
      break;
  }
  error_ = "TLS: " + tls_->error();
  return Status::kFailed;
}

Sent Stream::send_bytes(resp::OutputBuffer& output) {
  const Sent sent = send_now(descriptor(), output);
  if (sent.error != 0) error_ = std::strerror(sent.error);
  return sent;
}

Sent Stream::send_records(resp::OutputBuffer& output) {
  using tls::Session;
  Sent sent;
  std::array<char, kRecord> record;
  while (!output.empty()) {
    const auto [bytes, status] = tls_->write(first_record(output, record));
    if (status == Session::Status::kWantsToRead || status == Session::Status::kWantsToWrite) {
      send_interest_ =
          status == Session::Status::kWantsToRead ? Interest::kReadable : Interest::kWritable;
      break;
    }
    if (status != Session::Status::kDone) {
      sent.error = EPROTO;
      error_ = "TLS: " + tls_->error();
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
  read_interest_ = Interest::kReadable;  // for discard()
  ::shutdown(descriptor(), SHUT_WR);
}

void Stream::close() {
  if (tls_) tls_->end_sending();
  tls_.reset();
  socket_ = {};
}

}  // namespace sideline::net
