#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/command/acl/rules.h"
#include "server/command/acl/session.h"
#include "server/command/acl/user.h"
#include "server/command/table/table.h"
#include "server/config/settings.h"

namespace sideline::command {

/// The users. Thread-safe.
///
/// A user never changes: who changes one puts a new one in its place and raises the version.
/// Clients keep the user that they are (AclSession), and look here again when the version is
/// another one than theirs; so a request takes no lock and counts no reference.
class Acl {
 public:
  /// There is the default user, and it may do everything. `table` must outlive this.
  explicit Acl(const Table& table);

  /// Raised by every change of any user.
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  /// Brings a session up to the present version. False if its user is gone. `authenticated`:
  /// whether its client has logged in.
  [[nodiscard]] bool refresh(AclSession& session, bool authenticated) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  using UserPointer = std::shared_ptr<const AclUser>;

  /// Null if there is none of this name.
  [[nodiscard]] UserPointer find(std::string_view name) const ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] UserPointer default_user() const { return find(kDefaultUser); }
  /// All of them, by name.
  [[nodiscard]] std::vector<UserPointer> users() const ABSL_LOCKS_EXCLUDED(mutex_);

  /// The users as directives that make them again (load()): the one of `written`, if that still
  /// does. Without the default user if it is what the last set_default_password() alone would make
  /// it. Without `with_default_password`, the password of that call is left out, as somebody will
  /// say it again.
  [[nodiscard]] std::vector<config::UserDirective> directives(
      std::span<const config::UserDirective> written = {}, bool with_default_password = true) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  /// `acl-pubsub-default`: whether selectors that are made from now on have all channels.
  void set_all_channels(bool by_default) ABSL_LOCKS_EXCLUDED(mutex_);
  /// `requirepass`: the one password (a hash) that the default user has from now on; empty: none
  /// is needed. Returns what the default user was.
  UserPointer set_default_password(std::string_view hash) ABSL_LOCKS_EXCLUDED(mutex_);
  /// Takes the last set_default_password() back: `requirepass` is `hash` again, and the default
  /// user has the passwords that it had `before`.
  void restore_default_password(std::string_view hash, const AclUser& before)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // What these return is what is wrong, in Redis's words; nothing on success. Then all has been
  // done, and the version raised once; otherwise nothing, also if they throw.

  /// Applies rules to a user; makes it if there is none of this name.
  [[nodiscard]] std::optional<std::string> set_user(std::string_view name,
                                                    std::span<const std::string_view> rules)
      ABSL_LOCKS_EXCLUDED(mutex_);
  /// The users of the configuration file are added to those that there are, or replace them. An
  /// error shows no password.
  [[nodiscard]] std::optional<std::string> load(std::span<const config::UserDirective> directives)
      ABSL_LOCKS_EXCLUDED(mutex_);
  /// The users that an ACL file (acl_file.h) holds take the place of all that there are. `gone`
  /// gets the identifiers of those that were there: all but the default user's.
  [[nodiscard]] std::optional<std::string> load_file(const std::string& path,
                                                     std::vector<std::uint64_t>& gone)
      ABSL_LOCKS_EXCLUDED(mutex_);

  /// Removes a user; returns its identifier, or nothing if there was none. The default user stays.
  [[nodiscard]] std::optional<std::uint64_t> remove(std::string_view name)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Users = std::map<std::string, UserPointer, std::less<>>;

  [[nodiscard]] AclRules rules() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void put(AclUser user) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// What is wrong with the directive of a new user, if so.
  [[nodiscard]] std::optional<std::string> make(const config::UserDirective& directive,
                                                AclUser& user) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Whether it makes the same user; if `is_lent`, with the default password.
  [[nodiscard]] bool makes(const config::UserDirective& directive, const AclUser& user,
                           bool is_lent) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// A new user among others; the default user keeps its identifier.
  static void insert(AclUser user, Users& users, std::uint64_t& last_id);
  void replace(Users users, std::uint64_t last_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void raise_version() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Table& table_;
  std::atomic<std::uint64_t> version_{1};  // written under mutex_
  mutable Mutex mutex_;
  bool all_channels_ ABSL_GUARDED_BY(mutex_) = false;
  std::string default_password_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = kDefaultUserId;
  Users users_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sideline::command
