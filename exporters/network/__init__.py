"""What is seen from outside: probes of networks, servers and journeys through a website."""
