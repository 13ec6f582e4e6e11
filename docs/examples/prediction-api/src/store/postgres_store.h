#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "store/store.h"

namespace prediction {

/// `timeout`: after which PostgreSQL gives a statement up.
std::unique_ptr<Store> open_postgres_store(const std::string& url, std::chrono::seconds timeout);

}  // namespace prediction
