"""Parquet, by the driver that has PostgreSQL's rows as Arrow from the start. Needs the extra `analytics`."""

from __future__ import annotations

from typing import Final

import pyarrow.parquet
from adbc_driver_postgresql import dbapi

from cli.exporting.sink import Sink
from daybook.database import APPLICATION_ROLE

_COMPRESSION: Final = "zstd"


def write_parquet(url: str, snapshot: str, query: str, sink: Sink) -> int:
    """Write what a query says in an exported snapshot; return how many rows.

    Rows come and go in batches (of 16 MiB, unless the driver is told otherwise), each of which is a row group.
    """
    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute(f"set transaction snapshot '{snapshot}'")
        cursor.execute(f"set local role {APPLICATION_ROLE}")
        cursor.execute(query)
        batches = cursor.fetch_record_batch()
        rows = 0
        with pyarrow.parquet.ParquetWriter(sink, batches.schema, compression=_COMPRESSION) as writer:
            for batch in batches:
                writer.write_batch(batch)
                rows += batch.num_rows
        return rows
