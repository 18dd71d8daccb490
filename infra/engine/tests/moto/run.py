"""Runs scenarios on moto's Step Functions interpreter: a list of them on stdin, their outcomes on stdout.

Lambdas are scripted the same way as in ../common/mod.rs: moto's call of Lambda is replaced by the script.
Each scenario has a process of its own, forked when moto is loaded: executions in one process share more than they should.
"""

import json
import logging
import multiprocessing
import os
import sys
import threading
import time
import traceback

os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", AWS_DEFAULT_REGION="us-east-1")

import boto3
from moto import mock_aws
from moto.core.base_backend import BaseBackend
from moto.stepfunctions.models import Execution
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

# Most of a scenario is waiting; more at once would come too late for timeouts of a second.
SIDE_BY_SIDE = 6
# Seconds that an execution may take.
LIMIT = 90
ROLE = "arn:aws:iam::123456789012:role/steps"
logging.disable(logging.CRITICAL)
lock = threading.Lock()
scripts = {}
# When each Lambda was called and for which task; where a scenario's weeks are to pass in seconds, so many of them in one.
calls = []
pace = 1


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
        calls.append({"function": parameters["FunctionName"], "at": time.time(), "task": payload.get("taskId")})
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


def wait(self, env, wait_seconds):
    """A wait at the scenario's pace."""
    if wait_seconds > 0:
        env.program_state_event.wait(wait_seconds / pace)


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


def create(sfn, scenario):
    definition = json.dumps(scenario["definition"])
    made = sfn.create_state_machine(name=scenario["name"], definition=definition, roleArn=ROLE)
    return made["stateMachineArn"]


def run(scenario):
    name = scenario["name"]
    outcome = {"name": name}
    if "pace" in scenario:
        global pace
        pace = scenario["pace"]
        WaitFunction._wait_interval = wait
    scripts.update(scenario["replies"])
    try:
        sfn = boto3.client("stepfunctions")
        machine = create(sfn, scenario)
        started = sfn.start_execution(stateMachineArn=machine, name=name, input=json.dumps(scenario["input"]))
        arn = started["executionArn"]
        if scenario["stop"]:
            time.sleep(1)
            sfn.stop_execution(executionArn=arn, error="Stopped", cause="scripted")
        deadline = time.time() + LIMIT
        while (described := sfn.describe_execution(executionArn=arn))["status"] == "RUNNING":
            if time.time() > deadline:
                break
            time.sleep(0.2)
        output = described.get("output")
        outcome["status"] = described["status"]
        outcome["error"] = described.get("error")
        outcome["output"] = json.loads(output) if output else None
        outcome["events"] = events(sfn, arn)
        outcome["calls"] = calls
    except Exception:
        outcome["refused"] = traceback.format_exc()
    return outcome


def main():
    scenarios = json.load(sys.stdin)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        # What the processes inherit is loaded and parsed once.
        boto3.client("sns").create_topic(Name="alerts")
        create(boto3.client("stepfunctions"), {**scenarios[-1], "name": "warm"})
        with multiprocessing.get_context("fork").Pool(SIDE_BY_SIDE, maxtasksperchild=1) as pool:
            json.dump(pool.map_async(run, scenarios, chunksize=1).get(10 * LIMIT), sys.stdout)


main()
