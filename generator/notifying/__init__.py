"""Who hears of what, and when: from policy and catalogue to Alertmanager's terms."""
