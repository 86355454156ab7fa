"""Runbooks of the real process: the site where one was made, Markdown where not."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from sothat.incidents.runbooks import render
from sothat.incidents.site import Site

from .conftest import CONFIG, Running

PAGE = "<!doctype html><title>Made</title><script src='assets/a.0123abcd.min.js'></script>"


@pytest.fixture
def site(data: Path) -> Path:
    folder = data / "site"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>All</title>")
    (folder / "DeviceOffline.html").write_text(PAGE)
    (folder / "assets" / "a.0123abcd.min.js").write_text("1")
    (folder / "search.json").write_text("{}")
    (folder / "sothat-site.yaml").write_text("unseen: type")
    (folder / ".hidden.html").write_text("unseen")
    (data / "incidents.yaml").write_text(CONFIG + "site: site\n")
    return folder


@pytest.fixture
def shelf(site: Path, data: Path) -> Iterator[Running]:
    running = Running(data)
    running.start()
    yield running
    assert running.stop() == 0


def test_the_site_answers_where_runbook_url_leads(shelf: Running) -> None:
    for path in ("/runbooks/DeviceOffline", "/runbooks/DeviceOffline.html"):
        answer = shelf.get(path)
        assert answer.status_code == 200
        assert answer.text == PAGE
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "All" in shelf.get("/runbooks/").text
    assert shelf.get("/runbooks/search.json").json() == {}


def test_a_policy_lets_the_site_s_own_scripts_run_and_no_others(shelf: Running) -> None:
    for path in ("/runbooks/DeviceOffline", "/runbooks/assets/a.0123abcd.min.js"):
        headers = shelf.get(path).headers
        rules = dict(
            part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
        )
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == rules["worker-src"] == rules["connect-src"] == "'self'"
        assert rules["frame-ancestors"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
    own = shelf.get("/").headers["Content-Security-Policy"]
    assert "script-src 'sha256-" in own
    assert "script-src 'self'" not in own


def test_pages_are_asked_for_anew_and_hashed_files_are_kept(shelf: Running, site: Path) -> None:
    page = shelf.get("/runbooks/DeviceOffline")
    assert page.headers["Cache-Control"] == "private, no-cache"
    known = {"If-None-Match": f'"other", W/{page.headers["ETag"]}'}
    same = shelf.get("/runbooks/DeviceOffline", headers=known)
    assert (same.status_code, same.content) == (304, b"")
    (site / "DeviceOffline.html").write_text(PAGE + "new")
    assert shelf.get("/runbooks/DeviceOffline", headers=known).status_code == 200
    script = shelf.get("/runbooks/assets/a.0123abcd.min.js")
    assert script.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_what_the_site_lacks_comes_from_markdown(shelf: Running, data: Path) -> None:
    (data / "compiled/runbooks/Newer.md").write_text("# Newer\n\nSee [it](DeviceOffline.md#a).\n")
    page = shelf.get("/runbooks/Newer").text
    assert 'href="/runbooks/DeviceOffline#a"' in page
    assert shelf.get("/runbooks/None").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "../incidents.yaml",
        "..%2F..%2Fsecrets%2Fwebhook-token",
        "%2e%2e/secrets/webhook-token",
        "assets/../../secrets/webhook-token",
        "assets//a.0123abcd.min.js",
        "/etc/passwd",
        ".hidden.html",
        ".hidden",
        "sothat-site.yaml",
        "assets",
        "assets/",
        "link.html",
        "folder/secret.html",
        "x%00.html",
        "a/a/a/a/a/a/a/a/a.html",
    ],
)
def test_no_path_leads_out(shelf: Running, site: Path, name: str) -> None:
    outside = site.parent / "outside"
    outside.mkdir()
    (outside / "secret.html").write_text("a-token")
    (site / "link.html").symlink_to(outside / "secret.html")
    (site / "folder").symlink_to(outside)
    # Through a connection of its own: a client would tidy the path up.
    connection = http.client.HTTPConnection(shelf.url.removeprefix("http://"), timeout=10)
    connection.request("GET", f"/runbooks/{name}")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 404
    assert b"a-token" not in body
    assert b"unseen" not in body


def test_a_site_that_is_not_there_yet_appears(data: Path, site: Path) -> None:
    shown = Site(site)
    found = shown.find("")
    assert found is not None
    site.rename(data / "aside")
    assert shown.find("") is None
    (data / "aside").rename(site)
    assert shown.find("DeviceOffline") is not None
    assert Site(None).find("") is None


def test_links_between_pages_lead_to_pages() -> None:
    html = render("[a](One.md) [b](one-two.md#x) [c](https://e.org/x.md) [d](../x.md) [e](#x)")
    assert 'href="/runbooks/One"' in html
    assert 'href="/runbooks/one-two#x"' in html
    for kept in ("https://e.org/x.md", "../x.md", "#x"):
        assert f'href="{kept}"' in html
