"""Runs scenarios on moto's Step Functions interpreter: a list of them on stdin, their outcomes on stdout.

Lambdas are scripted the same way as in ../common/mod.rs: moto's call of Lambda is replaced by the script.
"""

import json
import logging
import os
import sys
import threading
import time

os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_DEFAULT_REGION="us-east-1")

import boto3
from moto import mock_aws
from moto.core.base_backend import BaseBackend
from moto.stepfunctions.models import Execution
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

ROLE = "arn:aws:iam::123456789012:role/steps"
logging.disable(logging.CRITICAL)
lock = threading.Lock()
starting = threading.Lock()
scripts = {}


def answer(call, token):
    """Sends a token back; moto may learn of a token only after the call."""
    sfn = boto3.client("stepfunctions")
    for _ in range(50):
        try:
            if "ok" in call:
                sfn.send_task_success(taskToken=token, output=json.dumps(call["ok"]))
            else:
                sfn.send_task_failure(taskToken=token, error=call["error"], cause="scripted")
            return
        except Exception:
            time.sleep(0.05)


def invoke(parameters, region, state_credentials):
    payload = json.loads(parameters["Payload"]) if parameters.get("Payload") else {}
    with lock:
        script = scripts[parameters["FunctionName"]]
        reply = script[0] if len(script) == 1 else script.pop(0)
    if "error" in reply:
        error = {"errorType": reply["error"], "errorMessage": "scripted"}
        return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": error}
    if "silent" in reply:
        time.sleep(30)
    if "callback" in reply:
        answer(reply["callback"], payload["token"])
    return {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": reply.get("ok", {})}


lambda_eval_utils._invoke_lambda_function = invoke
# moto copies a state machine when an execution starts, and with it, through the backend, the threads of all running
# executions, which cannot be copied (https://github.com/getmoto/moto/issues/10077).
BaseBackend.__deepcopy__ = Execution.__deepcopy__ = lambda self, memo: self


def events(sfn, arn):
    shown, more = [], {}
    while True:
        page = sfn.get_execution_history(executionArn=arn, **more)
        for event in page["events"]:
            details = {}
            for key, value in event.items():
                if key.endswith("Details") and isinstance(value, dict):
                    details.update(value)
            fields = {key: details.get(key) for key in ("name", "error", "index")}
            shown.append({"type": event["type"], **fields})
        if not page.get("nextToken"):
            return shown
        more = {"nextToken": page["nextToken"]}


def start(sfn, scenario):
    """One after the other: moto does not start executions safely in threads."""
    name = scenario["name"]
    definition = json.dumps(scenario["definition"])
    with starting:
        machine = sfn.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
        started = sfn.start_execution(stateMachineArn=machine, name=name, input=json.dumps(scenario["input"]))
    return started["executionArn"]


def run(sfn, scenario, outcomes):
    name = scenario["name"]
    outcome = {"name": name}
    try:
        arn = start(sfn, scenario)
        if scenario.get("stop"):
            time.sleep(1)
            sfn.stop_execution(executionArn=arn, error="Stopped", cause="scripted")
        deadline = time.time() + 20
        while time.time() < deadline:
            described = sfn.describe_execution(executionArn=arn)
            if described["status"] != "RUNNING":
                break
            time.sleep(0.1)
        output = described.get("output")
        outcome["status"] = described["status"]
        outcome["error"] = described.get("error")
        outcome["output"] = json.loads(output) if output else None
        outcome["events"] = events(sfn, arn)
    except Exception as error:
        outcome["refused"] = f"{type(error).__name__}: {error}"
    with lock:
        outcomes.append(outcome)


def main():
    scenarios = json.load(sys.stdin)
    for scenario in scenarios:
        scripts.update({name: list(replies) for name, replies in scenario["replies"].items()})
    outcomes = []
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        boto3.client("sns").create_topic(Name="alerts")
        sfn = boto3.client("stepfunctions")
        # The backend is made at the first call, and must be only once.
        sfn.list_state_machines()
        threads = [threading.Thread(target=run, args=(sfn, one, outcomes), daemon=True) for one in scenarios]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    json.dump(outcomes, sys.stdout)
    sys.stdout.flush()
    os._exit(0)


main()
