"""`xiangling upward`: what an operator does about reporting between nodes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from django.conf import settings

from xiangling.adapters.upward import actions, post, queries, sending
from xiangling.adapters.upward.models import Node, Sending
from xiangling.kernel import clock, crypto, jobs, ledger
from xiangling.kernel.actor import system
from xiangling.kernel.models import Job

from .command import Stop


def run(argv: list[str]) -> int:
    """Report this node's ledger to the node above, and keep the list of the nodes below."""
    parser = argparse.ArgumentParser(prog="xiangling upward", description=run.__doc__)
    words = parser.add_subparsers(dest="what", required=True)
    words.add_parser("key", help="make this node's key, or show its public half")
    words.add_parser("send", help="send what waits, now")
    words.add_parser("state", help="how sending goes, and how the nodes below stand")
    words.add_parser("verify", help="prove everything taken from the nodes below")
    added = words.add_parser("add", help="register a node below")
    added.add_argument("code", help="its code, for example 3502")
    added.add_argument("name")
    added.add_argument("key", help="its public key, or a file that holds it")
    added.add_argument("--region", default="", help="what it may report on (its code by default)")
    added.add_argument(
        "--every", type=int, default=24, metavar="HOURS", help="how often it reports"
    )
    ended = words.add_parser("end", help="take nothing more from a node")
    ended.add_argument("code")
    ended.add_argument("--reason", required=True)
    options = parser.parse_args(argv)
    work = {"key": key, "send": send, "state": state, "verify": verify, "add": add, "end": end}
    try:
        return work[options.what](options)
    except (sending.NotSet, post.BadAddress, actions.CannotRegister, crypto.BadKey) as reason:
        raise Stop(str(reason)) from reason


def key(options: argparse.Namespace) -> int:
    """Make the key once, readable by its owner only; print the public half for the upper node."""
    path = sending.key_path()
    if not settings.NODE_KEY and not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(crypto.new_signing_key())
        print(f"made {path}; keep a copy apart from the backups", file=sys.stderr)
    print(crypto.public_key(settings.NODE_KEY or path.read_text()))
    return 0


def send(options: argparse.Namespace) -> int:
    """Send what waits, in this process; exit code 1 where the upper node does not take it."""
    sending.own()
    Sending.objects.update(next_at=None)
    sending.follow(clock.now())
    jobs.heed_signals()
    run_ = jobs.claim(jobs.worker_name(), clock.now(), sending.JOB)
    if run_ is None:
        raise Stop("a worker is sending just now")
    jobs.carry(run_)
    state(options)
    said = Sending.objects.filter(pk=1).first()
    return 1 if said is None or said.code or Job.objects.get(uid=sending.JOB).state != "done" else 0


def state(options: argparse.Namespace) -> int:
    """How sending goes, and how the nodes below stand."""
    told = queries.sending_state()
    if told:
        said, last = told["state"], told["last"]
        print(f"sending to {settings.UPPER_URL} as {settings.NODE}")
        print(
            f"  last batch taken: {last.number if last else 'none'}; {told['n_waiting']} entries wait"
        )
        if said:
            print(f"  last try {said.tried_at:%F %T}Z: {said.code or 'ok'} {said.detail}".rstrip())
    for node in Node.objects.order_by("code"):
        last_at = f"{node.last_at:%F %T}Z" if node.last_at else "never"
        print(
            f"{node.code}  {node.name}  {queries.standing(node)}  batch {node.last_number}  "
            f"{node.n_entries} entries  last report {last_at}"
        )
    return 0


def verify(options: argparse.Namespace) -> int:
    """Prove all batches and chains of the nodes below; exit code 1 on a break."""
    broken = 0
    for line in queries.prove():
        broken += 1
        print(f"BROKEN {line}", file=sys.stderr)
    n_entries = sum(Node.objects.values_list("n_entries", flat=True))
    print(f"{n_entries} entries from {Node.objects.count()} nodes, {broken} breaks")
    return 1 if broken else 0


def add(options: argparse.Namespace) -> int:
    """Register a node below by its public key."""
    given = Path(options.key)
    public = given.read_text().strip() if given.is_file() else options.key
    node = actions.add_node(
        options.code,
        options.name,
        region=options.region or options.code,
        key=public,
        every_hours=options.every,
    )
    _keep(f"registered {node}, region {node.region}")
    print(f"{node} reports on {node.region}, every {node.every_hours} hours")
    return 0


def end(options: argparse.Namespace) -> int:
    """Take nothing more from a node."""
    node = Node.objects.filter(code=options.code, ended_at__isnull=True).first()
    if node is None:
        raise Stop(f"no node {options.code} reports here")
    actions.end_node(node, options.reason)
    _keep(f"ended {node}: {options.reason}")
    print(f"{node} is ended")
    return 0


def _keep(detail: str) -> None:
    """Write down what the operator did."""
    ledger.record_access(system("operator", "command"), "node", kind="node", detail=detail)
