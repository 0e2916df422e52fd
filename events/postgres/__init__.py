"""The log on PostgreSQL, and the keys to what is sealed in it. Only composition roots import this package.

Everything else knows the ports: `events.log.Log`, `events.sealed.Keyring`. As `PERSISTENCE_MODULE=events.postgres` it
is what applications of the library `eventsourcing` open the log with: without the keys.
"""

from events.postgres.factory import Factory
from events.postgres.keys import PersonKeys, open_keys
from events.postgres.log import PostgresLog, open_log

__all__ = ["Factory", "PersonKeys", "PostgresLog", "open_keys", "open_log"]
