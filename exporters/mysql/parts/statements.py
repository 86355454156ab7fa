"""What clients ask for: statements and rows by kind, and what makes statements slow."""

from sothat.exporters.mysql.part import counted, figure, from_status
from sothat.model.metric import Label

_KINDS = {
    "select": ("select",),
    "insert": ("insert", "insert_select"),
    "update": ("update", "update_multi"),
    "delete": ("delete", "delete_multi"),
    "replace": ("replace", "replace_select"),
    "load": ("load",),
    "call": ("call_procedure",),
    "begin": ("begin",),
    "commit": ("commit",),
    "rollback": ("rollback",),
    "create": ("create_table", "create_index", "create_view", "create_db"),
    "alter": ("alter_table", "alter_db"),
    "drop": ("drop_table", "drop_index", "drop_view", "drop_db"),
    "truncate": ("truncate",),
    "optimize": ("optimize", "analyze", "repair", "check"),
    "set": ("set_option",),
    "show": (
        "show_status",
        "show_variables",
        "show_processlist",
        "show_tables",
        "show_databases",
        "show_fields",
        "show_create_table",
    ),
}
_ACCESSES = {
    "first": "first",
    "key": "key",
    "next": "next",
    "previous": "prev",
    "last": "last",
    "random": "rnd",
    "scan": "rnd_next",
}
_WRITES = {"insert": "write", "update": "update", "delete": "delete"}

PART = from_status(
    "statements",
    (
        counted("statements_total", "Statements by kind.", Label("kind", "Kind", tuple(_KINDS))),
        counted("questions_total", "Statements that clients have sent."),
        counted("queries_total", "Statements that were executed, those of procedures included."),
        counted("slow_statements_total", "Statements that took longer than long_query_time."),
        counted(
            "row_reads_total",
            "Rows read, by the way to them: key, next and previous follow an index; scan is a "
            "table from end to end.",
            Label("access", "Way to the row", tuple(_ACCESSES)),
        ),
        counted(
            "row_writes_total",
            "Rows written, those of temporary tables included on MySQL.",
            Label("operation", "What was done", tuple(_WRITES)),
        ),
        counted("full_scans_total", "Statements that read their first table from end to end."),
        counted("full_joins_total", "Joins that read a further table from end to end."),
        counted("sorts_on_disk_total", "Passes of sorts that did not fit into memory."),
        counted("temporary_tables_total", "Temporary tables made for statements."),
        counted("temporary_disk_tables_total", "Those that did not fit into memory."),
        counted("temporary_files_total", "Temporary files made."),
        counted("opened_tables_total", "Tables opened because they were not in the cache."),
        counted("table_lock_waits_total", "Requests for a table's lock that had to wait."),
    ),
    (
        *(
            figure("statements_total", *(f"com_{name}" for name in names), kind=kind)
            for kind, names in _KINDS.items()
        ),
        *(
            figure("row_reads_total", f"handler_read_{name}", access=access)
            for access, name in _ACCESSES.items()
        ),
        *(
            figure("row_writes_total", f"handler_{name}", operation=operation)
            for operation, name in _WRITES.items()
        ),
        figure("questions_total", "questions"),
        figure("queries_total", "queries"),
        figure("slow_statements_total", "slow_queries"),
        figure("full_scans_total", "select_scan"),
        figure("full_joins_total", "select_full_join"),
        figure("sorts_on_disk_total", "sort_merge_passes"),
        figure("temporary_tables_total", "created_tmp_tables"),
        figure("temporary_disk_tables_total", "created_tmp_disk_tables"),
        figure("temporary_files_total", "created_tmp_files"),
        figure("opened_tables_total", "opened_tables"),
        figure("table_lock_waits_total", "table_locks_waited"),
    ),
)
