"""Checks that every route of the unrolled template has a throttle of its own, so that a flood of one uses up nobody else's.

Which routes there have to be is compared by a test of the crate latchkey-kinds.
"""

import json
import sys

REST = "$default"
LIMITS = ["ThrottlingRateLimit", "ThrottlingBurstLimit"]


def mistakes(resources):
    def of_type(name):
        return {id: found for id, found in resources.items() if found["Type"] == f"AWS::ApiGatewayV2::{name}"}

    routes = {found["Properties"]["RouteKey"]: id for id, found in of_type("Route").items()}
    stages = list(of_type("Stage").values())
    if len(stages) != 1 or len(routes) != len(of_type("Route")):
        yield f"{len(stages)} stages, and {len(of_type('Route'))} routes with {len(routes)} keys"
        return
    stage = stages[0]["Properties"]
    settings = stage["RouteSettings"]
    for key in sorted(set(routes) - {REST} - set(settings)):
        yield f"the route {key} has no throttle of its own: it shares the stage's with everything that is none of ours"
    for key in sorted(set(settings) - set(routes)):
        yield f"RouteSettings name {key}, and there is no such route: API Gateway would refuse the stage"
    if REST in settings:
        yield f"{REST} has the stage's own throttle, and no other"
    for key in sorted(key for key in set(settings) & set(routes) if routes[key] not in stages[0]["DependsOn"]):
        yield f"the stage does not wait for the route {key}, which its settings name"
    for key, setting in [*settings.items(), ("all else", stage.get("DefaultRouteSettings", {}))]:
        if any(not setting.get(limit) for limit in LIMITS):
            yield f"the throttle of {key} is {setting}, which is none"
    if not any(key.startswith("POST /hooks/{") for key in routes):
        yield "no route takes the webhooks of sources that companies describe themselves"


with open(sys.argv[1], encoding="utf-8") as file:
    found = json.load(file)["Resources"]
wrong = list(mistakes(found))
for mistake in wrong:
    print(mistake)
count = sum(each["Type"] == "AWS::ApiGatewayV2::Route" for each in found.values())
if not wrong:
    print(f"throttles: {count} routes, and no two share one")
sys.exit(bool(wrong))
