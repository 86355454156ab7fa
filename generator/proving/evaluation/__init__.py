"""PromQL's meaning in small: what the rules make of a test's series, before a test is written.

A synthesised test is kept only if this evaluation, in the arithmetic of both supported major
versions of Prometheus, says what the test expects. What it does not know it refuses (`Unknown`).
"""
