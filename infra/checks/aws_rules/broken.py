"""Breaks the unrolled templates, one rule after the other, and fails where a rule does not notice.

    broken.py TEMPLATE.json MONITORING.json
"""

import copy
import sys

import limits
import messages
from stack import Stack, read, readers, statements_for

RULES = [*messages.RULES, *limits.RULES]


def reader(stack):
    return next(iter(readers(stack)))


def twice(stack):
    again = copy.deepcopy(stack.resources[reader(stack)])
    again["Properties"].update(Endpoint=again["Properties"]["Endpoint"].upper(), FilterPolicy={"team": ["another"]})
    stack.resources["Again"] = again


def named_for_its_teams(stack):
    id = reader(stack)
    stack.resources[id + "it"] = stack.resources.pop(id)


def with_too_many_teams(stack):
    stack.resources[reader(stack)]["Properties"]["FilterPolicy"]["team"] = [f"team{n}" for n in range(151)]


def without_teams(stack):
    stack.resources[reader(stack)]["Properties"]["FilterPolicy"]["team"] = [""]


def with_201_readers(stack):
    one = stack.resources[reader(stack)]
    for n in range(201):
        stack.resources[f"Reader{n}xx"] = copy.deepcopy(one)
        stack.resources[f"Reader{n}xx"]["Properties"]["Endpoint"] = f"{n}@x.x"


def topic_closed_to_alarms(stack):
    statements = stack.resources["TopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    statements[:] = [each for each in statements if each["Sid"] != "AlarmsOfThisAccount"]


def rule_that_may_not_call(stack):
    del stack.resources["ExecutionEndedBadlyCalls"]


def rule_that_publishes(stack):
    stack.resources["ExecutionEndedBadly"]["Properties"]["Targets"][0]["Arn"] = {"Ref": "AlertsTopic"}


def alert_of_two_lines(stack):
    transformer(stack)["InputTemplate"] = transformer(stack)["InputTemplate"].replace("Open it", "\nOpen it")


def topic_policy_about_another(stack):
    stack.resources["TopicPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]["Resource"] = {"Ref": "LettersTopic"}


def key_statement(stack):
    statements = stack.resources["Key"]["Properties"]["KeyPolicy"]["Statement"]
    return statements, statements_for(statements, "events.amazonaws.com")[0]


def key_by_account(stack):
    key_statement(stack)[1]["Condition"] = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def key_closed_to_events(stack):
    statements, one = key_statement(stack)
    statements.remove(one)


def pattern(stack):
    return stack.resources["ExecutionEndedBadly"]["Properties"]["EventPattern"]


def pattern_without_a_list(stack):
    pattern(stack)["source"] = "aws.states"


def pattern_with_a_made_up_operator(stack):
    pattern(stack)["detail"]["error"][0] = {"not": ["Superseded"]}


def pattern_too_long(stack):
    pattern(stack)["detail"]["name"] = [{"prefix": "x" * 40} for _ in range(50)]


def six_targets(stack):
    targets = stack.resources["ExecutionEndedBadly"]["Properties"]["Targets"]
    targets.extend(copy.deepcopy(targets[0]) for _ in range(5))


def executions_without_an_error_untold(stack):
    pattern(stack)["detail"]["error"].pop()


def superseded_executions_told(stack):
    del pattern(stack)["detail"]["error"]


def rule_without_a_dead_letter(stack):
    statement = stack.resources["UndeliveredPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    statement["Condition"]["ArnEquals"]["aws:SourceArn"].pop(0)


def step_that_publishes_letters(stack):
    stack.resources["AskFunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "LettersTopic"}}
    )


def table_without_a_stream(stack):
    del stack.resources["Table"]["Properties"]["StreamSpecification"]


def stream_closed(stack):
    for policy in stack.resources["MailFunctionRole"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if "dynamodb:GetRecords" in statement.get("Action", []):
                statement["Action"].remove("dynamodb:GetRecords")


def transformer(stack):
    return stack.resources["ExecutionEndedBadly"]["Properties"]["Targets"][0]["InputTransformer"]


def alert_about_nothing(stack):
    transformer(stack)["InputPathsMap"].pop("arn")


def alert_too_long(stack):
    transformer(stack)["InputTemplate"] += " " * 8192


def environment_too_large(stack):
    stack.resources["PlanFunction"]["Properties"]["Environment"]["Variables"]["MORE"] = "x" * 4096


def gateway_gives_up_first(stack):
    stack.resources["IntakeFunction"]["Properties"]["Timeout"] = 20


def gateway_waits_too_long(stack):
    stack.resources["ConsoleIntegration"]["Properties"]["TimeoutInMillis"] = 60000


def subscriptions_looked_at_by_a_resource(stack):
    for policy in stack.resources["SweepFunctionRole"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Action"] == "sns:GetSubscriptionAttributes":
                statement["Resource"] = {"Ref": "LettersTopic"}


def function_with_a_long_name(stack):
    stack.resources["PlanFunction"]["Properties"]["FunctionName"] += "-of-the-whole-checklist"


def sweep_tried_again(stack):
    del stack.resources["SweepFunctionEventInvokeConfig"]


def too_many_resources(stack):
    stack.resources.update({f"More{n}": {"Type": "AWS::SNS::Topic", "Properties": {}} for n in range(500)})


def too_many_outputs(stack):
    stack.monitoring["Outputs"] = {f"More{n}": {"Value": n} for n in range(201)}


def reader_teams_too_long(stack):
    stack.resources[reader(stack)]["Properties"]["FilterPolicy"]["team"] = ["a-team-with-a-long-name" * 2] * 100


def managed_policy_too_long(stack):
    statements = stack.resources["UseOfLedger"]["Properties"]["PolicyDocument"]["Statement"]
    statements.extend(copy.deepcopy(statements[0]) for _ in range(40))


def eleven_managed_policies(stack):
    stack.resources["PlanFunctionRole"]["Properties"]["ManagedPolicyArns"] *= 6


def own_policies_too_long(stack):
    stack.resources["IntakeFunctionRole"]["Properties"]["Policies"] *= 20


def key_left_behind(stack):
    stack.resources["Key"]["DeletionPolicy"] = "Retain"


def protected_table_to_be_deleted(stack):
    stack.resources["Table"]["DeletionPolicy"] = "RetainExceptOnCreate"


def index_unwatched(stack):
    alarm = stack.watching["LedgerThrottled"]["Properties"]
    alarm["Metrics"] = [each for each in alarm["Metrics"] if each["Id"] != "indexWrites"]


def table_unwatched(stack):
    alarm = stack.watching["LedgerThrottled"]["Properties"]
    alarm["Metrics"] = [each for each in alarm["Metrics"] if each["Id"] != "writes"]


def one_alarm_more(stack):
    stack.watching["More"] = copy.deepcopy(stack.watching["NoSweep"])


BREAKAGES = {
    "one_subscription_for_each_endpoint": [twice],
    "a_subscription_outlives_its_filter": [named_for_its_teams],
    "filters_are_within_limits": [with_too_many_teams, without_teams, with_201_readers],
    "topics_let_services_publish": [topic_closed_to_alarms, topic_policy_about_another],
    "functions_let_rules_call": [rule_that_may_not_call],
    "services_may_use_the_key": [key_by_account, key_closed_to_events],
    "patterns_are_well_formed": [
        pattern_without_a_list,
        pattern_with_a_made_up_operator,
        pattern_too_long,
        six_targets,
    ],
    "executions_that_end_badly_are_told": [executions_without_an_error_untold, superseded_executions_told],
    "transformers_are_well_formed": [alert_about_nothing, alert_too_long, alert_of_two_lines],
    "what_is_not_delivered_is_kept": [rule_without_a_dead_letter],
    "mailboxes_are_paced": [step_that_publishes_letters, rule_that_publishes],
    "streams_are_read": [table_without_a_stream, stream_closed],
    "names_fit": [function_with_a_long_name],
    "environments_fit": [environment_too_large],
    "gateways_wait_for_their_functions": [gateway_gives_up_first, gateway_waits_too_long],
    "actions_have_the_resources_that_iam_knows": [subscriptions_looked_at_by_a_resource],
    "a_sweep_is_not_tried_again": [sweep_tried_again],
    "templates_are_within_limits": [too_many_resources, too_many_outputs, reader_teams_too_long],
    "policies_are_within_limits": [managed_policy_too_long, eleven_managed_policies, own_policies_too_long],
    "a_failed_first_deployment_leaves_nothing": [key_left_behind, protected_table_to_be_deleted],
    "indexes_are_watched": [index_unwatched, table_unwatched],
    "alarms_cost_what_is_said": [one_alarm_more],
}

templates = read(sys.argv[1:3])
unnoticed = [f"{rule.__name__} is broken by nothing" for rule in RULES if not BREAKAGES.get(rule.__name__)]
for rule in RULES:
    for breakage in BREAKAGES.get(rule.__name__, []):
        stack = Stack(*copy.deepcopy(templates))
        breakage(stack)
        if not list(rule(stack)):
            unnoticed.append(f"{rule.__name__} does not notice {breakage.__name__}")
print("\n".join(unnoticed) or f"rules of AWS: each of {sum(map(len, BREAKAGES.values()))} breakages is noticed")
sys.exit(bool(unnoticed))
