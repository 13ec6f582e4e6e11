#!/usr/bin/env python3
"""Shows that check_layers.py finds what it is for, and nothing else."""
import tempfile
import unittest
from pathlib import Path

from check_layers import violations

FILES = ("libcache/include/libcache/cache.h", "libcache/src/shard.h", "server/version.h",
         "server/base/mutex.h", "server/resp/reply.h", "server/config/config.h",
         "server/command/command.h", "server/command/core/server.h",
         "server/command/control/client.h", "server/net/connection.h",
         "tests/support/matchers.h")

ALLOWED = {
    "libcache/src/shard.cc": ['"shard.h"', "<libcache/cache.h>", "<xxhash.h>", "<sys/mman.h>",
                              "<absl/base/thread_annotations.h>", "<atomic>"],
    "libcache/c/cache.cc": ["<libcache/c.h>", "<libcache/cache.h>", "<stdint.h>"],
    "libcache/include/libcache/asio.h": ["<boost/asio.hpp>", "<libcache/cache.h>"],
    "libcache/examples/coroutine.cc": ["<libcache/asio.h>", "<boost/asio.hpp>"],
    "server/base/mutex.h": ["<absl/base/thread_annotations.h>", "<mutex>"],
    "server/log/log.cc": ['"server/base/mutex.h"', "<unistd.h>"],
    "server/resp/reply.cc": ['"server/resp/reply.h"', "<string>"],
    "server/persist/save.cc": ['"server/config/config.h"', "<libcache/cache.h>", "<liblzf/lzf.h>",
                               "<unistd.h>"],
    "server/command/get.cc": ['"server/resp/reply.h"', '"server/config/config.h"',
                              "<libcache/cache.h>", '"server/version.h"'],
    "server/command/data/get.cc": ['"server/command/core/server.h"'],
    "server/net/connection.cc": ['"server/command/command.h"', "<boost/asio.hpp>"],
    "server/main.cc": ['"server/net/connection.h"', "<boost/asio.hpp>"],
    "bench/engine/main.cc": ["<libcache/cache.h>", "<benchmark/benchmark.h>", "<rocksdb/cache.h>"],
    "tests/libcache/shard_test.cc": ['"shard.h"', "<gtest/gtest.h>", '"tests/support/matchers.h"'],
}

FORBIDDEN = {
    "libcache/include/libcache/bad.h": ["<absl/base/thread_annotations.h>", "<sys/mman.h>",
                                        '"shard.h"', "<boost/asio.hpp>", "<libcache/asio.h>"],
    "libcache/include/libcache/asio.h": ['"shard.h"', "<sys/mman.h>"],
    "libcache/src/bad.cc": ["<boost/asio.hpp>", "<libcache/asio.h>", '"server/resp/reply.h"',
                            "<no_such_library/x.h>"],
    "libcache/c/bad.cc": ['"shard.h"', "<unistd.h>"],
    "libcache/examples/bad.c": ["<pthread.h>"],
    "server/base/bad.h": ["<sys/socket.h>", '"server/resp/reply.h"', "<libcache/cache.h>"],
    "server/resp/bad.cc": ["<libcache/cache.h>", "<boost/asio.hpp>", "<sys/socket.h>",
                           "<unistd.h>", '"server/command/command.h"'],
    "server/config/bad.cc": ["<libcache/cache.h>", '"server/log/log.h"'],
    "server/persist/bad.cc": ["<boost/asio.hpp>", '"shard.h"',
                              '"server/command/core/server.h"'],
    "server/command/bad.cc": ["<boost/asio.hpp>", '"server/net/connection.h"', '"shard.h"'],
    "server/command/table/bad.cc": ['"server/command/core/server.h"', "<libcache/cache.h>"],
    "server/command/data/bad.cc": ['"server/command/control/client.h"',
                                   '"server/command/command.h"'],
    "server/net/bad.cc": ['"shard.h"', '"libcache/src/shard.h"', "<hiredis/hiredis.h>"],
    "server/main.cc": ['"libcache/src/shard.h"'],
    "bench/engine/bad.cc": ['"libcache/src/shard.h"', '"server/resp/reply.h"'],
    "tests/server/bad_test.cc": ['"shard.h"', '"no_such_file.h"'],
    "server/new_folder/bad.cc": ["<string>"],
}


class CheckLayers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for path in FILES:
            self.write(path, "")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def test_follows_the_arrows(self):
        for path, includes in ALLOWED.items():
            self.write(path, "".join(f"#include {name}\n" for name in includes))
        self.assertEqual(list(violations(self.root)), [])

    def test_each_wrong_arrow_is_found(self):
        for path, includes in FORBIDDEN.items():
            for name in includes:
                with self.subTest(path=path, include=name):
                    file = self.write(path, f"#pragma once\n  # include {name}  // why\n")
                    self.assertEqual(len(list(violations(self.root))), 1)
                    file.unlink()


if __name__ == "__main__":
    unittest.main()
