#include "server/tls/certificates.h"

#include <chrono>
#include <ctime>
#include <tuple>
#include <utility>

namespace sideline::tls {
namespace {

using config::Settings;

std::array<FileStamp, 5> stamps_of(const Settings& settings) {
  return {FileStamp::of(settings.tls_cert_file), FileStamp::of(settings.tls_key_file),
          FileStamp::of(settings.tls_key_file_pass_file), FileStamp::of(settings.tls_ca_cert_file),
          FileStamp::of(settings.tls_ca_cert_dir)};
}

auto values_of(const Settings& settings) {
  return std::tie(settings.tls_files_set, settings.tls_cert_file, settings.tls_key_file,
                  settings.tls_key_file_pass, settings.tls_key_file_pass_file,
                  settings.tls_ca_cert_file, settings.tls_ca_cert_dir, settings.tls_auth_clients,
                  settings.tls_protocols, settings.tls_ciphers, settings.tls_ciphersuites,
                  settings.tls_prefer_server_ciphers, settings.tls_session_caching,
                  settings.tls_session_cache_size, settings.tls_session_cache_timeout);
}

std::string date_of(std::int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

bool is_past(std::int64_t ms) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return ms <= std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

bool Certificates::is_concerned(const Settings& before, const Settings& now) {
  return values_of(before) != values_of(now);
}

std::optional<Certificates::Candidate> Certificates::read(const Settings& settings) {
  Candidate candidate;
  candidate.settings = settings;
  candidate.stamps = stamps_of(settings);
  auto made = make_context(settings);
  if (const auto* const failure = std::get_if<ContextFailure>(&made)) {
    log_.warning({"TLS: ", failure->text,
                  context_ ? "; the certificate that is in use stays" : std::string_view()});
    return std::nullopt;
  }
  candidate.context = std::get<Context>(std::move(made));
  candidate.expiry_ms = tls::expiry_ms(candidate.context);
  return candidate;
}

void Certificates::use(Candidate candidate) {
  context_ = std::move(candidate.context);
  expiry_ms_ = candidate.expiry_ms;
  settings_ = std::move(candidate.settings);
  stamps_ = candidate.stamps;
  const std::string date = date_of(expiry_ms_);
  if (is_past(expiry_ms_)) {
    log_.warning({"TLS: the certificate '", settings_.tls_cert_file, "' has expired: ", date});
  } else {
    log_.notice({"TLS: using the certificate '", settings_.tls_cert_file, "', valid until ", date});
  }
}

void Certificates::drop() { context_.reset(); }

bool Certificates::look() {
  if (!context_) return false;
  const auto stamps = stamps_of(settings_);
  if (stamps == stamps_) return false;
  stamps_ = stamps;
  auto candidate = read(settings_);
  if (!candidate) return false;
  use(*std::move(candidate));
  return true;
}

}  // namespace sideline::tls
