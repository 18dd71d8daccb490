"""What `latchkey up` does with many connections at once: how each is answered, within what time, and in how much memory.

    python3 infra/checks/flood.py target/debug/latchkey [CONNECTIONS]

Starts one in a directory of its own, posts a signed hire of another person on each connection, all of them begun at the same moment,
and asks for a page on one connection more as often as it is answered. Whoever is turned away once does not come again. Ends with 1
unless every connection is answered, with 200 or 202, or 429 or 503 and `Retry-After`. It judges no times: they are the machine's.
"""

import asyncio
import base64
import collections
import hashlib
import hmac
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

TURNED_AWAY = {429, 503}
TAKEN = {200, 202}


def hire(number, key):
    """The whole request that confirms one hire."""
    person = {"given_name": f"Flo{number}", "family_name": "Od", "department": "Sales", "title": "Account Executive",
              "employment_type": "employee", "country": "DE", "time_zone": "Europe/Berlin"}
    data = {"employee_id": f"F{number}", "effective_date": time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86400)),
            "person": person}
    now = int(time.time())
    body = json.dumps({"type": "person.hired", "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)), "data": data})
    signature = hmac.new(key, f"flood-{number}.{now}.{body}".encode(), hashlib.sha256).digest()
    head = ["POST /hooks/generic HTTP/1.1", "host: localhost", "connection: close", "content-type: application/json",
            f"content-length: {len(body)}", f"webhook-id: flood-{number}", f"webhook-timestamp: {now}",
            f"webhook-signature: v1,{base64.b64encode(signature).decode()}"]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


async def ask(address, request):
    """The status, whether it says when to come again, and after how many seconds; the status is what went wrong else."""
    begun = time.monotonic()
    try:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        head = answer.split(b"\r\n\r\n")[0].lower()
        status = int(head.split()[1]) if head else "closed without an answer"
    except OSError as problem:
        head, status = b"", type(problem).__name__
    return status, b"\r\nretry-after:" in head, time.monotonic() - begun


async def pages(address, flood):
    """Asks for a page again and again while the flood lasts."""
    asked = []
    request = b"GET /latchkey.css HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    while not flood.done():
        asked.append(await ask(address, request))
    return asked


def quantiles(times):
    ordered = sorted(times)
    at = lambda part: ordered[min(len(ordered) - 1, int(len(ordered) * part))]
    return f"p50 {at(0.5):.2f} s, p99 {at(0.99):.2f} s, last {ordered[-1]:.2f} s"


def memory(process, what):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith(what))


def show(what, answers):
    by_status = collections.defaultdict(list)
    for status, _, seconds in answers:
        by_status[status].append(seconds)
    print(f"{what}: {len(answers)} asked, {quantiles([seconds for _, _, seconds in answers])}")
    for status, times in sorted(by_status.items(), key=str):
        print(f"  {status}: {len(times)}, {quantiles(times)}")


async def flood(directory, process, count):
    place = directory / "address"
    while not place.exists():
        if process.poll() is not None:
            sys.exit(f"it ended with {process.returncode}: {(directory / 'log').read_text(encoding='utf-8')}")
        await asyncio.sleep(0.1)
    host, port = place.read_text(encoding="utf-8").strip().removeprefix("http://").rsplit(":", 1)
    address = (host, int(port))
    secret = json.loads((directory / "secrets.json").read_text(encoding="utf-8"))["hooks/generic"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    requests = [hire(number, key) for number in range(count)]
    before = memory(process, "VmRSS")
    everybody = asyncio.ensure_future(asyncio.gather(*[ask(address, request) for request in requests]))
    asked, answers = await asyncio.gather(pages(address, everybody), everybody)
    show("webhooks", answers)
    show("pages meanwhile", asked)
    print(f"memory: {before} MB before, {memory(process, 'VmHWM')} MB at most")
    wrong = [(status, again) for status, again, _ in answers + asked if status not in TAKEN | TURNED_AWAY
             or (status in TURNED_AWAY and not again)]
    return not wrong


def main():
    binary, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    # Each connection is a file here, too.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        with open(directory / "log", "w", encoding="utf-8") as log:
            command = [binary, "up", "--dir", name, "--listen", "127.0.0.1:0", "--runbook", "runbooks/acme", "--sweep-every", "0"]
            process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "RUST_LOG": "error"})
            try:
                good = asyncio.run(flood(directory, process, count))
            finally:
                process.send_signal(signal.SIGINT)
                process.wait()
    sys.exit(0 if good else "not every connection was answered as it should be")


main()
