#!/usr/bin/env python3
"""How big the built Lambdas are, how soon they answer and how much memory they keep.

Build first: cargo lambda build --release --locked --x86-64 --output-format zip --workspace --exclude latchkey
(or for this machine's processor), and then the same without the last three words in functions/console: that is where
`sam build` builds it, and what stands in its .cargo/config.toml is for it alone.
Each binary is started under a Lambda runtime interface of this script's own, given its sample from events/functions
and timed from the start of the process to the arrival of its first answer. AWS is a stub on loopback that knows no
case and answers at once, so what is measured is the function's own: the process, its clients, one request.
Exit status 1 if a limit is passed.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / "target" / "lambda"
SAMPLES = ROOT / "events" / "functions"
# Every function; what has no sample of its own is a kind of system, and the workflow sends all of them the same.
FUNCTIONS = sorted(folder.name for folder in (ROOT / "functions").iterdir() if (folder / "src" / "main.rs").exists())
KINDS_SAMPLE = "system-scim"
STARTS = 15
ZIP_LIMIT, START_LIMIT, MEMORY_LIMIT = 6.0, 30.0, 30.0  # MB, ms, MiB

DROPPED_FILE = b"employeeId,givenName,familyName,department,title,employmentType,country,startDate\n"
SAMPLE_KEY = "whsec_bGF0Y2hrZXkgc2FtcGxlIGtleSwgbm90IHNlY3JldCE="  # of events/functions/README.md


class Stub(BaseHTTPRequestHandler):
    """Lambda's runtime interface and the few AWS answers that a start needs."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        if not self.path.startswith("/2018-06-01/"):
            return self.answer(200, DROPPED_FILE)  # of S3
        if self.server.served:
            return time.sleep(60)  # Lambda freezes a function that has nothing to do
        self.server.served = True
        headers = {
            "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 30_000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:000000000000:function:measured",
        }
        self.answer(200, self.server.event, headers)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/2018-06-01/"):
            self.server.outcome = self.path.rsplit("/", 1)[-1]
            self.server.answered.set()
            return self.answer(202, b"{}")
        target = self.headers.get("X-Amz-Target", "")
        if target.endswith("GetSecretValue"):
            return self.answer(200, json.dumps({"Name": "measured", "SecretString": SAMPLE_KEY}).encode())
        if target.endswith("Query"):
            return self.answer(200, b'{"Items":[],"Count":0,"ScannedCount":0}')
        return self.answer(200, b"{}")

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_):
        pass


class Aws(ThreadingHTTPServer):
    """A stub for one start: no request of an earlier process is taken for one of this."""

    daemon_threads = True

    def __init__(self, event):
        super().__init__(("127.0.0.1", 0), Stub)
        self.event, self.served, self.outcome, self.answered = event, False, None, threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # the connections of a process that was stopped


def start(binary, event):
    """Milliseconds to the first answer, the peak resident memory in MiB, and what was answered."""
    server = Aws(event)
    address = f"127.0.0.1:{server.server_port}"
    environment = {
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": "measured",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "measured",
        "AWS_LAMBDA_LOG_STREAM_NAME": "measured",
        "AWS_ENDPOINT_URL": f"http://{address}",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "LATCHKEY_TABLE": "latchkey",
        "LATCHKEY_TOPIC_ARN": "arn:aws:sns:eu-central-1:000000000000:letters",
        "LATCHKEY_ALERTS_TOPIC_ARN": "arn:aws:sns:eu-central-1:000000000000:alerts",
        "LATCHKEY_STATE_MACHINE_ARN": "arn:aws:states:eu-central-1:000000000000:stateMachine:latchkey",
        "LATCHKEY_SECRETS_PREFIX": "latchkey/",
        "LATCHKEY_SOURCES_PREFIX": "latchkey/",
        "LATCHKEY_LINK_SECRET": "latchkey/link-key",
        "LATCHKEY_PUBLIC_URL": "https://latchkey.acme.example",
        "LATCHKEY_SYSTEM_FUNCTION_PREFIX": "latchkey-system-",
        "LATCHKEY_ATTACHMENTS": f"http://{address}/latchkey-attachments",
    }
    began = time.perf_counter()
    process = subprocess.Popen([binary], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    answered = server.answered.wait(timeout=20)
    took = (time.perf_counter() - began) * 1000
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    process.kill()
    said = process.communicate()[1].decode(errors="replace")
    server.shutdown()
    server.server_close()
    if not answered:
        raise SystemExit(f"{binary} gave no answer in 20 s: {said}")
    peak = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
    return took, peak / 1024, server.outcome


def main():
    passed = True
    print(f"{'function':<23} {'zip MB':>7} {'first answer ms (median, worst)':>32} {'peak MiB':>9}  answers with")
    with tempfile.TemporaryDirectory() as scratch:
        for function in sys.argv[1:] or FUNCTIONS:
            package = BUILT / function / "bootstrap.zip"
            megabytes = package.stat().st_size / 1e6
            with zipfile.ZipFile(package) as archive:
                binary = archive.extract("bootstrap", pathlib.Path(scratch) / function)
            os.chmod(binary, 0o755)
            sample = KINDS_SAMPLE if function.startswith("system-") else function
            event = (SAMPLES / f"{sample}.json").read_bytes()
            start(binary, event)  # the file comes into the page cache, as on a warm host
            took, peaks, outcomes = zip(*(start(binary, event) for _ in range(STARTS)))
            median, memory = statistics.median(took), max(peaks)
            print(f"{function:<23} {megabytes:>7.2f} {median:>23.1f}, {max(took):>7.1f} {memory:>9.1f}  {outcomes[0]}")
            passed &= megabytes < ZIP_LIMIT and median < START_LIMIT and memory < MEMORY_LIMIT
    print("within the limits" if passed else
          f"over a limit: {ZIP_LIMIT:.0f} MB zipped, {START_LIMIT:.0f} ms, {MEMORY_LIMIT:.0f} MiB")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
