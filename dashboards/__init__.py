"""Boards by role, made with grafanalib behind one adapter."""
