"""Firmware roll-outs: campaigns in cohorts, held against what devices report."""
