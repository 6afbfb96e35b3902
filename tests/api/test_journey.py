"""By API alone: a hazard from found to closed, look-alikes, files, an import carried to its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests import factories as f
from tests.api.conftest import Caller
from xiangling.kernel import clock, jobs, ledger, registry
from xiangling.kernel.models import ProofFile
from xiangling.kernel.scope import unscoped

Calling = Callable[[str], Caller]


def test_a_hazard_from_found_to_closed(world: f.World, calling: Calling) -> None:
    inspector, owner = calling("inspector"), calling("owner")
    body = {"object": str(world.firm.uid), "text": "除尘器卸灰口敞开", "source": "inspection"}
    record = inspector.post("hazards", body).json()

    def take(caller: Caller, step: str, **answers: Any) -> dict[str, Any]:
        nonlocal record
        offer = next(o for o in caller.get(record["url"]).json()["steps"] if o["name"] == step)
        missing = {a["name"] for a in offer["fields"] if a["required"]} - answers.keys()
        assert not missing
        answer = caller.post(offer["url"], {**answers, "version": record["version"]})
        assert answer.status_code == 200, answer.json()
        record = answer.json()
        return record

    take(inspector, "grade", grade="general")
    take(inspector, "order", unit=record["unit"]["id"], **f.order_data())
    take(owner, "start")
    with clock.at(f.NOW + timedelta(hours=2)):
        sent = owner.send("files", f.upload(7, taken=clock.now()))
        assert sent.status_code == 201
        assert sent.json()["place"]
        proofs = [{"file": sent.json()["uid"], "role": "after"}]
        take(owner, "submit", done="已加装锁气卸灰阀", proofs=proofs)
        take(inspector, "accept", opinion="现场核实，符合要求")
        take(inspector, "close")
    assert record["state"] == "closed"
    assert record["turn"] is None
    with unscoped("test"):
        case = registry.kind("hazard").model._base_manager.get(uid=record["uid"])
    assert ledger.verify_case(case) is None
    assert record["head"] == case.head


def test_somebody_elses_file_is_no_proof(world: f.World, calling: Calling) -> None:
    hazard = f.to_state(world, "fixing")
    later = f.NOW + timedelta(hours=3)
    with clock.at(later):
        sent = calling("inspector").send("files", f.upload(9, taken=later)).json()
        answer = calling("owner").post(
            f"hazards/{hazard.uid}/submit",
            {"done": "已处理", "proofs": [{"file": sent["uid"], "role": "after"}]},
        )
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_file")


def test_proof_taken_elsewhere_is_refused_as_on_the_page(world: f.World, calling: Calling) -> None:
    hazard = f.to_state(world, "fixing")
    later, owner = f.NOW + timedelta(hours=3), calling("owner")
    with clock.at(later):
        sent = owner.send("files", f.upload(11, taken=later, place=(25.5, 119.1))).json()
        proofs = [{"file": sent["uid"], "role": "after"}]
        answer = owner.post(f"hazards/{hazard.uid}/submit", {"done": "已处理", "proofs": proofs})
    assert answer.status_code == 422
    assert answer.json()["code"] == "photo_elsewhere"
    assert answer.json()["todo"]


def test_look_alikes_are_suggested_and_never_merged(world: f.World, calling: Calling) -> None:
    text = "冲压车间3号冲床双手按钮被短接"
    first = f.report(world, text=text)
    body = {"object": str(world.firm.uid), "text": f"{text}，可单手启动"}
    opened = calling("owner").post("hazards", {**body, "source": "enterprise"})
    assert opened.status_code == 201
    assert [row["code"] for row in opened.json()["suggestions"]] == [first.code]
    assert registry.kind("hazard").model._base_manager.count() == 2


def test_posts_that_prove_nothing_send_no_files(world: f.World, calling: Calling) -> None:
    assert calling("auditor").send("files", f.upload(3)).status_code == 403
    assert not ProofFile.objects.exists()


def test_an_import_is_a_job_of_whoever_sent_it(world: f.World, calling: Calling) -> None:
    inspector = calling("inspector")
    importer = registry.shelf("importers")["objects"]
    header = ",".join(str(column.label) for column in importer.columns)
    row = ",".join("x" for _column in importer.columns)
    sheet = SimpleUploadedFile("企业.csv", f"{header}\n{row}\n".encode())
    started = inspector.send("imports/objects", sheet)
    assert started.status_code == 202, started.json()
    path = f"jobs/{started.json()['uid']}"
    assert inspector.get(path).json()["state"] == "queued"
    assert calling("inspector2").get(path).status_code == 404
    jobs.work(once=True)
    done = inspector.get(path).json()
    assert (done["state"], done["counts"]["refused"]) == ("done", 1)
    refused = inspector.get(f"{path}/refused").json()["items"]
    assert refused[0]["reason"]
    assert calling("inspector2").get(f"{path}/refused").status_code == 404
