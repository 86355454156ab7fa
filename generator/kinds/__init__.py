"""The kinds of alerts: one file each, a template that makes PromQL of a short form."""
