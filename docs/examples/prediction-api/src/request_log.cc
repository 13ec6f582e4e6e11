#include "request_log.h"

#include <cerrno>
#include <chrono>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <system_error>
#include <utility>

namespace prediction {
namespace {

/// Such as 2024-09-05T20:20:00.123Z.
void put_time(std::ostream& out, std::chrono::system_clock::time_point now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto fraction = std::chrono::duration_cast<std::chrono::milliseconds>(
      now - std::chrono::system_clock::from_time_t(seconds));
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  out << std::put_time(&utc, "%FT%T.") << std::setw(3) << std::setfill('0') << fraction.count()
      << 'Z';
}

std::ofstream open(const std::string& path) {
  std::ofstream file(path, std::ios::app);
  if (!file) {
    throw std::system_error(errno, std::generic_category(), "LOG_FILE cannot be opened: " + path);
  }
  return file;
}

}  // namespace

RequestLog::RequestLog(std::string path) : path_(std::move(path)) { reopen(); }

void RequestLog::write(std::string_view line) {
  std::ostringstream whole;
  put_time(whole, std::chrono::system_clock::now());
  whole << ' ' << line << '\n';

  std::ostream& out = path_.empty() ? std::cout : file_;
  out.clear();  // of what could not be written before
  out << whole.view() << std::flush;
}

void RequestLog::reopen() {
  if (!path_.empty()) file_ = open(path_);
}

}  // namespace prediction
