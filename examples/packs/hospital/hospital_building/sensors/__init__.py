"""What the sensors publish to the building's broker; the MQTT collector reads it."""
