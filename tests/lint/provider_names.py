#!/usr/bin/env python3
"""No provider is named outside src/providers: what the rest must know of a dialect it asks the table there
(include/tsg/providers/dialect.hpp). Run by ctest; exit 1 names each line. Comments may name whom they like.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = re.compile(r"(?<![a-z])(openai|anthropic|claude|gemini|xai|grok|perplexity|sonar)(?![a-z])", re.I)
# The dialects themselves; the simulator, which contradicts them; the command line's help.
FREE = ("src/providers/", "include/tsg/providers/", "src/sim/", "src/cli/")
# Lines that name a provider and know nothing of its dialect: the file, and a part of the line.
KNOWN = {
    "src/app/demo.cpp": ["OPENAI_BASE_URL"],  # variables of the SDK that the demo is asked with
    "src/core/secret_shape.cpp": ['"xai-"'],  # forms of keys, whoever gave them
    "src/governance/detectors.cpp": ["xai-["],
    "src/pipeline/front_page.cpp": ["OpenAI's API"],  # what is spoken here
    "src/surfaces/chat/items.cpp": ['origin = "anthropic"'],  # whose thoughts a client's member holds
    "src/surfaces/chat/tool_choice.cpp": ["openai"],  # the surface's own vendor
    "src/routing/route_parse.cpp": ["like openai/gpt-4o"],  # an example in an error
}
SHAPE = re.compile(r'#include "providers/openai_shape\.hpp"')  # of the surfaces that are OpenAI's
# Strings are kept, comments are not.
TOKEN = re.compile(r'R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*(?:.|\n)*?\*/')


def without_comments(text):
    return TOKEN.sub(lambda m: "\n" * m[0].count("\n") if m[0].startswith("/") else m[0], text)


def main():
    problems, files = [], 0
    for path in sorted([*ROOT.glob("include/tsg/**/*.hpp"), *ROOT.glob("src/**/*.hpp"), *ROOT.glob("src/**/*.cpp")]):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(FREE):
            continue
        files += 1
        for number, line in enumerate(without_comments(path.read_text()).splitlines(), 1):
            if NAMES.search(SHAPE.sub("", line)) and not any(part in line for part in KNOWN.get(known_as(name), [])):
                problems.append(f"{name}:{number}: names a provider: {line.strip()}")
    print("\n".join(problems) or f"{files} files name no provider")
    return 1 if problems else 0


def known_as(name):
    """A file is known by its last name, too: folders move."""
    return next((known for known in KNOWN if known.split("/")[-1] == name.split("/")[-1]), name)


if __name__ == "__main__":
    sys.exit(main())
