"""What alerts did to people: fired, flapped, woke somebody, were of use; and what to change."""
