"""Emitters in the order in which they are begun."""

from sothat.generator.emitter import installed_emitters


def test_those_that_take_long_are_begun_first_and_all_others_by_name() -> None:
    names = [emitter.__module__.rpartition(".")[2] for emitter in installed_emitters()]
    assert names[:2] == ["boards", "runbooks"]
    assert names[2:] == sorted(names[2:])
