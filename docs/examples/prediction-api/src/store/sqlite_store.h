#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "store/store.h"

namespace prediction {

/// A file, which is made if it is not there. `timeout`: for another connection's transaction.
std::unique_ptr<Store> open_sqlite_store(const std::string& path, std::chrono::seconds timeout);

}  // namespace prediction
