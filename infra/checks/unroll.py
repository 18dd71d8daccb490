"""Prints a template as CloudFormation gets it: loops unrolled, SAM's resources made. Needs no AWS.

    unroll.py TEMPLATE [PARAMETER=VALUE ...]

checkov and the rules of AWS read neither loops nor SAM's Globals, so that they have to be given what they come to.
"""

import json
import sys

from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse


class NoManagedPolicies:
    """AWS's managed policies by name: the template names none, so that nobody is asked."""

    def load(self):
        return {}


with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())
validator = SamTemplateValidator(
    template,
    NoManagedPolicies(),
    region="eu-central-1",
    parameter_overrides=dict(argument.split("=", 1) for argument in sys.argv[2:]),
    language_extensions_enabled=True,
)
json.dump(yaml_parse(validator.get_translated_template_if_valid()), sys.stdout, indent=1)
