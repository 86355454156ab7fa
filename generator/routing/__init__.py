"""Alertmanager's own meaning of a configuration, as pure functions over it as data.

Which routes an alert takes, how it is grouped, when a route is silent, who inhibits whom: as
Alertmanager's ``dispatch``, ``timeinterval``, ``inhibit`` and matcher packages have it, for a
configuration of ours or anybody's. Nothing here knows the catalogue.
"""
