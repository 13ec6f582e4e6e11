#include "tests/support/source_tree.h"

namespace sideline::test {

std::filesystem::path source_tree() { return SOURCE_TREE; }

}  // namespace sideline::test
