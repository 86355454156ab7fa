"""Plain MQTT: what comes through a broker, and whether what is sent arrives."""
