#!/usr/bin/env python3
"""The direction of includes: a folder may use only what stands before it on the request's path.

The table is the design; src/CMakeLists.txt links by the same one. Run by ctest; exit 1 names each violation.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAY = {
    "core": set(),
    "json": {"core"},
    "http": {"core"},
    "config": {"core", "json", "providers"},  # providers: the table of dialects
    "keys": {"core", "json"},
    "catalog": {"core", "json"},
    "audit": {"core", "json"},
    "store": {"core", "json", "keys", "audit"},
    "usage": {"core", "json", "store"},
    "conversation": {"core", "json", "catalog"},
    "providers": {"core", "json", "http", "catalog", "conversation"},
    "surfaces": {"core", "json", "catalog", "conversation", "providers"},
    "routing": {"core", "json", "catalog", "providers", "config", "keys"},
    "governance": {"core", "json", "keys", "routing"},
    "net": {"core", "http"},
    "upstream": {"core", "http", "net", "config", "store"},  # store: Hold and AuditSlot are arguments of send()
    "server": {"core", "http", "net", "config"},
    "pipeline": {"core", "json", "http", "config", "keys", "catalog", "routing", "governance", "providers",
                 "conversation", "surfaces", "upstream", "server",
                 "store", "audit"},
    "admin": {"core", "json", "http", "config", "keys", "catalog", "routing", "governance", "providers", "store", "audit", "usage",
              "pipeline", "server"},
    "cli": {"core", "json", "http", "config", "governance"},  # governance: the readers of documents
    "app": {"*"},
    "build": set(),
    "sim": set(),
}
# Headers that would make an interface heavy, or tie logic to I/O.
HEAVY = re.compile(r'#include <(boost/beast|sqlite3|nlohmann/json\.hpp|yaml-cpp|openssl|re2)')
INCLUDE = re.compile(r'#include "([^"]+)"')


def folder_of(path):
    parts = path.relative_to(ROOT).parts
    if parts[0] == "include":
        return parts[2]
    return parts[1] if len(parts) > 2 else None  # src/main.cpp and friends may use everything


def target(include):
    parts = include.split("/")
    return parts[1] if parts[0] == "tsg" and len(parts) > 2 else parts[0] if len(parts) > 1 else None


def main():
    problems = []
    files = [*ROOT.glob("include/tsg/**/*.hpp"), *ROOT.glob("src/**/*.hpp"), *ROOT.glob("src/**/*.cpp")]
    for path in files:
        folder = folder_of(path)
        if folder is None:
            continue
        if folder not in MAY:
            problems.append(f"{path.relative_to(ROOT)}: folder '{folder}' is not in the table")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            where = f"{path.relative_to(ROOT)}:{number}"
            if path.parts[-3] == "tsg" and "include" in path.parts and HEAVY.match(line):
                problems.append(f"{where}: a public header includes a heavy library: {line}")
            match = INCLUDE.match(line)
            other = match and target(match.group(1))
            if not other or other == folder or "*" in MAY[folder] or other in MAY[folder]:
                continue
            if other in MAY:
                problems.append(f"{where}: {folder} must not include {other}")
    print("\n".join(problems) or f"{len(files)} files follow the include rules")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
