#include "server/resp/reply.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "server/resp/real.h"

namespace sideline::resp {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

// A type byte, at most 20 characters of a 64-bit number, and the end of the line.
constexpr std::size_t kHeaderBytes = 1 + 20 + 2;

// The write_* functions write to prepared memory and return the first byte behind what they wrote.
char* write_text(char* at, std::string_view text) { return at + text.copy(at, text.size()); }

char* write_header(char* at, char type, std::int64_t value) {
  *at = type;
  at = std::to_chars(at + 1, at + kHeaderBytes, value).ptr;
  return write_text(at, kLineEnd);
}

}  // namespace

void Reply::simple(std::string_view text) {
  char* const begin = out_->prepare(text.size() + kHeaderBytes);
  *begin = '+';
  char* const end = write_text(write_text(begin + 1, text), kLineEnd);
  out_->commit(static_cast<std::size_t>(end - begin));
}

void Reply::error(std::string_view text) {
  ++errors_;
  text = text.substr(0, text.find_last_not_of(kLineEnd) + 1);
  char* const begin = out_->prepare(text.size() + kHeaderBytes);
  *begin = '-';
  char* const text_end = write_text(begin + 1, text);
  std::replace_if(
      begin, text_end, [](char c) { return c == '\r' || c == '\n'; }, ' ');
  out_->commit(static_cast<std::size_t>(write_text(text_end, kLineEnd) - begin));
}

void Reply::integer(std::int64_t value) { header(':', value); }

void Reply::bulk(std::string_view bytes) {
  char* const begin = out_->prepare(kHeaderBytes + bytes.size() + kLineEnd.size());
  char* end = write_header(begin, '$', static_cast<std::int64_t>(bytes.size()));
  end = write_text(write_text(end, bytes), kLineEnd);
  out_->commit(static_cast<std::size_t>(end - begin));
}

void Reply::bulk_shared(std::string_view bytes, std::shared_ptr<const void> owner,
                        std::size_t owned) {
  if (bytes.size() < OutputBuffer::kLoanBytes) return bulk(bytes);
  header('$', static_cast<std::int64_t>(bytes.size()));
  out_->append_shared(bytes, std::move(owner), owned);
  out_->append(kLineEnd);
}

void Reply::null() { out_->append(protocol_ == 2 ? "$-1\r\n" : "_\r\n"); }

void Reply::null_array() { out_->append(protocol_ == 2 ? "*-1\r\n" : "_\r\n"); }

void Reply::boolean(bool value) {
  if (protocol_ == 2) return integer(value ? 1 : 0);
  out_->append(value ? "#t\r\n" : "#f\r\n");
}

void Reply::real(double value) {
  std::array<char, kRealBytes> storage;
  const std::string_view text = format_real(value, storage);
  if (protocol_ == 2) return bulk(text);
  out_->append(",");
  out_->append(text);
  out_->append(kLineEnd);
}

void Reply::verbatim(std::string_view format, std::string_view bytes) {
  if (protocol_ == 2) return bulk(bytes);
  header('=', static_cast<std::int64_t>(format.size() + 1 + bytes.size()));
  out_->append(format);
  out_->append(":");
  out_->append(bytes);
  out_->append(kLineEnd);
}

void Reply::array(std::size_t count) { header('*', static_cast<std::int64_t>(count)); }

void Reply::map(std::size_t count) {
  if (protocol_ == 2) return array(2 * count);
  header('%', static_cast<std::int64_t>(count));
}

void Reply::set(std::size_t count) {
  header(protocol_ == 2 ? '*' : '~', static_cast<std::int64_t>(count));
}

void Reply::push(std::size_t count) {
  header(protocol_ == 2 ? '*' : '>', static_cast<std::int64_t>(count));
}

std::size_t Reply::take_errors() { return std::exchange(errors_, 0); }

void Reply::header(char type, std::int64_t value) {
  char* const begin = out_->prepare(kHeaderBytes);
  out_->commit(static_cast<std::size_t>(write_header(begin, type, value) - begin));
}

}  // namespace sideline::resp
