#!/usr/bin/env python3
"""Compiles sources one by one, without precompiled header and neighbours, so that includes stay honest.

  apart.py BUILD_DIR JOBS FILE...   FILE: .cpp that BUILD_DIR's compile_commands.json knows; others are passed over

BUILD_DIR is a configured, never built tree (preset `lint`). Only the syntax is checked: about three CPU seconds a file.
Exit 1 names each file that needs what it does not include.
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys


def commands(build):
    for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        while os.path.basename(words[0]) not in ("g++", "c++"):  # the cache and its settings: nothing is produced here
            words.pop(0)
        out = words.index("-o")
        del words[out:out + 2]
        yield os.path.realpath(entry["file"]), entry["directory"], [*words, "-fsyntax-only"]


def main():
    build, jobs, wanted = sys.argv[1], int(sys.argv[2]), {os.path.realpath(f) for f in sys.argv[3:]}
    todo = {file: (where, words) for file, where, words in commands(build) if file in wanted}

    def check(file):
        where, words = todo[file]
        return file, subprocess.run(words, cwd=where, capture_output=True, text=True)

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for file, done in pool.map(check, sorted(todo)):
            if done.returncode:
                bad += 1
                print(f"{os.path.relpath(file)} does not compile apart:\n{done.stderr}", file=sys.stderr)
    print(f"{len(todo)} files compiled apart, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
