"""moto's server, whose Step Functions interpreter runs executions and calls Lambda at another endpoint.

    python moto_with_lambda.py PORT LAMBDA_ENDPOINT

PORT is a free port on 127.0.0.1; LAMBDA_ENDPOINT is where functions run, e.g. http://127.0.0.1:4566 of ministack.
Everything else that a definition calls (sns:publish) stays with moto. A definition's callbacks come to moto: give the
functions AWS_ENDPOINT_URL_SFN=http://127.0.0.1:PORT.
"""

import functools
import os
import sys

port, lambda_endpoint = sys.argv[1:]
# The interpreter's own calls need credentials; moto checks none. It calls back to itself at this port.
os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none", MOTO_PORT=port)
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

import boto3
from botocore.config import Config
from moto.core.config import default_user_config
from moto.server import main
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

# Off by default: executions would only be noted down.
default_user_config["stepfunctions"] = {"execute_state_machine": True}


@functools.cache
def client(service, region):
    """One attempt: the definition says what is retried."""
    config = Config(retries={"total_max_attempts": 1}, read_timeout=120, max_pool_connections=64)
    return boto3.client(service, region_name=region, endpoint_url=lambda_endpoint, config=config)


def client_for(region, service, state_credentials=None):
    """Stands for moto's own function, which knows only moto's endpoint."""
    return client(service, region)


lambda_eval_utils.boto_client_for = client_for
main(["-H", "127.0.0.1", "-p", port])
