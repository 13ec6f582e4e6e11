#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "model.h"
#include "settings.h"
#include "store/migrations.h"

namespace prediction {

/// What an analyst knows better than the model.
struct Correction {
  double value;
  std::string analyst;
  std::int64_t corrected_at;  ///< seconds since the UNIX epoch
};

/// The database does not answer, or not as it should. After it a connection is of no more use.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The connection broke: on another one it may work at once.
class ConnectionLost : public StoreError {
 public:
  using StoreError::StoreError;
};

/// One connection to where corrections are stored, for one thread at a time. Every function throws
/// StoreError, and may be repeated.
class Store {
 public:
  virtual ~Store() = default;

  virtual std::optional<Correction> find(const std::string& category, GameId game) = 0;
  virtual void save(const std::string& category, GameId game, const Correction& correction) = 0;
  virtual void check() = 0;

  /// In one transaction, so that of several replicas that start together one does it: makes the
  /// table of what was applied, looks whether this was, applies it if not. Returns whether it did.
  virtual bool apply(const Migration& migration) = 0;
};

using OpenStore = std::function<std::unique_ptr<Store>()>;

/// How to open a connection to the database of DATABASE_URL.
OpenStore store_opener(const Settings& settings);

/// Applies what is missing, in order; returns how many that was. Waits `patience` for a database
/// that is not up yet, then throws StoreError.
int migrate(const OpenStore& open, std::chrono::seconds patience);

}  // namespace prediction
