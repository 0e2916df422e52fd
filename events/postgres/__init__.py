"""The log on PostgreSQL. Only composition roots import this package: everything else knows the port, `events.log`."""

from events.postgres.log import PostgresLog, open_log

__all__ = ["PostgresLog", "open_log"]
