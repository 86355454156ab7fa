"""Anybody's plain rule files and boards, checked without a catalogue."""
