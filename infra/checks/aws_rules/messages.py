"""Rules about what reaches whom: SNS, KMS and EventBridge."""

import math
import re

from stack import listed, readers, size, statements_for, target

# SNS


def one_subscription_for_each_endpoint(stack):
    """A second subscription of an endpoint with another filter is refused: "already exists with different attributes".

    Source: sns/latest/api/API_Subscribe.html, InvalidParameter; in AWS's own words:
    github.com/localstack/localstack/issues/8816
    """
    seen = {}
    for id, each in stack.of_type("SNS::Subscription").items():
        endpoint = each["Endpoint"]
        key = (target(each["TopicArn"]), each["Protocol"], str(endpoint).lower())
        if key in seen:
            yield f"{seen[key]} and {id} are one endpoint of one topic, {endpoint}: SNS refuses the second"
        seen[key] = id


def a_subscription_outlives_its_filter(stack):
    """CloudFormation makes a renamed resource before it deletes the old one, which is the case above for a subscription:
    so its name must come from the endpoint alone. The filter is changed without an interruption.

    Source: AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html, FilterPolicy and Endpoint
    """
    for id, each in readers(stack).items():
        if id != "Reader" + re.sub("[^A-Za-z0-9]", "", each["Endpoint"]):
            yield f"{id}, the subscription of {each['Endpoint']}, is not named for its address alone"


def filters_are_within_limits(stack):
    """At most 200 filters a topic, five keys and 150 combinations of values a filter.

    Source: sns/latest/dg/subscription-filter-policy-constraints.html
    """
    filters = {id: each["FilterPolicy"] for id, each in readers(stack).items()}
    if len(filters) > 200:
        yield f"{len(filters)} filters on one topic: SNS takes 200"
    for id, filter in filters.items():
        combinations = math.prod(len(values) for values in filter.values())
        if len(filter) > 5 or not 1 <= combinations <= 150:
            yield f"the filter of {id} has {len(filter)} keys and {combinations} combinations: SNS takes 5 and 150"
        if not all(isinstance(value, str) and value for values in filter.values() for value in values):
            yield f"the filter of {id} has a value that is no name of a team: {filter}"


def topics_let_services_publish(stack):
    """A topic that alarms or rules write to says so, in a statement about this topic.

    Source: sns/latest/dg/sns-access-policy-language-api-permissions-reference.html, Policy quotas;
    eventbridge/latest/userguide/eb-use-resource-based.html, Amazon SNS permissions
    """
    allowed = set()
    for id, each in stack.of_type("SNS::TopicPolicy").items():
        for statement in each["PolicyDocument"]["Statement"]:
            if [statement["Resource"]] != each["Topics"]:
                yield f"{id}: {statement['Sid']} is about another resource than the policy's one topic"
            for service in listed(statement["Principal"]["Service"]):
                allowed.add((target(statement["Resource"]), service))
    wanted = {(topic, "events.amazonaws.com") for topic in topics_of_rules(stack)}
    wanted.add(("AlertsTopic", "cloudwatch.amazonaws.com"))
    for topic, service in sorted(wanted - allowed):
        yield f"{service} may not publish to {topic}"


# KMS


def services_may_use_the_key(stack):
    """Who writes to an encrypted topic or queue needs the key. EventBridge tells KMS neither account, rule nor
    organisation, so that a condition on them refuses every event, silently.

    Source: sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    statements = stack.resources["Key"]["Properties"]["KeyPolicy"]["Statement"]
    for service in ["events.amazonaws.com", "cloudwatch.amazonaws.com"]:
        found = statements_for(statements, service)
        actions = {action for each in found if each["Effect"] == "Allow" for action in listed(each["Action"])}
        if not {"kms:Decrypt", "kms:GenerateDataKey*"} <= actions:
            yield f"{service} may not use the key that the topics are encrypted with"
    for each in statements_for(statements, "events.amazonaws.com"):
        keys = {key.lower() for test in each.get("Condition", {}).values() for key in test}
        for key in sorted(keys & {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid"}):
            yield f"{each['Sid']} wants {key} of EventBridge, which KMS never gets: no event reaches an encrypted topic"


# EventBridge

OPERATORS = {"anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"}


def patterns_are_well_formed(stack):
    """Leaves are lists of values and operators, a pattern has 2,048 characters and a rule five targets at most.

    Source: eventbridge/latest/userguide/eb-create-pattern-operators.html, eb-quota.html
    """
    for id, each in stack.of_type("Events::Rule").items():
        if len(each["Targets"]) > 5:
            yield f"the rule {id} has {len(each['Targets'])} targets: EventBridge takes 5"
        pattern = each.get("EventPattern")
        if pattern is None:
            continue
        if size(pattern) > 2048:
            yield f"the pattern of {id} has {size(pattern)} characters: EventBridge takes 2,048"
        for path, leaf in leaves(pattern, id):
            if not isinstance(leaf, list) or not leaf:
                yield f"{path} is no list of values"
                continue
            for value in leaf:
                if isinstance(value, dict) and "Ref" not in value and not set(value) <= OPERATORS:
                    yield f"{path} has an operator that EventBridge does not know: {value}"


def leaves(pattern, path):
    for key, value in pattern.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", value


def executions_that_end_badly_are_told(stack):
    """One that failed, ran out of time or was stopped is told, one that a later decision stopped is not.

    Source: step-functions/latest/dg/eventbridge-integration.html, the events' form
    """
    rules = [each["EventPattern"] for each in stack.of_type("Events::Rule").values() if "EventPattern" in each]
    for status, error, told in [
        ("FAILED", "NeedsAnOperator", True),
        ("TIMED_OUT", "States.Timeout", True),
        ("TIMED_OUT", None, True),
        ("ABORTED", "by hand", True),
        ("ABORTED", None, True),
        ("ABORTED", "Superseded", False),
        ("SUCCEEDED", None, False),
    ]:
        detail = {"status": status, "stateMachineArn": "Workflow", **({"error": error} if error else {})}
        event = {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}
        if any(matches(rule, event) for rule in rules) != told:
            yield f"an execution that ended as {status}, error {error}, is {'not ' if told else ''}told"


def matches(pattern, event):
    def field(key, wanted):
        if isinstance(wanted, dict):
            return matches(wanted, event.get(key, {}))
        return any(one(each, event.get(key)) for each in wanted)

    return all(field(key, wanted) for key, wanted in pattern.items())


def one(wanted, value):
    if not isinstance(wanted, dict):
        return wanted == value
    if "exists" in wanted:
        return wanted["exists"] == (value is not None)
    if "anything-but" in wanted:
        return value is not None and value not in listed(wanted["anything-but"])
    return wanted.get("Ref") == value


def what_is_not_delivered_is_kept(stack):
    """The queue that a rule hands over to what it could not deliver lets in what comes of that rule.

    Source: eventbridge/latest/userguide/eb-rule-dlq.html, Granting permissions to the dead-letter queue
    """
    allowed = set()
    for each in stack.of_type("SQS::QueuePolicy").values():
        for statement in statements_for(each["PolicyDocument"]["Statement"], "events.amazonaws.com"):
            for rule in statement["Condition"]["ArnEquals"]["aws:SourceArn"]:
                allowed.add((target(statement["Resource"]), target(rule)))
    for id, each in stack.of_type("Events::Rule").items():
        for to in each["Targets"]:
            if "DeadLetterConfig" in to and (target(to["DeadLetterConfig"]["Arn"]), id) not in allowed:
                yield f"what the rule {id} could not deliver is refused by its dead-letter queue, and lost"


def topics_of_rules(stack):
    found = {target(to["Arn"]) for each in stack.of_type("Events::Rule").values() for to in each["Targets"]}
    return {id for id in found if stack.resources[id]["Type"] == "AWS::SNS::Topic"}


RULES = [
    one_subscription_for_each_endpoint,
    a_subscription_outlives_its_filter,
    filters_are_within_limits,
    topics_let_services_publish,
    services_may_use_the_key,
    patterns_are_well_formed,
    executions_that_end_badly_are_told,
    what_is_not_delivered_is_kept,
]
