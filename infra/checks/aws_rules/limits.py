"""Rules about how much of what AWS takes: Lambda, API Gateway, CloudFormation, IAM and CloudWatch."""

from stack import alarms, listed, readers, size, target

UNROLLED_AS = "local"  # the stack's name where SAM puts one in

# Lambda


def a_sweep_is_not_tried_again(stack):
    """Lambda tries a failed asynchronous call twice more, whatever it did.

    Source: lambda/latest/dg/invocation-async-error-handling.html
    """
    settings = {target(each["FunctionName"]): each for each in stack.of_type("Lambda::EventInvokeConfig").values()}
    for id, each in stack.of_type("Events::Rule").items():
        for to in each["Targets"] if "ScheduleExpression" in each else []:
            if settings.get(target(to["Arn"]), {}).get("MaximumRetryAttempts") != 0:
                yield f"{target(to['Arn'])}, which {id} calls on a schedule, is tried again by Lambda when it fails"


def names_fit(stack):
    """A function's name has 64 characters at most, of which the stack's may have 40, as docs/OPERATIONS.md says.

    Source: lambda/latest/api/API_CreateFunction.html, FunctionName
    """
    for id, each in stack.of_type("Lambda::Function").items():
        own = each["FunctionName"].removeprefix(UNROLLED_AS)
        if len(own) > 64 - 40:
            yield f"the name of {id} leaves {64 - len(own)} characters to the stack's: docs/OPERATIONS.md says 40"


def environments_fit(stack):
    """The environment of a function has 4 KB at most.

    Source: lambda/latest/dg/gettingstarted-limits.html, Environment variables
    """
    for id, each in stack.of_type("Lambda::Function").items():
        variables = each.get("Environment", {}).get("Variables", {})
        if size(variables) > 4096:
            yield f"the environment of {id} has up to {size(variables)} bytes: Lambda takes 4,096"


# API Gateway


def gateways_wait_for_their_functions(stack):
    """An HTTP API gives an integration up after 30 seconds at most; a function that may take longer than its own limit there is
    answered for with 504 while it works on, and HR sends again what was taken in.

    Source: apigateway/latest/developerguide/http-api-quotas.html, Maximum integration timeout
    """
    functions = stack.of_type("Lambda::Function")
    for id, each in stack.of_type("ApiGatewayV2::Integration").items():
        waits, takes = each["TimeoutInMillis"], functions[target(each["IntegrationUri"])]["Timeout"] * 1000
        if not takes < waits <= 30000:
            yield f"{id} waits for {waits} ms, its function may take {takes}: API Gateway takes 30,000"


# CloudFormation and IAM

# What IAM knows no resource for: named in a statement with one, the call is refused.
WITHOUT_A_RESOURCE = {
    "sns:GetSubscriptionAttributes",
    "sns:ListSubscriptions",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "dynamodb:ListStreams",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


def actions_have_the_resources_that_iam_knows(stack):
    """Where the reference lists no resource type for an action, a statement that names one allows nothing.

    Source: service-authorization/latest/reference/list_amazonsns.html, list_amazoncloudwatchlogs.html, the actions' resource types
    """
    documents = [(id, each["PolicyDocument"]) for id, each in stack.of_type("IAM::ManagedPolicy").items()]
    for id, each in stack.of_type("IAM::Role").items():
        documents.extend((id, policy["PolicyDocument"]) for policy in each.get("Policies", []))
    for id, document in documents:
        for statement in listed(document["Statement"]):
            needing = WITHOUT_A_RESOURCE.intersection(listed(statement["Action"]))
            if needing and statement["Resource"] != "*":
                yield f"{id} allows {', '.join(sorted(needing))} for a resource, and IAM knows none for it: it is refused"


def templates_are_within_limits(stack):
    """Resources 500, outputs and parameters 200 each, a parameter's value 4,096 bytes.

    Source: AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    both = [("template.yaml", stack.template), ("infra/monitoring/template.yaml", stack.monitoring)]
    for name, template in both:
        for section, most in [("Resources", 500), ("Outputs", 200), ("Parameters", 200)]:
            if len(template.get(section, {})) > most:
                yield f"{name} has {len(template[section])} {section}: CloudFormation takes {most}"
    each_with_teams = ((each["Endpoint"], each["FilterPolicy"]["team"]) for each in readers(stack).values())
    teams = ",".join(f"{address}={'/'.join(teams)}" for address, teams in each_with_teams)
    if len(teams.encode()) > 4096:
        yield f"ReaderTeams has {len(teams.encode())} bytes: CloudFormation takes 4,096"


def policies_are_within_limits(stack):
    """A managed policy 6,144 characters, all of a role's own 10,240, ten managed ones a role.

    Source: IAM/latest/UserGuide/reference_iam-quotas.html
    """
    for id, each in stack.of_type("IAM::ManagedPolicy").items():
        if size(each["PolicyDocument"]) > 6144:
            yield f"the managed policy {id} has {size(each['PolicyDocument'])} characters: IAM takes 6,144"
    for id, each in stack.of_type("IAM::Role").items():
        own = sum(size(policy["PolicyDocument"]) for policy in each.get("Policies", []))
        managed = len(each.get("ManagedPolicyArns", []))
        if own > 10240 or managed > 10:
            has = f"{own} characters of its own and {managed} managed policies"
            yield f"the role {id} has {has}: IAM takes 10,240 and 10"


def a_failed_first_deployment_leaves_nothing(stack):
    """What is kept when the stack is deleted goes when the deployment that made it fails; what cannot be deleted stays.

    Source: AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html, RetainExceptOnCreate;
    amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html, Using deletion protection
    """
    for id, each in stack.resources.items():
        # SAM's own versions of the workflow go with the workflow.
        if each["Type"] == "AWS::StepFunctions::StateMachineVersion":
            continue
        policy, protected = each.get("DeletionPolicy"), each.get("Properties", {}).get("DeletionProtectionEnabled")
        if policy == "Retain" and not protected:
            yield f"{id} is left behind by a first deployment that fails"
        if policy == "RetainExceptOnCreate" and protected:
            yield f"{id} is protected from deletion: the rollback of a first deployment hangs at it"


# CloudWatch


def indexes_are_watched(stack):
    """What an index turns away is not counted by its table's metrics.

    Source: amazondynamodb/latest/developerguide/metrics-dimensions.html, ReadThrottleEvents, WriteThrottleEvents
    """
    watched = set()
    for each in alarms(stack):
        for metric in (metric["MetricStat"]["Metric"] for metric in each.get("Metrics", []) if "MetricStat" in metric):
            names = {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}
            watched.add((names.get("GlobalSecondaryIndexName"), metric["MetricName"]))
    indexes = [index["IndexName"] for index in stack.resources["Table"]["Properties"]["GlobalSecondaryIndexes"]]
    for index in [None, *indexes]:
        for metric in ["ReadThrottleEvents", "WriteThrottleEvents"]:
            if (index, metric) not in watched:
                yield f"no alarm looks at {metric} of {'the index ' + index if index else 'the table'}"


def alarms_cost_what_is_said(stack):
    """CloudWatch counts the metrics that alarms look at, and so does "What it costs" of docs/OPERATIONS.md.

    Source: AmazonCloudWatch/latest/monitoring/CloudWatch-Alarms.html; aws.amazon.com/cloudwatch/pricing
    """
    counts = [sum("MetricStat" in metric for metric in each.get("Metrics", [])) or 1 for each in alarms(stack)]
    says = f"{len(counts)} alarms on {sum(counts)} metrics at 0.10 a metric = {sum(counts) / 10:.2f}"
    with open("docs/OPERATIONS.md", encoding="utf-8") as file:
        if says not in " ".join(file.read().split()):
            yield f"docs/OPERATIONS.md does not say: {says}"
    if max(counts) > 10:
        yield f"an alarm looks at {max(counts)} metrics: CloudWatch takes 10"


RULES = [
    a_sweep_is_not_tried_again,
    names_fit,
    environments_fit,
    gateways_wait_for_their_functions,
    actions_have_the_resources_that_iam_knows,
    templates_are_within_limits,
    policies_are_within_limits,
    a_failed_first_deployment_leaves_nothing,
    indexes_are_watched,
    alarms_cost_what_is_said,
]
