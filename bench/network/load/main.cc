#include <exception>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string_view>

#include "bench/network/load/generator.h"
#include "bench/network/load/options.h"
#include "bench/network/load/results_json.h"

namespace {

constexpr int kFailure = 1;
constexpr int kMisuse = 2;

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  if (arguments.size() == 1 && std::string_view(arguments[0]) == "--help") {
    std::cout << load::usage();
    return 0;
  }
  try {
    const load::Options options = load::parse_options({arguments.data(), arguments.size()});
    load::Generator generator(options);
    std::cout << load::to_json(generator.run()) << std::flush;
    return 0;
  } catch (const std::invalid_argument& error) {
    std::cerr << "load: " << error.what() << "\n" << load::usage();
    return kMisuse;
  } catch (const std::exception& error) {
    std::cerr << "load: " << error.what() << '\n';
    return kFailure;
  }
}
