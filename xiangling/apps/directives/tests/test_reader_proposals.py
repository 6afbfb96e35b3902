"""A model may propose; what is not in the text is refused. Asked over HTTP at a server of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from xiangling.adapters import llm
from xiangling.apps.directives.reader import read
from xiangling.apps.directives.reader.proposals import Proposals, propose

TEXT = "关于燃气的备忘\n2026年3月2日\n\n市住建局那边气瓶的事，月底前得有个说法。\n老旧管道换管这件事，归市燃气公司。\n"


class Fake:
    """A chat server that says what it is told to say and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = []
        self.status = 200
        self.asked: list[dict[str, Any]] = []
        self.headers: list[str] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                fake.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                fake.headers.append(self.headers.get("Authorization", ""))
                content = (
                    fake.answer
                    if isinstance(fake.answer, str)
                    else json.dumps(fake.answer, ensure_ascii=False)
                )
                body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
                self.send_response(fake.status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def propose(self, *answer: dict[str, Any]) -> Proposals:
        self.answer = list(answer)
        model = llm.Model(self.url, "own", "key")
        return propose(read(TEXT), lambda system, question: llm.ask(model, system, question))


@pytest.fixture
def fake() -> Iterator[Fake]:
    server = Fake()
    yield server
    server.server.shutdown()
    server.server.server_close()


def proposal(**changes: Any) -> dict[str, Any]:
    whole = {
        "paragraph": 5,
        "quote": "老旧管道换管这件事，归市燃气公司。",
        "owners": ["市燃气公司"],
        "deadline": "",
        "date": "",
    }
    return whole | changes


def test_what_stands_in_the_text_is_taken(fake: Fake) -> None:
    (taken,) = fake.propose(proposal()).directives
    assert (taken.paragraph, taken.offset, [owner.name for owner in taken.owners]) == (
        5,
        0,
        ["市燃气公司"],
    )
    assert taken.owners[0].is_explicit
    assert "5: 老旧管道换管" in fake.asked[0]["messages"][1]["content"]
    assert fake.asked[0]["temperature"] == 0
    assert fake.headers == ["Bearer key"]


def test_a_date_is_reckoned_from_the_words(fake: Fake) -> None:
    (taken,) = fake.propose(proposal(deadline="月底前", date="2026-03-31")).directives
    assert taken.deadline is not None
    assert (taken.deadline.paragraph, str(taken.deadline.iso)) == (4, "2026-03-31")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quote": "老旧管道月底前全部换完。"}, "quote"),
        ({"owners": ["市城管局"]}, "owner"),
        ({"date": "2026-03-31"}, "date"),
        ({"deadline": "四月底前", "date": "2026-04-30"}, "date"),
        ({"deadline": "月底前", "date": "2026-04-30"}, "date"),
        ({"paragraph": 99}, "place"),
        ({"paragraph": "5"}, "form"),
        ({"quote": ""}, "form"),
    ],
)
def test_what_does_not_stand_in_the_text_is_refused(
    fake: Fake, changes: dict[str, Any], code: str
) -> None:
    found = fake.propose(proposal(**changes))
    assert found.directives == ()
    assert [refusal.code for refusal in found.refusals] == [code]


def test_an_answer_of_another_form_is_refused(fake: Fake) -> None:
    fake.answer = "我认为没有任务。"
    found = propose(
        read(TEXT), lambda system, question: llm.ask(llm.Model(fake.url, "own"), system, question)
    )
    assert [refusal.code for refusal in found.refusals] == ["form"]
    assert fake.headers == [""]


@pytest.mark.parametrize("status", [302, 500])
def test_a_model_that_fails_says_so(fake: Fake, status: int) -> None:
    fake.status = status
    with pytest.raises(llm.ModelFailed, match=str(status)):
        llm.ask(llm.Model(fake.url, "own"), "", "")
    with pytest.raises(llm.ModelFailed, match="http"):
        llm.ask(llm.Model("file:///etc/passwd", "own"), "", "")


def test_nobody_answers() -> None:
    with pytest.raises(llm.ModelFailed, match="reached"):
        llm.ask(llm.Model("http://127.0.0.1:9/v1", "own", timeout=2), "", "")
