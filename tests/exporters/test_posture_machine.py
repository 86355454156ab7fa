"""Updates, restarts and patches of a made-up machine, and commands that misbehave."""

import gzip
import os
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sothat.exporters.clock import SystemClock
from sothat.exporters.posture.commands import MOST_BYTES, runner
from sothat.exporters.posture.kernels import sort_key
from sothat.exporters.posture.machine import this_machine
from sothat.exporters.source import PollFailed

from .posture import FixedClock, Programs, figures, machine, samples, soon, write

# Sample output in the form of apt 2.6; packages and versions are made up.
SIMULATED = """NOTE: This is only a simulation!
Inst base [1] (2 Debian:12.15/stable [amd64])
Inst curl [7-1] (7-2 Debian:12.15/stable, Debian-Security:12/stable-security [amd64]) []
Inst lib:i386 [1] (2 Ubuntu:22.04/jammy-security [i386])
Inst lib [1] (2 Ubuntu:22.04/jammy-security [amd64])
Inst esm [1] (2 UbuntuESMApps:22.04/jammy-apps [amd64])
Inst new-dependency (3 Debian:12.15/stable [amd64])
Conf base (2 Debian:12.15/stable [amd64])
Remv old [1]
"""
LISTS = {
    "var/lib/dpkg/status": "",
    "var/lib/apt/lists/x_Packages.lz4": "",
    "var/lib/apt/lists/partial/x": "",
}


def apt(text=SIMULATED, code=0):
    return Programs({("apt-get", "--simulate"): (text, code)})


def test_what_apt_would_upgrade_is_counted_by_where_it_comes_from(tmp_path):
    write(tmp_path, LISTS)
    programs = apt()
    found = figures("updates", machine(tmp_path, programs))
    assert found["updates_pending", "apt"] == 5
    assert found["security_updates_pending", "apt"] == 4
    assert f"Dir={tmp_path}/" in programs.asked[0]
    assert "Debug::NoLocking=true" in programs.asked[0]


def test_nothing_to_upgrade_is_zero(tmp_path):
    write(tmp_path, LISTS)
    found = figures("updates", machine(tmp_path, apt("Reading package lists...\n")))
    assert found["updates_pending", "apt"] == 0
    assert found["security_updates_pending", "apt"] == 0


def test_without_package_lists_nobody_knows(tmp_path):
    write(tmp_path, {"var/lib/dpkg/status": "", "var/lib/apt/lists/lock": ""})
    assert figures("updates", machine(tmp_path, apt())) == {}


def test_a_machine_without_a_package_manager_has_no_figures(tmp_path):
    assert figures("updates", machine(tmp_path)) == {}


def test_the_age_of_lists_is_that_of_the_last_success_where_it_is_known(tmp_path):
    write(tmp_path, LISTS)
    os.utime(tmp_path / "var/lib/apt/lists/partial", (5000, 5000))
    assert (
        figures("updates", machine(tmp_path, apt()))["package_lists_timestamp_seconds", "apt"]
        == 5000
    )
    write(tmp_path, {"var/lib/apt/periodic/update-success-stamp": ""})
    os.utime(tmp_path / "var/lib/apt/periodic/update-success-stamp", (4000, 4000))
    assert (
        figures("updates", machine(tmp_path, apt()))["package_lists_timestamp_seconds", "apt"]
        == 4000
    )


def test_apt_that_fails_is_a_failure_and_no_zero(tmp_path):
    write(tmp_path, LISTS)
    got = []
    with pytest.raises(PollFailed, match="exit code 100"):
        got.extend(samples("updates", machine(tmp_path, apt("", 100))))
    assert [sample.name for sample in got] == ["posture_package_lists_timestamp_seconds"]


DNF = """
kernel.x86_64          5.14.0-427.13.1.el9_4    baseos
kernel-core.x86_64     5.14.0-427.13.1.el9_4    baseos
Obsoleting Packages
grub2-tools.x86_64     1:2.06-80.el9            baseos
    grub2-tools.x86_64 1:2.06-70.el9            @System
"""


def dnf(all_, security):
    return Programs({("dnf", "--security"): security, ("dnf", "check-update"): all_})


def test_what_dnf_would_upgrade(tmp_path):
    write(tmp_path, {"var/lib/rpm/rpmdb.sqlite": "", "var/cache/dnf/x/repodata/repomd.xml": ""})
    os.utime(tmp_path / "var/cache/dnf/x/repodata/repomd.xml", (7000, 7000))
    found = figures("updates", machine(tmp_path, dnf((DNF, 100), ("", 0))))
    assert found == {
        ("package_lists_timestamp_seconds", "dnf"): 7000,
        ("updates_pending", "dnf"): 2,
        ("security_updates_pending", "dnf"): 0,
    }


def test_dnf_without_a_cache_is_a_failure(tmp_path):
    write(tmp_path, {"usr/lib/sysimage/rpm/rpmdb.sqlite": ""})
    with pytest.raises(PollFailed, match="exit code 1"):
        figures("updates", machine(tmp_path, dnf(("", 1), ("", 1))))


def kernels(*releases):
    return {f"lib/modules/{release}/kernel/x": "" for release in releases}


@pytest.mark.parametrize(
    ("running", "installed", "expected"),
    [
        ("6.1.0-18-amd64", ["6.1.0-18-amd64"], 0),
        ("6.1.0-18-amd64", ["6.1.0-18-amd64", "6.1.0-21-amd64"], 1),
        ("6.1.0-21-amd64", ["6.1.0-9-amd64", "6.1.0-21-amd64"], 0),
        ("6.1.0-18-amd64", ["6.1.0-18-amd64", "6.1.0-21-cloud-amd64"], 0),
        ("6.1.0-18-amd64", ["6.1.0-18-amd64", "6.5.0-0.deb12.4-amd64"], 1),
        ("5.14.0-427.el9.x86_64", ["5.14.0-427.el9.x86_64", "5.14.0-427.8.1.el9_4.x86_64"], 1),
        ("5.15.0-91-generic", ["5.15.0-91-generic", "5.15.0-101-lowlatency"], 0),
        ("6.1.0-18-amd64", ["6.1.0-21-amd64"], None),
        ("6.1.0-18-amd64", [], None),
    ],
)
def test_a_newer_kernel_of_the_same_kind_waits_for_a_restart(
    tmp_path, running, installed, expected
):
    write(tmp_path, kernels(*installed))
    found = figures("reboot", machine(tmp_path, release=running))
    assert found.get(("reboot_required", "kernel")) == expected


def test_what_is_left_of_a_kernel_that_was_removed_does_not_count(tmp_path):
    write(tmp_path, {**kernels("6.1.0-18-amd64"), "lib/modules/6.1.0-21-amd64/modules.dep": ""})
    assert figures("reboot", machine(tmp_path))["reboot_required", "kernel"] == 0


def test_kernels_that_can_be_started_count_before_modules(tmp_path):
    write(tmp_path, {f"boot/{name}": "" for name in ("vmlinuz-6.1.0-18-amd64", "config-6.1.0-9")})
    write(tmp_path, kernels("6.1.0-18-amd64", "6.1.0-21-amd64"))
    assert figures("reboot", machine(tmp_path))["reboot_required", "kernel"] == 0
    write(tmp_path, {"boot/vmlinuz-6.1.0-19-amd64": "", "boot/vmlinuz-0-rescue-0af1": ""})
    assert figures("reboot", machine(tmp_path))["reboot_required", "kernel"] == 1


def test_modules_that_may_not_be_seen_cost_the_kernels_word_only(tmp_path, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    write(tmp_path, {"run/reboot-required": ""})
    monkeypatch.setattr(Path, "iterdir", refuse)
    got = []
    with pytest.raises(PermissionError):
        got.extend(samples("reboot", machine(tmp_path)))
    assert [dict(sample.labels) for sample in got] == [{"evidence": "flag"}]


def test_releases_are_ordered_as_versions():
    mixed = ["6.10.0-1", "6.1.0-18.1", "6.1.0-18", "6.1.0-rc1", "6.1.0-9"]
    ordered = ["6.1.0-rc1", "6.1.0-9", "6.1.0-18", "6.1.0-18.1", "6.10.0-1"]
    assert sorted(mixed, key=sort_key) == ordered


def test_the_flag_counts_where_somebody_would_set_it(tmp_path):
    assert figures("reboot", machine(tmp_path)) == {}
    write(tmp_path, {"etc/kernel/postinst.d/unattended-upgrades": ""})
    assert figures("reboot", machine(tmp_path)) == {("reboot_required", "flag"): 0}
    write(tmp_path, {"run/reboot-required": ""})
    assert figures("reboot", machine(tmp_path)) == {("reboot_required", "flag"): 1}


@pytest.mark.parametrize(
    ("said", "code", "expected"),
    [
        (
            "Reboot is required to fully utilize these updates.",
            1,
            {("reboot_required", "packages"): 1},
        ),
        ("Reboot should not be necessary.", 0, {("reboot_required", "packages"): 0}),
        ("Traceback", 1, {}),
    ],
)
def test_needs_restarting_is_taken_by_its_word(tmp_path, said, code, expected):
    programs = Programs({("needs-restarting", "-r"): (said, code)})
    here = machine(tmp_path, programs)
    local = type(here)(tmp_path, here.clock, here.run, here.find, release=lambda: "not installed")
    found = figures("reboot", local)
    assert {key: value for key, value in found.items() if "packages" in key} == expected


DAY = 86400
NOW = FixedClock().now


def log(*upgrades):
    lines = [
        f"{datetime.fromtimestamp(NOW - days * DAY, UTC).astimezone():%Y-%m-%d %H:%M:%S} {rest}\n"
        for days, rest in upgrades
    ]
    return "".join(lines)


def changelog(package, version, distribution, days):
    date = datetime.fromtimestamp(NOW - days * DAY, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    head = f"{package} ({version}) {distribution}; urgency=high"
    text = f"{head}\n\n  * x\n\n -- T <t@example.org>  {date}\n"
    return {f"usr/share/doc/{package}/changelog.Debian.gz": gzip.compress(text.encode())}


def test_security_patches_are_judged_by_the_day_they_were_published(tmp_path):
    write(
        tmp_path,
        {
            "var/log/dpkg.log": log(
                (30, "upgrade soon:amd64 1 2"),
                (20, "upgrade late:amd64 1 2"),
                (10, "upgrade ordinary:amd64 1 2"),
                (10, "upgrade no-changelog:amd64 1 2"),
                (10, "upgrade other-version:amd64 1 3"),
                (5, "install fresh:amd64 <none> 2"),
                (100, "upgrade long-ago:amd64 1 2"),
                (-5, "upgrade tomorrow:amd64 1 2"),
                (4, "status installed late:amd64 2"),
            ),
            "var/log/dpkg.log.1": "not a log\n\xff\n" + "x" * 5000,
            "var/log/dpkg.log.2.gz": gzip.compress(log((60, "upgrade older:all 1 2")).encode()),
            **changelog("soon", "2", "bookworm-security", 31),
            **changelog("late", "2", "jammy-security", 40),
            **changelog("ordinary", "2", "bookworm", 80),
            **changelog("other-version", "2", "bookworm-security", 80),
            **changelog("long-ago", "2", "bookworm-security", 200),
            **changelog("fresh", "2", "bookworm-security", 200),
            **changelog("tomorrow", "2", "bookworm-security", 200),
            **changelog("older", "2", "bookworm-security", 61),
        },
    )
    found = figures("patches", machine(tmp_path))
    assert found["security_patches", "in-time"] == 2
    assert found["security_patches", "late"] == 1
    assert found["last_upgrade_timestamp_seconds",] == pytest.approx(NOW - 10 * DAY, abs=1)
    strict = figures("patches", machine(tmp_path), patch_within="12h")
    assert strict["security_patches", "late"] == 3


def test_of_a_package_that_was_upgraded_twice_the_last_time_counts(tmp_path):
    lines = log((30, "upgrade p:amd64 0 1"), (2, "upgrade p:amd64 1 2"))
    write(tmp_path, {"var/log/dpkg.log": lines, **changelog("p", "2", "x-security", 3)})
    found = figures("patches", machine(tmp_path))
    assert (found["security_patches", "in-time"], found["security_patches", "late"]) == (1, 0)


def test_without_a_log_there_are_no_figures(tmp_path):
    assert figures("patches", machine(tmp_path)) == {}


@pytest.mark.parametrize("changelog_", [b"", b"\x1f\x8b\x00", gzip.compress(b"\xff" * 1000000)])
def test_a_broken_changelog_counts_neither_way(tmp_path, changelog_):
    name = "usr/share/doc/p/changelog.Debian.gz"
    write(tmp_path, {"var/log/dpkg.log": log((2, "upgrade p:amd64 1 2")), name: changelog_})
    found = figures("patches", machine(tmp_path))
    assert found["security_patches", "in-time"] == found["security_patches", "late"] == 0


def test_a_log_that_is_cut_off_in_its_archive_is_a_failure(tmp_path):
    data = gzip.compress(log((2, "upgrade p:amd64 1 2")).encode() * 1000)
    write(tmp_path, {"var/log/dpkg.log.1.gz": data[:50]})
    with pytest.raises(OSError, match=r"dpkg\.log\.1\.gz"):
        figures("patches", machine(tmp_path))


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="no machine of apt's")
def test_this_machine(tmp_path):
    here = this_machine(tmp_path, SystemClock(), os.environ)
    found = {}
    for name in ("reboot", "updates", "patches"):
        found |= figures(name, here)
    pending = found.get(("updates_pending", "apt"), 0)
    assert found.get(("security_updates_pending", "apt"), 0) <= pending
    fetched = found.get(("package_lists_timestamp_seconds", "apt"), 1e9)
    assert 1e9 <= fetched <= time.time() + 1


PACKAGE = "Package: demo\nVersion: {}\nArchitecture: all\nMaintainer: a role\n"


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="no machine of apt's")
def test_the_real_apt_looks_at_another_root_and_leaves_it_as_it_was(tmp_path):
    stem = "var/lib/apt/lists/mirror.example_debian-security_dists_stable-security"
    release = "Origin: Debian\nLabel: Debian-Security\nSuite: stable-security\nCodename: x\n"
    write(
        tmp_path,
        {
            "etc/apt/sources.list": "deb [trusted=yes] http://mirror.example/debian-security "
            "stable-security main\n",
            "var/lib/dpkg/status": PACKAGE.format(1) + "Status: install ok installed\n\n",
            f"{stem}_Release": release,
            f"{stem}_main_binary-all_Packages": PACKAGE.format(2)
            + "Filename: demo.deb\nSize: 1\nSHA256: "
            + "0" * 64
            + "\n\n",
        },
    )
    before = sorted(tmp_path.rglob("*"))
    here = this_machine(tmp_path, SystemClock(), os.environ, tmp_path)
    found = figures("updates", here)
    assert (found["updates_pending", "apt"], found["security_updates_pending", "apt"]) == (1, 1)
    assert sorted(tmp_path.rglob("*")) == before


def python(program):
    return [sys.executable, "-c", program]


def test_a_command_says_its_words_in_english_and_without_input():
    read = "os.environ['LC_ALL'], os.environ['X'], sys.stdin.read()"
    program = f"import os, sys; print({read}); sys.exit(3)"
    output = runner({"X": "y", "LC_ALL": "de_DE"})(python(program), soon())
    assert (output.text, output.code) == ("C y \n", 3)


@pytest.mark.parametrize(
    ("command", "reason", "said"),
    [
        (["/no/such/program"], "command", "program cannot be started"),
        (["echo", "nul\0"], "command", "echo cannot be started"),
        (python(f"print('x' * {MOST_BYTES + 1})"), "command", "said more than"),
        (python("import time; time.sleep(600)"), "deadline", "took too long"),
        (["sh", "-c", "sleep 600 & echo x"], "deadline", "took too long"),
        (["sh", "-c", "exec >&-; sleep 600"], "deadline", "took too long"),
    ],
)
def test_a_command_that_misbehaves_is_ended(command, reason, said):
    with pytest.raises(PollFailed, match=said) as caught:
        runner(os.environ)(command, soon(2 if reason == "deadline" else 60))
    assert caught.value.reason == reason


def test_nothing_of_what_a_command_writes_to_standard_error_is_kept():
    output = runner(os.environ)(["sh", "-c", "echo s3cret >&2"], soon())
    assert output.data == b""
