"""Commands name the addresses of the environment that the pages are for."""

from collections.abc import Callable
from dataclasses import replace

from sothat.generator.compile import Inputs
from sothat.generator.runbooks.addresses import localised
from sothat.generator.values import load_values

Build = Callable[[Inputs], dict[str, str]]


def test_default_addresses_become_those_of_the_environment() -> None:
    change = localised(load_values(None, ["urls.prometheus=https://prom.example.org/p/"]))
    assert change("curl http://127.0.0.1:9090/-/ready") == "curl https://prom.example.org/p/-/ready"
    assert change("http://127.0.0.1:90901 http://127.0.0.1:9093") == (
        "http://127.0.0.1:90901 http://127.0.0.1:9093"
    )


def test_addresses_that_change_places_are_not_changed_twice() -> None:
    swap = ["urls.prometheus=http://127.0.0.1:9093", "urls.alertmanager=http://127.0.0.1:9090"]
    change = localised(load_values(None, swap))
    assert change("a http://127.0.0.1:9090 b http://127.0.0.1:9093") == (
        "a http://127.0.0.1:9093 b http://127.0.0.1:9090"
    )


def test_without_changes_a_text_stays_as_it_is() -> None:
    assert localised(load_values(None))("http://127.0.0.1:9090") == "http://127.0.0.1:9090"


def test_steps_and_notes_of_a_page_are_changed(
    small: Inputs, bend: Callable[..., Inputs], built: Build
) -> None:
    inputs = bend("pumpctl restart PUMP", "curl http://127.0.0.1:9090/-/ready")
    notes = small.catalogue.resolve().parent / "runbooks" / "PlantPumpStopped.md"
    notes.write_text("At http://127.0.0.1:9781 it is.\n")
    values = ["urls.prometheus=http://p:1", "urls.incidents=http://i:2"]
    texts = built(replace(inputs, values=load_values(None, values)))
    page = texts["runbooks/PlantPumpStopped.md"]
    assert "curl http://p:1/-/ready" in page
    assert "At http://i:2 it is." in page
    assert "127.0.0.1:9090" not in page
