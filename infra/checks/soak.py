"""What `latchkey up` does with many hires at once, a system that takes few calls, fails at times and is down for a while, and a mail
server that is down for as long.

    python3 infra/checks/soak.py target/debug/latchkey [HIRES] [MINUTES DOWN]

Starts a SCIM server of its own that takes 20 calls at once (429 for more), answers one call in a hundred with 500 and one in two hundred late,
and hangs up on everybody while it is down, from a minute after the first hire. The mail server takes nobody (421) or hangs up after the text
meanwhile. Then a `latchkey up` in a directory of its own, and a signed webhook for each hire; of every tenth, a team is asked something.
Tells when everything was verified after the server was well, how many calls it turned away, what was asked, memory, and how long a start
takes with all cases closed and with all of them open (their windows still to come). Ends with 1 when something is not done or asked
within fifteen minutes after both servers were well, when a call was turned away, when somebody was asked twice or needlessly, or when an
urgent exit meanwhile took longer than half a minute.
"""

import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import random
import re
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

PLACES = 20
WITHIN = 15 * 60
AT_ONCE = 30  # seconds that an urgent exit may take with all of them still waiting
DESKS = 10  # one of so many is asked about
RUNBOOK = """
company: Soak
time_zone: Etc/UTC
email: "{given}.{family}@soak.example"
hr: it
operations: it
brake: {within: 24 hours, exits: 1000000, urgent_exits: 1000000, transfers: 1000000, hires: 1000000, confirm: it}
teams:
  it: {email: it@soak.example}
systems:
  app: {kind: scim, address: "ADDRESS", secret: systems/app, owner: it}
roles:
  everyone:
    gets:
      app: []
hire:
  accounts: {grant: all, opens: start at 00:00, due: start at 23:00}
  desk:
    {title: Find a desk, owner: it, instructions: Any desk., only: {department: Desk}, opens: start at 00:00, due: 3 days after start at 23:00}
exit:
  accounts: {revoke: all, opens: now, due: within 8 hours}
urgent_exit:
  accounts: {revoke: all, opens: now, due: within 1 hour}
"""


class Flaky:
    """The accounts of the server, and how it feels."""

    def __init__(self, down):
        self.lock = threading.Lock()
        self.users, self.by = {}, {}
        self.out = self.most = self.turned_away = self.failed = self.hung_up = 0
        self.down, self.chance = down, random.Random(1)

    def is_down(self):
        return self.down[0] <= time.time() < self.down[1]


def handler(flaky):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def answer(self, status, body):
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/scim+json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def read(self):
            return json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or "null")

        def serve(self):
            body = self.read()
            with flaky.lock:
                flaky.out += 1
                flaky.most = max(flaky.most, flaky.out)
                full, fails, late = flaky.out > PLACES, flaky.chance.random() < 0.01, flaky.chance.random() < 0.005
            try:
                if flaky.is_down():
                    flaky.hung_up += 1
                    self.close_connection = True
                    self.connection.close()
                    return
                if full:
                    flaky.turned_away += 1
                    return self.answer(429, {"detail": "too many"})
                if fails:
                    flaky.failed += 1
                    return self.answer(500, {"detail": "a bad moment"})
                time.sleep(2 if late else 0.02)
                self.carry_out(body)
            finally:
                with flaky.lock:
                    flaky.out -= 1

        def carry_out(self, body):
            path, _, query = self.path.partition("?")
            found = re.fullmatch(r"/Users/([^/]+)", path)
            with flaky.lock:
                if self.command == "POST" and path == "/Users":
                    user = {**body, "id": f"u{len(flaky.users) + 1}"}
                    flaky.users[user["id"]] = user
                elif self.command in ("PUT", "PATCH") and found:
                    user = flaky.users[found[1]]
                    user.update(body if self.command == "PUT" else patched(body))
                elif self.command == "GET" and found:
                    user = flaky.users.get(found[1])
                elif path.startswith("/Groups"):
                    # Accounts in the place of groups would be asked for one by one, for each person.
                    return self.answer(200, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                                             "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []})
                else:
                    wanted = urllib.parse.unquote_plus(query)
                    asked = re.search(r'(externalId|userName) eq "([^"]*)"', wanted)
                    fits = [flaky.by.get((asked[1], asked[2].lower()))] if asked else list(flaky.users.values())
                    fits = [user for user in fits if user]
                    return self.answer(200, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                                             "totalResults": len(fits), "startIndex": 1, "itemsPerPage": len(fits),
                                             "Resources": fits})
                if user:
                    for name in ("externalId", "userName"):
                        flaky.by[name, str(user.get(name)).lower()] = user
            if user is None:
                return self.answer(404, {"detail": "no such user", "status": "404"})
            return self.answer(201 if self.command == "POST" else 200, user)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    return Handler


def patched(body):
    """What a PATCH sets, as Latchkey sends it: attributes by their path, or several without one."""
    new = {}
    for operation in body["Operations"]:
        new.update({operation["path"]: operation["value"]} if "path" in operation else operation["value"])
    return new


class Mail:
    """The letters that the mail server took, or hung up on after it had read them: each Message-ID, and whom it asks about."""

    def __init__(self, down):
        self.lock, self.down, self.asks, self.taken, self.refused = threading.Lock(), down, {}, 0, 0

    def is_down(self):
        return self.down[0] <= time.time() < self.down[1]

    def read(self, text):
        letter = email.message_from_bytes(text, policy=email.policy.default)
        people = set(re.findall(r"employee (S[0-9]+)", letter.get_body(("plain",)).get_content()))
        with self.lock:
            self.asks[letter["message-id"]] = (letter["subject"], people)

    def asked(self):
        """How often each person was asked about, whatever became of the answer to the letter."""
        often = {}
        with self.lock:
            for subject, people in self.asks.values():
                for person in people:
                    often.setdefault(person, []).append(subject)
        return often


def smtp(mail):
    class Session(socketserver.StreamRequestHandler):
        def say(self, line):
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self):
            down = mail.is_down()
            if down and random.random() < 0.5:
                mail.refused += 1
                return self.say("421 not now")
            self.say("220 soak")
            for line in self.rfile:
                word = line[:4].upper()
                if word == b"QUIT":
                    return self.say("221 bye")
                if word != b"DATA":
                    self.say("250 fine")
                    continue
                self.say("354 go on")
                text = b""
                for part in self.rfile:
                    if part == b".\r\n":
                        break
                    text += part[1:] if part.startswith(b".") else part
                mail.read(text)
                if down:
                    mail.refused += 1
                    return None
                mail.taken += 1
                self.say("250 taken")
            return None

    return Session


class Up:
    """A running `latchkey up`."""

    def __init__(self, binary, directory, *more):
        self.directory, begun = directory, time.monotonic()
        (directory / "address").unlink(missing_ok=True)
        command = [binary, "up", "--dir", str(directory), "--listen", "127.0.0.1:0", "--sweep-every", "60", "--loopback", *more]
        with open(directory / "log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "RUST_LOG": "error"})
        while not (directory / "address").exists():
            if self.process.poll() is not None:
                sys.exit(f"it ended with {self.process.returncode}: {(directory / 'log').read_text(encoding='utf-8')}")
            time.sleep(0.01)
        self.started = time.monotonic() - begun
        self.address = (directory / "address").read_text(encoding="utf-8").strip()
        secret = json.loads((directory / "secrets.json").read_text(encoding="utf-8"))["hooks/generic"]
        self.key = base64.b64decode(secret.removeprefix("whsec_"))

    def memory(self, what="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(what))

    def hire(self, number, days):
        person = {"given_name": f"So{number}", "family_name": "Ak", "title": "Expert",
                  "department": "Sales" if number % DESKS else "Desk", "employment_type": "employee", "country": "DE"}
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86400))
        self.send(f"soak-{number}", "person.hired", {"employee_id": f"S{number}", "effective_date": day, "person": person})

    def cut_off(self, number):
        self.send(f"cut-{number}", "person.exit.urgent", {"employee_id": f"S{number}"})

    def send(self, delivery, kind, data):
        now = int(time.time())
        body = json.dumps({"type": kind, "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)), "data": data})
        signature = hmac.new(self.key, f"{delivery}.{now}.{body}".encode(), hashlib.sha256).digest()
        request = urllib.request.Request(f"{self.address}/hooks/generic", body.encode(), {
            "content-type": "application/json", "webhook-id": delivery, "webhook-timestamp": str(now),
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}"})
        while True:
            try:
                return urllib.request.urlopen(request, timeout=60).read()
            except urllib.error.HTTPError as refused:
                if refused.code not in (429, 503):
                    raise
                time.sleep(int(refused.headers.get("retry-after", "1")))

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


def run(binary, *arguments):
    """What a command says, as JSON, and how long it took."""
    begun = time.monotonic()
    answer = subprocess.run([binary, *arguments, "--json"], capture_output=True, check=False)
    return json.loads(answer.stdout or "null"), time.monotonic() - begun


def open_cases(binary, directory):
    return len(run(binary, "cases", "--limit", "1000000", "--dir", str(directory))[0] or [])


def send(up, numbers, days):
    """Sends hires on eight connections at once."""
    numbers = iter(numbers)
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            up.hire(number, days)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def cut_off(up, flaky):
    """Has somebody leave at once, and tells who, and how many seconds their account in the system stood."""
    with flaky.lock:
        user = next(user for user in flaky.users.values() if int(user["externalId"][1:]) % DESKS)
    begun = time.time()
    up.cut_off(int(user["externalId"][1:]))
    while str(flaky.users[user["id"]].get("active")) != "False" and time.time() < begun + 10 * AT_ONCE:
        time.sleep(0.1)
    return user["externalId"], time.time() - begun


def starts(binary, directory, what, count):
    up = Up(binary, directory)
    each = (up.memory() - 15) * 1024 / max(count, 1)
    print(f"start with {what}: {up.started:.2f} s, {up.started * 1000 / max(count, 1):.3f} ms a case; {up.memory():.0f} MB, "
          f"about {each:.1f} KB a case")
    up.stop()


def soak(binary, directory, count, minutes):
    begun = time.time()
    flaky = Flaky((begun + 60, begun + 60 + 60 * minutes))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(flaky))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    mail = Mail(flaky.down)
    post = socketserver.ThreadingTCPServer(("127.0.0.1", 0), smtp(mail))
    post.daemon_threads = True
    threading.Thread(target=post.serve_forever, daemon=True).start()
    (directory / "runbook").mkdir()
    (directory / "runbook" / "runbook.yaml").write_text(RUNBOOK.replace("ADDRESS", address), encoding="utf-8")
    data = directory / "data"
    data.mkdir(mode=0o700)
    up = Up(binary, data, "--runbook", str(directory / "runbook"))
    up.stop()
    secrets = json.loads((data / "secrets.json").read_text(encoding="utf-8"))
    secrets["systems/app"] = {"token": "soak", "hosts": ["127.0.0.1"]}
    (data / "secrets.json").write_text(json.dumps(secrets), encoding="utf-8")
    up = Up(binary, data, "--smtp", f"smtp://127.0.0.1:{post.server_address[1]}")
    send(up, range(count), 0)
    print(f"{count} hires taken in within {time.time() - begun:.0f} s; {up.memory():.0f} MB")
    limit, most = max(flaky.down[1], time.time()) + WITHIN, 0
    desks = {f"S{number}" for number in range(0, count, DESKS)}
    gone, took = None, None
    while (left := open_cases(binary, data) - len(desks)) + len(desks - set(mail.asked())) > 0 and time.time() < limit:
        most = max(most, up.memory())
        print(f"  {time.time() - begun:6.0f} s: {left} open, {len(flaky.users)} accounts, {flaky.turned_away} turned away, "
              f"{flaky.hung_up} hung up, {flaky.failed} failed, {len(mail.asked())} asked, {mail.refused} letters refused, "
              f"{up.memory():.0f} MB", flush=True)
        if took is None and time.time() > flaky.down[1] + 15:
            gone, took = cut_off(up, flaky)
            print(f"an urgent exit of {gone}, behind {left} others: no access after {took:.1f} s", flush=True)
        time.sleep(60)
    after = time.time() - max(flaky.down[1], begun)
    asked = mail.asked()
    odd = [(person, often) for person, often in asked.items() if (len(often) > 1 or person not in desks) and person != gone]
    print(f"{count - left} of {count} done {after:.0f} s after the system was well; {len(flaky.users)} accounts; at most {flaky.most} calls "
          f"at once, {flaky.turned_away} turned away; {len(asked)} of {len(desks)} asked by {mail.taken} letters, {len(odd)} of them twice or "
          f"needlessly {odd[:5]}; {up.memory('VmHWM'):.0f} MB at most")
    up.stop()
    starts(binary, data, f"{count} closed cases", count)
    up = Up(binary, data)
    send(up, range(count, 2 * count), 60)
    up.stop()
    for _ in range(2):
        starts(binary, data, f"{count} open cases", count)
    first = run(binary, "cases", "--limit", "1", "--dir", str(data))[0]
    if first:
        took = run(binary, "case", first[0]["id"], "--dir", str(data))[1]
        print(f"`latchkey case` takes {took:.2f} s")
    return not left and not flaky.turned_away and not odd and set(asked) - {gone} == desks and took is not None and took < AT_ONCE and len(flaky.users) == count


def main():
    binary = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    minutes = float(sys.argv[3]) if len(sys.argv) > 3 else 10
    with tempfile.TemporaryDirectory() as name:
        good = soak(binary, pathlib.Path(name), count, minutes)
    sys.exit(0 if good else "it did not come out as it should")


main()
