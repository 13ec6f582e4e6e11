#!/usr/bin/env python3
"""Checks that every #include follows the arrows of the layer diagram.

Usage: check_layers.py ROOT

A layer is a folder (or a file), and its row lists what it may include: layers of the project,
`std` (the standard libraries), `posix`, and other libraries by the first part of the include's
name. A layer may always include itself. What no row covers is an error, so that a new folder has
to say where it stands.
"""
import re
import sys
from pathlib import Path

BASE = {"server/base", "std", "absl"}
FILES = {"server/files", "std", "posix"}
RESP = {"server/resp", "std"}
LOG = BASE | {"server/log", "posix"}
CONFIG = BASE | FILES | RESP | {"server/config", "posix", "openssl"}
ENGINE = {"libcache/include", "std"}
ASIO = ENGINE | {"libcache/include/libcache/asio.h", "boost"}
PERSIST = CONFIG | LOG | ENGINE | {"server/persist", "isa-l", "liblzf"}
TABLE = CONFIG | {"server/command/table"}
ACL = TABLE | {"server/command/acl"}
CLIENTS = ACL | {"server/command/clients"}
OBSERVE = CLIENTS | {"server/command/observe"}
CORE = OBSERVE | ENGINE | {"server/command/core", "server/persist"}
DATA = CORE | {"server/command/data"}
INFO = CORE | {"server/command/info", "server/version.h"}
CONTROL = INFO | {"server/command/control"}
COMMAND = DATA | CONTROL | {"server/command"}
TLS = CONFIG | LOG | {"server/tls"}
NET = COMMAND | TLS | {"server/net", "boost"}
ADMIN = NET | {"server/admin", "server/version.h"}
EXAMPLE_API = ASIO | {"boost", "hiredis", "nlohmann", "openssl", "posix", "pqxx", "prometheus"}
TESTS = ADMIN | {"server/include", "tests/support", "gtest", "gmock"}

# The longest prefix of a file's path decides which row it belongs to.
LAYERS = {
    "libcache/include": ENGINE,
    "libcache/include/libcache/asio.h": ASIO,
    "libcache/src": ENGINE | {"libcache/src", "posix", "xxhash.h", "absl"},
    "libcache/c": ENGINE | {"libcache/c"},
    "libcache/examples": ENGINE | {"nlohmann"},
    "libcache/examples/coroutine.cc": ASIO,
    "server/version.h": {"std"},
    "server/base": BASE,
    "server/files": FILES,
    "server/log": LOG,
    "server/resp": RESP,
    "server/config": CONFIG,
    "server/persist": PERSIST,
    "server/command/table": TABLE,
    "server/command/acl": ACL,
    "server/command/clients": CLIENTS,
    "server/command/observe": OBSERVE,
    "server/command/core": CORE,
    "server/command/data": DATA,
    "server/command/info": INFO,
    "server/command/control": CONTROL,
    "server/command": COMMAND,
    "server/tls": TLS,
    "server/net": NET,
    "server/admin": ADMIN,
    "server/include": ENGINE | {"server/include"},
    "server/door": NET | {"server/include"},
    "server/examples": ENGINE | {"server/include"},
    "server/main.cc": ADMIN,
    "bench": ENGINE | {"posix", "benchmark", "gtest", "hiredis", "rocksdb", "tbb"},
    "docs/examples/prediction-api": EXAMPLE_API,
    "tests/prediction_api": EXAMPLE_API | {"docs/examples/prediction-api", "gtest", "gmock"},
    "tests/libcache": TESTS | ASIO | {"libcache/src"},
    "tests/c": ENGINE | {"tests/c", "posix"},
    "tests/allocation": TESTS,
    "tests/server": TESTS | {"liblzf"},  # snapshots of others are compressed with it
    "tests/regress": TESTS,
    "tests/support": TESTS | {"hiredis"},
    "tests/wire": TESTS | {"hiredis"},
    "tests/fuzz": TESTS,
    "tests/install": ENGINE | {"server/include", "posix"},
}

INCLUDE_FOLDERS = ("libcache/src", "docs/examples/prediction-api/src")
SOURCES = {".cc", ".c", ".h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
C_STANDARD = {"inttypes.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h"}
POSIX_FOLDERS = {"sys", "netinet", "arpa", "linux"}


def layer_of(path):
    """The row for a path below the root, or None."""
    fits = [layer for layer in LAYERS if path == layer or path.startswith(layer + "/")]
    return max(fits, key=len, default=None)


def target_of(root, source, bracket, name):
    """What an include names: a layer, `std`, `posix` or a library; None for a file that is nowhere."""
    if bracket == '"':
        # As the compiler looks: beside the file, from the root, and in the folders of sources.
        for folder in (source.parent, root, *(root / sources for sources in INCLUDE_FOLDERS)):
            if (folder / name).is_file():
                return layer_of((folder / name).resolve().relative_to(root).as_posix())
        return None
    if name.startswith("libcache/"):
        is_of_server = (root / "server/include" / name).is_file()
        return layer_of(("server/include/" if is_of_server else "libcache/include/") + name)
    first, slash, _ = name.partition("/")
    if slash:
        return "posix" if first in POSIX_FOLDERS else first
    if not name.endswith(".h") or name in C_STANDARD:
        return "std"
    return name if name == "xxhash.h" else "posix"


def violations(root):
    root = root.resolve()
    for top in ("libcache", "server", "bench", "tests", "docs"):
        for source in sorted((root / top).rglob("*")):
            if source.suffix not in SOURCES:
                continue
            path = source.relative_to(root).as_posix()
            layer = layer_of(path)
            if layer is None:
                yield f"{path}: belongs to no layer; give its folder a row in check_layers.py"
                continue
            for bracket, name in INCLUDE.findall(source.read_text()):
                target = target_of(root, source, bracket, name)
                if target is None:
                    yield f"{path}: includes {name}, which is not in the project"
                elif target != layer and target not in LAYERS[layer]:
                    yield f"{path}: {layer} may not include {name} ({target})"


if __name__ == "__main__":
    found = list(violations(Path(sys.argv[1])))
    print("\n".join(found))
    sys.exit(1 if found else 0)
