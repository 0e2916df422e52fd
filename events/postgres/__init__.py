"""The log on PostgreSQL, and the keys to what is sealed in it. Only composition roots import this package.

Everything else knows the ports: `events.log.Log`, `events.sealed.Keyring`.
"""

from events.postgres.keys import PersonKeys, open_keys
from events.postgres.log import PostgresLog, open_log

__all__ = ["PersonKeys", "PostgresLog", "open_keys", "open_log"]
