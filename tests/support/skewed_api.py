"""An API process whose clock is ahead of the others': `python -m tests.support.skewed_api <seconds>`."""

import os
import sys
from datetime import UTC, datetime, timedelta

import uvicorn

from api.app import create_app
from api.server import configuration
from daybook.settings import Settings


def run(settings: Settings, ahead: timedelta) -> None:
    """Serve until a signal ends it. `settings` name a database."""
    app = create_app(settings, clock=lambda: datetime.now(UTC) + ahead)
    uvicorn.Server(configuration(app, settings.host, settings.port)).run()


if __name__ == "__main__":
    run(Settings.from_environment(os.environ), timedelta(seconds=float(sys.argv[1])))
