"""Running whole .sql files inside a migration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy.util import await_only

SQL = Path(__file__).parent / "sql"


def run_folder(name: str) -> None:
    """Execute every file of a folder under `migrations/sql`, by name, in the migration's transaction."""
    bind = op.get_bind()
    bind.exec_driver_sql("select 1")  # opens the transaction that the driver's own calls below then belong to
    driver: Any = bind.connection.driver_connection
    for path in sorted((SQL / name).glob("*.sql")):
        await_only(driver.execute(path.read_text()))
