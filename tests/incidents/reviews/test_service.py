"""Reviews in the running service, on both databases: begun, written, published, followed up."""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sothat.incidents.client import Client
from sothat.live.happened import happened

from ..conftest import Running, alert, message  # noqa: TID252 – tests of one tree
from ..databases import database  # noqa: TID252, F401 – all tests of this module run on both

DAY = 86_400_000


def ask(service: Running, method: str, path: str, **body: Any) -> requests.Response:
    url = f"{service.url}/api/v1{path}"
    return requests.request(method, url, json=body or None, timeout=20)


def begun(service: Running) -> dict[str, Any]:
    service.post(message(alert()))
    assert service.command(1, "acknowledge", by="duty").ok
    assert service.command(1, "note", by="duty", note="Lesson: noted at night").ok
    answer = ask(service, "POST", "/incidents/1/review", by="writer")
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def written(review: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = review["content"]
    return {
        **content,
        "summary": "The gateway lost its power.",
        "impact": "Cold rooms.",
        "root_cause": "One supply fed both units; duty forgot it.",
        "cause": "power",
        "lessons": ["A second supply"],
        "fault_tree": {
            "nodes": [
                {"id": "top", "text": "silence", "gate": "or", "inputs": ["a", "b"]},
                {"id": "a", "text": "no power", "happened": True},
                {"id": "b", "text": "no link"},
            ]
        },
    }


def test_a_review_from_its_beginning_to_the_monthly_report(service: Running) -> None:
    review = begun(service)
    assert review["state"] == "draft"
    assert review["content"]["lessons"] == ["noted at night"]
    assert [line["text"].partition(":")[0] for line in review["content"]["timeline"]] == [
        "opened",
        "acknowledged",
        "note",
    ]
    content = written(review)
    saved = ask(service, "PUT", "/incidents/1/review", by="writer", content=content, version=1)
    assert saved.status_code == 200, saved.text
    data = saved.json()
    assert (data["version"], data["explained"], data["cut_sets"]) == (2, True, [["a"], ["b"]])
    assert {one["words"] for one in data["wording"]} == {"duty", "forgot"}
    stale = ask(service, "PUT", "/incidents/1/review", by="other", content=content, version=1)
    assert (stale.status_code, "writer has changed" in stale.text) == (409, True)

    state = "/incidents/1/review/state"
    assert ask(service, "POST", state, by="writer", to="in-review").status_code == 200
    early = ask(service, "POST", state, by="second", to="published")
    assert (early.status_code, "is not over" in early.text) == (409, True)
    assert service.incident(1)["lessons"] == []
    service.command(1, "resolve", by="duty")
    published = ask(service, "POST", state, by="second", to="published").json()
    assert (published["state"], published["revision"]) == ("published", 1)
    assert service.incident(1)["lessons"] == ["A second supply"]

    now = int(datetime.now(UTC).timestamp() * 1000)
    (told,) = happened(Client(service.url), now - DAY, now + DAY)
    assert told.lesson == "A second supply"
    kinds = [e["text"] for e in service.incident(1)["timeline"] if e["kind"] == "review"]
    assert kinds == [
        "review begun",
        "review ready for others to look at",
        "review published",
    ]
    audit = ask(service, "GET", "/audit").json()["entries"]
    assert {"beginReview", "writeReview", "moveReview"} <= {one["action"] for one in audit}
    (listed,) = ask(service, "GET", "/reviews?state=published&cause=power").json()["reviews"]
    assert (listed["incident"], listed["lessons"]) == (1, ["A second supply"])
    assert ask(service, "GET", "/reviews?state=draft").json()["reviews"] == []
    assert service.metrics()['incidents_reviews{state="published"}'] == 1


def test_a_repeat_with_its_key_is_done_once(service: Running) -> None:
    service.post(message(alert()))
    url = f"{service.url}/api/v1/incidents/1/follow-ups"
    body = {"by": "x", "text": "Fit a supply", "owner": "Electrician", "due": "2026-02-01"}
    headers = {"Idempotency-Key": "once"}
    answers = [requests.post(url, json=body, headers=headers, timeout=20) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert len(answers[1].json()["follow_ups"]) == 1


def test_follow_ups_are_tracked_counted_and_reminded_of(service: Running) -> None:
    service.post(message(alert()))
    path = "/incidents/1/follow-ups"
    late = {"by": "x", "text": "Fit a supply", "owner": "Electrician", "due": "2026-02-01"}
    ahead = datetime.now(UTC).date() + timedelta(days=30)
    assert ask(service, "POST", path, **late).status_code == 201
    more = {"text": "Test it", "due": ahead.isoformat(), "team": "platform"}
    assert ask(service, "POST", path, **{**late, **more}).status_code == 201
    unknown = ask(service, "POST", path, **{**late, "team": "nobody"})
    assert (unknown.status_code, "no team 'nobody'" in unknown.text) == (409, True)
    (overdue,) = ask(service, "GET", "/follow-ups?overdue=true").json()["follow_ups"]
    assert (overdue["text"], overdue["team"]) == ("Fit a supply", "building-operations")
    gauges = service.metrics()
    assert gauges['incidents_follow_ups_open{team="platform"}'] == 1
    assert gauges['incidents_follow_ups_overdue{team="building-operations"}'] == 1
    assert gauges['incidents_follow_ups_overdue{team="platform"}'] == 0
    done = ask(service, "PATCH", "/follow-ups/1", by="x", state="done", note="fitted")
    assert (done.json()["state"], done.json()["ended_by"]) == ("done", "x")
    again = ask(service, "PATCH", "/follow-ups/1", by="x", state="done")
    assert again.status_code == 409
    moved = ask(service, "PATCH", "/follow-ups/2", by="x", owner="Somebody else")
    assert moved.json()["owner"] == "Somebody else"
    assert [
        one["id"] for one in ask(service, "GET", "/follow-ups?state=open").json()["follow_ups"]
    ] == [2]
    assert ask(service, "PATCH", "/follow-ups/9", by="x", state="done").status_code == 404


def test_lists_go_on_where_they_ended(service: Running) -> None:
    service.post(message(*(alert(f"Rule{n}") for n in range(3))))
    numbers = sorted(one["id"] for one in service.incidents())
    for number in numbers:
        assert ask(service, "POST", f"/incidents/{number}/review", by="x").status_code == 201
        body = {"by": "x", "text": f"do {number}", "owner": "o", "due": "2026-02-01"}
        assert ask(service, "POST", f"/incidents/{number}/follow-ups", **body).ok
    for path, name, key in (
        ("/reviews", "reviews", "incident"),
        ("/follow-ups", "follow_ups", "incident"),
    ):
        found: list[int] = []
        cursor = ""
        for _ in range(4):
            page = ask(service, "GET", f"{path}?limit=1&cursor={cursor}").json()
            found += [one[key] for one in page[name]]
            cursor = page["next"]
            if not cursor:
                break
        assert sorted(found) == numbers
        assert ask(service, "GET", f"{path}?cursor=nonsense").status_code == 404


def test_what_is_not_there_or_makes_no_sense(service: Running) -> None:
    service.post(message(alert()))
    assert ask(service, "GET", "/incidents/1/review").status_code == 404
    assert ask(service, "GET", "/incidents/9/review").status_code == 404
    assert ask(service, "PUT", "/incidents/1/review", by="x", content={}).status_code == 404
    begun_ = ask(service, "POST", "/incidents/1/review", by="x")
    assert begun_.status_code == 201
    twice = ask(service, "POST", "/incidents/1/review", by="x")
    assert (twice.status_code, "has been begun" in twice.text) == (409, True)
    nobody = ask(service, "POST", "/incidents/1/review/state", to="in-review")
    assert (nobody.status_code, "who you are" in nobody.text) == (400, True)
    lacking = ask(service, "POST", "/incidents/1/review/state", by="x", to="in-review")
    assert (lacking.status_code, "lacks a summary" in lacking.text) == (409, True)
    circle = {
        "nodes": [
            {"id": "a", "text": "a", "gate": "or", "inputs": ["b"]},
            {"id": "b", "text": "b", "gate": "or", "inputs": ["a"]},
        ]
    }
    content = {"fault_tree": circle}
    refused = ask(service, "PUT", "/incidents/1/review", by="x", content=content)
    assert (refused.status_code, "follows from itself" in refused.text) == (409, True)
    typo = ask(service, "PUT", "/incidents/1/review", by="x", content={"sumary": "x"})
    assert (typo.status_code, "sumary" in typo.text) == (400, True)


def test_it_goes_out_as_markdown_html_and_pdf(service: Running) -> None:
    review = begun(service)
    ask(service, "PUT", "/incidents/1/review", by="x", content=written(review))
    path = "/api/v1/incidents/1/review/export"
    text = service.get(path)
    assert text.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert "# Review of incident 1" in text.text
    html = service.get(f"{path}?format=html")
    assert "<h1>Review of incident 1" in html.text
    assert html.headers["Content-Disposition"] == 'attachment; filename="review-1.html"'
    assert service.get(f"{path}?format=odt").status_code == 400
    pytest.importorskip("weasyprint")
    pdf = requests.get(f"{service.url}{path}?format=pdf", timeout=120)
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    texts = pdf.content + b"".join(streams(pdf.content))
    for sign in (b"/StructTreeRoot", b"pdfuaid", b"/Lang"):
        assert sign in texts, "tagged for readers that read aloud"


def streams(pdf: bytes) -> Iterator[bytes]:
    """Yield what is packed in a PDF."""
    for part in pdf.split(b"stream\n")[1:]:
        try:
            yield zlib.decompress(part.split(b"\nendstream")[0])
        except zlib.error:
            continue


def test_texts_of_any_kind_survive(service: Running) -> None:
    review = begun(service)
    odd = "\x00 \x07 \u202e <script>alert(1)</script> | ` \\ 😀"
    content = {**written(review), "summary": odd, "lessons": [odd]}
    saved = ask(service, "PUT", "/incidents/1/review", by="x\x00", content=content)
    assert saved.status_code == 200, saved.text
    shown = ask(service, "GET", "/incidents/1/review").json()
    assert shown["content"]["summary"] == odd
    assert "<script>" not in service.get("/incidents/1/review.html").text
    assert "<script>alert" not in service.get("/incidents/1/review").text
