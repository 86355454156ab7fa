"""Containers and Kubernetes: what does not run, what is short, what fills up."""

from typing import Final

from sothat.dashboards import links, marks, variables
from sothat.dashboards.declared import bars, board, folded, group, line, listing, tile
from sothat.dashboards.empty import NO_KUBERNETES as EMPTY
from sothat.dashboards.judgement import Bands
from sothat.dashboards.palette import ATTENTION, BAD, GOOD
from sothat.dashboards.query import or_row, rows
from sothat.dashboards.tables import Column
from sothat.dashboards.words import Word

_IN: Final = variables.IN_NAMESPACE
_CONTAINER: Final = f'{_IN},container!="",container!="POD"'
_RATE: Final = "[$__rate_interval]"
_NOT_READY: Final = f'sum by (namespace, pod) (kube_pod_status_ready{{{_IN},condition="false"}})'
_CALM: Final = "none"

BOARD = board(
    "technical",
    links.KUBERNETES,
    "Kubernetes: nodes, pods",
    "What does not run in the cluster, and what is it short of?",
    group(
        "",
        tile(
            "Nodes not ready",
            "Nodes that take no work.",
            ('sum(kube_node_status_condition{condition="Ready",status="false"})', ""),
            empty=EMPTY,
            bands=Bands(GOOD, ((1, BAD),), "target: none"),
            unit="short",
            decimals=0,
            size=(4, 8),
        ),
        tile(
            "Pods not ready",
            "Pods that should serve and do not.",
            (f'sum(kube_pod_status_ready{{{_IN},condition="false"}})', "target: none"),
            empty=EMPTY,
            bands=Bands(GOOD, ((1, ATTENTION),)),
            unit="short",
            decimals=0,
            size=(4, 8),
        ),
        tile(
            "Replicas missing",
            "Replicas that deployments ask for and do not have.",
            (
                (
                    f"sum(kube_deployment_spec_replicas{{{_IN}}} "
                    f"- kube_deployment_status_replicas_available{{{_IN}}})"
                ),
                "target: none",
            ),
            empty=EMPTY,
            bands=Bands(GOOD, ((1, ATTENTION),)),
            unit="short",
            decimals=0,
            size=(4, 8),
        ),
        tile(
            "Restarts within an hour",
            "Containers that were started again; the same one over and over is a crash loop.",
            (f"sum(increase(kube_pod_container_status_restarts_total{{{_IN}}}[1h]))", ""),
            empty=EMPTY,
            bands=Bands(GOOD, ((5, ATTENTION),), "target: below 5"),
            unit="short",
            decimals=0,
            size=(4, 8),
        ),
        bars(
            "Fullest volumes",
            "The five fullest volumes.",
            (
                (
                    "sort_desc(topk(5, "
                    f"namespace_persistentvolumeclaim:volume_utilisation:ratio{{{_IN}}}))"
                ),
                "{{namespace}} {{persistentvolumeclaim}}",
            ),
            empty="no data: no pod has a volume of its own, or the kubelets are not scraped",
            alerts=["KubernetesVolumeFilling"],
            size=(8, 8),
        ),
    ),
    group(
        "What does not run",
        listing(
            "Pods that are not ready",
            "One row a pod; see its events: kubectl describe pod.",
            rows(
                or_row(f"{_NOT_READY} > 0", f"count(kube_pod_status_ready{{{_IN}}})", "pod", _CALM)
            ),
            [
                Column("pod", "Pod", words={_CALM: Word("Every pod is ready", GOOD)}, least=220),
                Column("namespace", "Namespace", 160),
            ],
            empty=EMPTY,
            sort="Pod",
            size=(12, 7),
        ),
        line(
            "Restarts",
            "Containers started again within an hour, by namespace.",
            (
                (
                    "sum by (namespace) "
                    f"(increase(kube_pod_container_status_restarts_total{{{_IN}}}[1h]))"
                ),
                "{{namespace}}",
            ),
            empty=EMPTY,
            size=(12, 7),
        ),
    ),
    group(
        "What they use",
        line(
            "Processors",
            "Processors in use, by namespace.",
            (
                (
                    "sum by (namespace) "
                    f"(rate(container_cpu_usage_seconds_total{{{_CONTAINER}}}{_RATE}))"
                ),
                "{{namespace}}",
            ),
            empty=EMPTY,
            unit="suffix: CPU",
        ),
        line(
            "Memory",
            "Memory that cannot be taken away, by namespace.",
            (
                f"sum by (namespace) (container_memory_working_set_bytes{{{_CONTAINER}}})",
                "{{namespace}}",
            ),
            empty=EMPTY,
        ),
        line(
            "Held back",
            "Share of the time slices in which a container ran into its processor limit.",
            (
                f"namespace_container:cpu_throttled:ratio{{{_IN}}}",
                "{{namespace}} {{container}}",
            ),
            empty="no data: no container has a processor limit, or the kubelets are not scraped",
            alerts=["KubernetesContainerThrottled"],
        ),
    ),
    folded(
        "Jobs, autoscalers, volumes",
        line(
            "Failed jobs",
            "Jobs with failed pods, by namespace.",
            (f"sum by (namespace) (kube_job_status_failed{{{_IN}}})", "{{namespace}}"),
            empty="no data: the cluster has no jobs, or kube-state-metrics is not scraped",
            unit="short",
        ),
        line(
            "Autoscalers",
            "Share of the replicas that an autoscaler may start; at the top, it cannot help.",
            (
                (
                    "max by (namespace, horizontalpodautoscaler) "
                    f"(kube_horizontalpodautoscaler_status_current_replicas{{{_IN}}} "
                    f"/ kube_horizontalpodautoscaler_spec_max_replicas{{{_IN}}})"
                ),
                "{{namespace}} {{horizontalpodautoscaler}}",
            ),
            empty="no data: the cluster has no autoscaler, or kube-state-metrics is not scraped",
            unit="percentunit",
        ),
        line(
            "Volumes",
            "Share of each volume that is full.",
            (
                f"namespace_persistentvolumeclaim:volume_utilisation:ratio{{{_IN}}}",
                "{{namespace}} {{persistentvolumeclaim}}",
            ),
            empty="no data: no pod has a volume of its own, or the kubelets are not scraped",
            alerts=["KubernetesVolumeFilling"],
        ),
    ),
    filters=[variables.choice("namespace", "Namespace", "kube_pod_status_ready")],
    marks=[*marks.USUAL, marks.STARTS],
    topics=["kubernetes", "containers"],
)
