"""Verdicts as samples."""

from collections.abc import Iterator

from sothat.exporters.firmware.contract import COHORTS, STATES
from sothat.exporters.firmware.judging import CohortFinding, Verdict
from sothat.exporters.source import Sample

_MAX_PROBLEMS = 500


def of_verdict(verdict: Verdict) -> Iterator[Sample]:
    """Yield how a campaign stands."""
    campaign = verdict.campaign
    named = {"campaign": campaign.name}
    about = {**named, "product": campaign.product, "version": campaign.target}
    yield Sample("firmware_campaign_info", 1, about)
    yield Sample("firmware_campaign_rollback", verdict.rollback, named)
    for group, rate in verdict.errors.items():
        yield Sample("firmware_campaign_errors_per_hour", rate, {**named, "group": group})
    for cohort in verdict.cohorts:
        yield from _of_cohort(cohort, {**named, "cohort": cohort.cohort.name})
    yield from _problems(verdict)


def _of_cohort(finding: CohortFinding, labels: dict[str, str]) -> Iterator[Sample]:
    counts = finding.counts
    for state in STATES:
        yield Sample("firmware_campaign_devices", counts[state], {**labels, "state": state})
    for state in COHORTS:
        stands = finding.state == state
        yield Sample("firmware_campaign_cohort_state", stands, {**labels, "state": state})
    yield Sample("firmware_campaign_start_timestamp_seconds", finding.cohort.starts, labels)
    yield Sample("firmware_campaign_held", finding.state == "held", labels)
    if finding.progress is not None:
        yield Sample("firmware_campaign_progress_ratio", finding.progress, labels)
    if finding.success is not None:
        yield Sample("firmware_campaign_success_ratio", finding.success, labels)
    for gate, passed in finding.gates.items():
        yield Sample("firmware_campaign_gate_passed", passed, {**labels, "gate": gate})


def _problems(verdict: Verdict) -> Iterator[Sample]:
    found = [
        (cohort.cohort.name, one)
        for cohort in verdict.cohorts
        for one in cohort.devices
        if one.problem
    ]
    for cohort, one in found[:_MAX_PROBLEMS]:
        labels = {
            "campaign": verdict.campaign.name,
            "cohort": cohort,
            "site": one.seen.site,
            "device": one.seen.device,
            "problem": one.problem,
        }
        yield Sample("firmware_campaign_device_problem", 1, labels)
