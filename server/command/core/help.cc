#include "server/command/core/help.h"

#include <string_view>
#include <vector>

#include "server/command/core/errors.h"

namespace sideline::command {
namespace {

std::string joined(std::span<const Argument> arguments, std::string_view separator);

std::string operand(const Argument& argument) {
  if (argument.type == "pure-token") return {};
  if (argument.type == "block") return joined(argument.arguments, " ");
  if (argument.type == "oneof") return joined(argument.arguments, "|");
  return errors::join({"<", argument.display.empty() ? argument.name : argument.display, ">"});
}

std::string usage(const Argument& argument) {
  std::string text(argument.token);
  const std::string what = operand(argument);
  const bool optional = argument.flags.find("optional") != std::string_view::npos;
  // Alternatives need brackets of their own, unless those of an option are around them already.
  const bool bracketed = argument.type == "oneof" && !(optional && argument.token.empty());
  if (!text.empty() && !what.empty()) text += ' ';
  text += bracketed ? "(" + what + ")" : what;
  if (argument.flags.find("multiple") != std::string_view::npos) text += " [" + what + " ...]";
  return optional ? "[" + text + "]" : text;
}

std::string joined(std::span<const Argument> arguments, std::string_view separator) {
  std::string text;
  for (const Argument& argument : arguments) {
    if (!text.empty()) text += separator;
    text += usage(argument);
  }
  return text;
}

}  // namespace

std::string usage(std::span<const Argument> arguments) { return joined(arguments, " "); }

void reply_help(Context& context) {
  std::vector<std::string> lines = {
      errors::join({errors::upper_case(context.row.parent->name),
                    " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"})};
  for (const Row& row : context.row.parent->subcommands) {
    const std::string arguments = usage(row.arguments);
    lines.push_back(
        errors::join({errors::upper_case(row.name), arguments.empty() ? "" : " ", arguments}));
    lines.push_back(errors::join({"    ", row.summary}));
  }
  context.reply.array(lines.size());
  for (const std::string& line : lines) context.reply.simple(line);
}

}  // namespace sideline::command
