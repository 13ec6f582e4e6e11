#pragma once

#include <istream>
#include <string>

#include "server/config/draft.h"

namespace sideline::config {

// A configuration file: one directive a line, with its words, in quotes where they need it. '#'
// begins a comment line. "include FILE" reads another one in its place; a pattern with *, ? or [
// stands for all files that fit it, in the order of their names, and may fit none.

/// Reads the file at `path`, and those that it includes.
void read_directives(const std::string& path, Draft& draft);

/// Reads `lines`, which `name` stands for where something is wrong with them.
void read_lines(std::istream& lines, const std::string& name, Draft& draft);

}  // namespace sideline::config
