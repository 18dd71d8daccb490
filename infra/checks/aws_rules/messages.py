"""Rules about what reaches whom: SNS, KMS and EventBridge."""

import json
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
    """A topic that alarms write to says so, in a statement about this topic.

    Source: sns/latest/dg/sns-access-policy-language-api-permissions-reference.html, Policy quotas
    """
    allowed = set()
    for id, each in stack.of_type("SNS::TopicPolicy").items():
        for statement in each["PolicyDocument"]["Statement"]:
            if [statement["Resource"]] != each["Topics"]:
                yield f"{id}: {statement['Sid']} is about another resource than the policy's one topic"
            for service in listed(statement["Principal"]["Service"]):
                allowed.add((target(statement["Resource"]), service))
    if ("AlertsTopic", "cloudwatch.amazonaws.com") not in allowed:
        yield "alarms may not publish to AlertsTopic"


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


def functions_let_rules_call(stack):
    """A function that a rule calls says so, about this rule.

    Source: eventbridge/latest/userguide/eb-use-resource-based.html, AWS Lambda permissions
    """
    allowed = set()
    for each in stack.of_type("Lambda::Permission").values():
        if each["Principal"] == "events.amazonaws.com":
            allowed.add((target(each["SourceArn"]), target(each["FunctionName"])))
    for id, each in stack.of_type("Events::Rule").items():
        for to in (target(to["Arn"]) for to in each["Targets"]):
            if stack.resources[to]["Type"] == "AWS::Lambda::Function" and (id, to) not in allowed:
                yield f"the rule {id} may not call {to}: its events go nowhere"


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


def transformers_are_well_formed(stack):
    """What is put in is named: at most 100 variables, a template of 8,192 characters that uses no others, and JSON. A variable that is
    not there is left out silently.

    Source: eventbridge/latest/APIReference/API_InputTransformer.html
    """
    for id, each in stack.of_type("Events::Rule").items():
        for transformer in (to["InputTransformer"] for to in each["Targets"] if "InputTransformer" in to):
            template, known = transformer["InputTemplate"], set(transformer.get("InputPathsMap", {}))
            used = {name for name in re.findall("<([A-Za-z0-9_.-]+)>", template) if not name.startswith("aws.")}
            if len(template) > 8192 or len(known) > 100:
                yield f"{id} puts {len(known)} variables into {len(template)} characters: EventBridge takes 100 and 8,192"
            try:
                json.loads(template)
            except ValueError as error:
                yield f"{id}: its template is no JSON: {error}"
            for name in sorted(used ^ known):
                yield f"{id}: the variable {name} is {'used and not known' if name in used else 'known and not used'}"


def mailboxes_are_paced(stack):
    """SNS suspends a subscription by e-mail that gets more than ten messages a second. So one function publishes letters and alerts,
    one a second to an address, and no rule does. The workflow may, of what that function does not take.

    Source: sns/latest/dg/sns-email-notifications.html, Important
    """
    publish = {"LettersTopic": {"MailFunctionRole"}, "AlertsTopic": {"MailFunctionRole", "WorkflowRole"}}
    for id, each in stack.of_type("IAM::Role").items():
        for policy in each.get("Policies", []):
            for statement in listed(policy["PolicyDocument"]["Statement"]):
                topics = [topic for topic in publish if {"Ref": topic} in listed(statement.get("Resource"))]
                for topic in topics if "sns:Publish" in listed(statement["Action"]) else []:
                    if id not in publish[topic]:
                        yield f"{id} publishes to {topic} past the function that paces it"
    for id in topics_of_rules(stack):
        yield f"a rule publishes to {id}: as many messages as there are events"


def streams_are_read(stack):
    """Who reads a table's stream needs four permissions, and the table has to have one.

    Source: lambda/latest/dg/services-dynamodb-eventsourcemapping.html
    """
    needed = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
    for id, each in stack.of_type("Lambda::EventSourceMapping").items():
        table, function = target(each["EventSourceArn"]), target(each["FunctionName"])
        if "StreamSpecification" not in stack.resources[table]["Properties"]:
            yield f"{id} reads the stream of {table}, which has none"
        allowed = set()
        for policy in stack.resources[f"{function}Role"]["Properties"].get("Policies", []):
            for statement in listed(policy["PolicyDocument"]["Statement"]):
                allowed.update(listed(statement.get("Action", [])))
        for action in sorted(needed - allowed):
            yield f"{id}: {function} lacks {action}"


def topics_of_rules(stack):
    found = {target(to["Arn"]) for each in stack.of_type("Events::Rule").values() for to in each["Targets"]}
    return {id for id in found if stack.resources[id]["Type"] == "AWS::SNS::Topic"}


RULES = [
    one_subscription_for_each_endpoint,
    a_subscription_outlives_its_filter,
    filters_are_within_limits,
    topics_let_services_publish,
    functions_let_rules_call,
    services_may_use_the_key,
    patterns_are_well_formed,
    executions_that_end_badly_are_told,
    transformers_are_well_formed,
    what_is_not_delivered_is_kept,
    mailboxes_are_paced,
    streams_are_read,
]
