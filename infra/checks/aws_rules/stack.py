"""The templates that the rules look at, and what their references mean."""

import json


class Stack:
    """The two templates: resources by type, and what a reference leads to."""

    def __init__(self, template, monitoring):
        self.template, self.monitoring = template, monitoring
        self.resources, self.watching = template["Resources"], monitoring["Resources"]

    def of_type(self, kind):
        return {id: each["Properties"] for id, each in self.resources.items() if each["Type"] == f"AWS::{kind}"}


def listed(value):
    return value if isinstance(value, list) else [value]


def target(reference):
    """The logical id of `!Ref X` and `!GetAtt X.Arn`."""
    return reference.get("Ref") or reference["Fn::GetAtt"][0]


def size(value):
    """Characters as IAM and EventBridge count them, without white space. A reference counts as the longest ARN here."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If"):
        return 150
    if isinstance(value, dict):
        return 2 + sum(len(key) + 4 + size(each) for key, each in value.items())
    if isinstance(value, list):
        return 2 + sum(1 + size(each) for each in value)
    return len(json.dumps(value))


def statements_for(statements, service):
    """Those of a policy that are about a service of AWS."""
    named = [(each, each["Principal"]) for each in statements if isinstance(each["Principal"], dict)]
    return [each for each, principal in named if service in listed(principal.get("Service", ""))]


def alarms(stack):
    return [each["Properties"] for each in stack.watching.values() if each["Type"] == "AWS::CloudWatch::Alarm"]


def readers(stack):
    """The subscriptions of those who get letters."""
    found = stack.of_type("SNS::Subscription").items()
    return {id: each for id, each in found if target(each["TopicArn"]) == "LettersTopic" and each["Endpoint"]}


def read(paths):
    templates = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            templates.append(json.load(file))
    return templates
