"""Who may send alerts, how they prove it, and how what they send is read: one file a type."""
