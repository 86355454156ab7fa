"""The page of the audit log: what there is for whom."""

import re

import pytest

from .conftest import MARK, A, Shared

pytestmark = pytest.mark.real


def listed(text: str) -> list[str]:
    """Return what each entry of a page says."""
    bare = (re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<li>(.*?)</li>", text, re.DOTALL))
    return [" ".join(one.split()) for one in bare]


def commanded(shared: Shared, number: int, token: str) -> None:
    body = {"note": f"{MARK} was here"} if number != shared.own else {"note": "heron was here"}
    done = shared.ask("POST", f"/api/v1/incidents/{number}/note", token, json=body)
    assert done.status_code == 200, done.text


def test_the_newest_comes_first_and_one_page_follows_the_other(shared: Shared) -> None:
    admin = shared.token("reader-of-all", "admin")
    commanded(shared, shared.foreign[0], admin)
    commanded(shared, shared.own, admin)
    page = shared.ask("GET", "/audit?limit=1", admin)
    assert page.status_code == 200
    (newest,) = listed(page.text)
    assert newest.startswith(f"done note #{shared.own} by reader-of-all (admin), ")
    assert "heron was here" in newest
    following = re.search(r'href="(\?cursor=[^"]+)"', page.text)
    assert following
    assert f'href="/incidents/{shared.own}"' in page.text
    entries = listed(shared.ask("GET", f"/audit{following[1]}", admin).text)
    assert entries[0].startswith(f"done note #{shared.foreign[0]} by reader-of-all")
    assert any("by configured" in one for one in entries)


def test_a_limited_administrator_reads_of_the_own_incidents_only(shared: Shared) -> None:
    admin, limited = shared.token("of-all", "admin"), shared.token("of-a", "admin", clients=[A])
    commanded(shared, shared.foreign[0], admin)
    commanded(shared, shared.own, admin)
    page = shared.ask("GET", "/audit", limited)
    assert page.status_code == 200
    assert any(f"#{shared.own} by of-all" in one for one in listed(page.text))
    assert MARK not in page.text
    assert f"/incidents/{shared.foreign[0]}" not in page.text


@pytest.mark.parametrize("role", ["viewer", "responder"])
def test_nobody_else_reads_it(shared: Shared, role: str) -> None:
    token = shared.token(f"a-{role}", role)
    page = shared.ask("GET", "/audit", token)
    assert page.status_code == 403
    assert "the audit log is there for administrators" in page.text
    assert listed(page.text) == []
    assert "/audit" not in shared.ask("GET", "/account", token).text


def test_a_page_that_is_none_is_told(shared: Shared) -> None:
    page = shared.ask("GET", "/audit?cursor=nothing")
    assert page.status_code == 404
    assert "That cannot be shown" in page.text
    assert 'href="/audit"' in shared.ask("GET", "/account").text


def test_a_list_is_told_in_words(shared: Shared) -> None:
    body = {"kind": "initial", "audiences": ["heron-tenants", "nobody"], "by": "heron"}
    shared.ask("POST", f"/api/v1/incidents/{shared.own}/announcements", json=body)
    assert "audiences: heron-tenants, nobody" in listed(shared.ask("GET", "/audit?limit=1").text)[0]
