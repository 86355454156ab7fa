"""The monthly report that a customer's management reads, from Prometheus and the incident store."""
