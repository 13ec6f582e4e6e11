#include "bench/network/load/options.h"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace load {
namespace {

Options parse(std::vector<const char*> arguments) { return parse_options(arguments); }

TEST(LoadOptions, AreRead) {
  const Options options = parse({"--port", "16000", "--seconds", "1.5", "--value-size", "32:64",
                                 "--order", "zipf:1.1", "--operation", "set"});
  EXPECT_EQ(options.port, 16000);
  EXPECT_EQ(options.seconds, 1.5);
  EXPECT_EQ(options.value_size.least, 32);
  EXPECT_EQ(options.value_size.most, 64);
  EXPECT_EQ(options.order, Order::kZipf);
  EXPECT_EQ(options.zipf, 1.1);
  EXPECT_EQ(options.operation, Operation::kSet);
}

TEST(LoadOptions, AreRefusedIfTheyMakeNoSense) {
  const std::vector<std::vector<const char*>> bad = {
      {"--port", "16000"},                                           // no end
      {"--seconds", "1"},                                            // no server
      {"--port", "1", "--socket", "x", "--seconds", "1"},            // two servers
      {"--port", "1", "--seconds", "1", "--requests", "1"},          // two ends
      {"--port", "1", "--requests", "1", "--warmup-seconds", "1"},   //
      {"--port", "1", "--seconds", "-1"},                            //
      {"--port", "1", "--seconds", "1", "--connections", "0"},       //
      {"--port", "1", "--seconds", "1", "--value-size", "2:1"},      //
      {"--port", "1", "--seconds", "1", "--order", "backwards"},     //
      {"--port", "1", "--seconds", "1", "--key-size", "4"},          // room for the prefix only
      {"--port", "1", "--seconds", "1", "--no-such-option", "1"},    //
      {"--port", "1", "--seconds"},                                  // no value
      {"--port", "65536", "--seconds", "1"},                         //
      {"--port", "1", "--seconds", "1", "--order", "sequential:2"},  //
  };
  for (const auto& arguments : bad) {
    EXPECT_THROW(parse(arguments), std::invalid_argument) << arguments.back();
  }
}

}  // namespace
}  // namespace load
