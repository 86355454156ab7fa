"""The status page: how services are, for everybody; static, and there when the database is not."""
