"""Holds the unrolled templates against rules of AWS that emulators and linters forgive and a deployment does not.

    aws_rules TEMPLATE.json MONITORING.json

Each rule has the page of AWS that says so, and is broken on purpose by broken.py.
"""

import sys

import limits
import messages
from stack import Stack, read, readers

DOCS = "https://docs.aws.amazon.com"
RULES = [*messages.RULES, *limits.RULES]

stack = Stack(*read(sys.argv[1:3]))
wrong = 0
for rule in RULES:
    for mistake in rule(stack):
        wrong += 1
        page = rule.__doc__.split("Source: ", 1)[1].split()[0].rstrip(",;")
        print(f"{mistake}\n    ({DOCS}/{page})")
if not wrong:
    print(f"rules of AWS: {len(RULES)} hold, with {len(readers(stack))} readers of letters")
sys.exit(bool(wrong))
