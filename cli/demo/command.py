"""`daybook demo`: start, tell the story, show around, check, stay."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import click
import httpx
from rich.console import Console

from cli.demo.calendar import first_monday
from cli.demo.client import CONNECTIONS, Client
from cli.demo.closing_check import check_database
from cli.demo.performing import perform
from cli.demo.progress import shown
from cli.demo.servers import await_ready, free_port, is_used, make_tokens, own_servers
from cli.demo.story import BOT, Story
from cli.demo.telling import tell
from cli.demo.tour import Sight, guest_of, show, show_check, show_differences
from cli.environment import Failed, data_dir_option, read_settings
from cli.process_tree import ProcessTree
from cli.serve import ROLES, owner_url
from daybook.logs import configure as configure_logs
from daybook.settings import Settings
from migrations.apply import upgrade

FOUND_A_FAULT = 1
FEWEST, MOST = 200, 5_000
CATCH_UP_SECONDS = 60.0
REQUEST_SECONDS = 30.0

_AUDITOR = "auditor"
