#pragma once

#include <filesystem>

namespace sideline::test {

/// The folder that holds this project: where files that come with it are.
[[nodiscard]] std::filesystem::path source_tree();

}  // namespace sideline::test
