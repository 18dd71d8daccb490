"""Prints the parameters that the template is checked with, one PARAMETER=VALUE a line: the company's own of samconfig.toml,
once `sam deploy --guided` has written them there; else the example of docs/OPERATIONS.md, which so is checked itself.
"""

import pathlib
import re
import shlex
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
WANTED = ["Readers", "ReaderTeams", "Sources"]


def documented():
    text = (ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")
    example = dict(re.findall(r"^ *(Readers|ReaderTeams)=(\S+)$", text, re.MULTILINE))
    if len(example) != 2:
        raise SystemExit("docs/OPERATIONS.md has no example of Readers and ReaderTeams, each on a line of its own")
    return example


def own():
    with open(ROOT / "samconfig.toml", "rb") as file:
        given = tomllib.load(file)["default"]["deploy"]["parameters"].get("parameter_overrides", [])
    words = shlex.split(given) if isinstance(given, str) else given
    return {name: value for name, _, value in (word.partition("=") for word in words) if name in WANTED}


for name, value in {**documented(), **own()}.items():
    print(f"{name}={value}")
