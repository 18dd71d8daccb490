"""A system of your own for Latchkey: copy this, and put your system's calls where SQLite stands here.

Latchkey says one of four verbs; the answer is JSON. Every verb may come twice: the second time changes nothing more. Several
grants for one person may come at the same moment: none may undo another.
What is said and answered stands in docs/SYSTEMS.md, section "lambda".
"""

import json
import os
import sqlite3

PAGE = int(os.environ.get("PAGE", "100"))


def handler(event, context):
    try:
        where = os.environ.get("ACCOUNTS", "/tmp/accounts.db")
        with sqlite3.connect(where, timeout=10, isolation_level=None) as accounts:
            # One at a time: what is read below is still so when it is written.
            accounts.execute("begin immediate")
            accounts.execute("create table if not exists account (handle integer primary key, json text)")
            return VERBS[event["verb"]](accounts, event)
    except Fault as fault:
        return {"fault": fault.args[0]}


class Fault(Exception):
    """What went wrong: Busy, Unreachable, Rejected, Unauthorized, Conflict, Taken or NotYet, and why."""


def everybody(accounts):
    for handle, text in accounts.execute("select handle, json from account order by handle"):
        yield {"handle": str(handle), **json.loads(text)}


def read(accounts, event):
    """The person's account: by employee id first, then by account name."""
    who = event["who"]
    by_id = [a for a in everybody(accounts) if a["employeeId"] == who["employeeId"]]
    if len(by_id) > 1:
        # An exit cuts each of them off; everything else waits until somebody has sorted it out.
        raise Fault({"name": "Conflict", "problem": f"{len(by_id)} accounts have the employee id {who['employeeId']}", "accounts": by_id})
    by_name = [a for a in everybody(accounts) if a["name"] == who["name"]]
    # The account that was theirs when Latchkey last saw it, whatever it is called by now.
    by_handle = [a for a in everybody(accounts) if a["handle"] == who.get("handle")]
    return {"account": next(iter(by_id + by_name + by_handle), None)}


def list_page(accounts, event):
    """A page of all accounts. `next` is whatever you need to go on; nothing on the last page."""
    after = int(event["page"] or 0)
    rows = [a for a in everybody(accounts) if int(a["handle"]) > after][: PAGE + 1]
    page, more = rows[:PAGE], len(rows) > PAGE
    return {"accounts": page, "next": page[-1]["handle"] if more else None}


def apply(accounts, event):
    """One change. The answer is the account as it is now."""
    change, kind = event["change"], event["change"]["change"]
    if kind == "create":
        wanted = change["account"]
        # Made before, by a call whose answer was lost.
        made = [a for a in everybody(accounts) if a["name"] == wanted["name"]]
        if made and made[0]["employeeId"] != wanted["employeeId"]:
            raise Fault({"name": "Conflict", "problem": f"there is an account {wanted['name']} already"})
        if made:
            return {"account": made[0]}
        made = accounts.execute("insert into account (json) values (?)", [json.dumps(wanted)])
        return {"account": {"handle": str(made.lastrowid), **wanted}}
    handle = event["account"]["handle"]
    account = next((a for a in everybody(accounts) if a["handle"] == handle), None)
    if kind == "delete":
        accounts.execute("delete from account where handle = ?", [handle])
        return {"account": None}
    if account is None:
        raise Fault({"name": "Rejected", "problem": "there is no such account any more"})
    if kind == "suspend":
        account["active"] = False  # and end whatever sessions are open
    elif kind == "restore":
        account["active"] = True
    elif kind == "adopt":
        account["employeeId"] = change["employeeId"]
    elif kind == "rename":
        account["name"] = change["name"]
    elif kind == "setAttribute" and change["value"] is None:
        account["attributes"].pop(change["name"], None)
    elif kind == "setAttribute":
        account["attributes"][change["name"]] = change["value"]
    elif kind == "grant":
        account["entitlements"] = sorted({*account["entitlements"], change["entitlement"]})
    elif kind == "revoke":
        account["entitlements"] = [e for e in account["entitlements"] if e != change["entitlement"]]
    kept = {key: value for key, value in account.items() if key != "handle"}
    accounts.execute("update account set json = ? where handle = ?", [json.dumps(kept), handle])
    return {"account": account}


def probe(accounts, event):
    """What Latchkey has to be able to do there, tried without changing anything."""
    accounts.execute("select count(*) from account").fetchone()
    return {"probes": [{"what": "read accounts", "can": True}]}


VERBS = {"read": read, "list": list_page, "apply": apply, "probe": probe}
