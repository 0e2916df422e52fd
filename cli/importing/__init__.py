"""Slots from files: `daybook import` reads CSV and iCalendar and publishes what it finds through the HTTP API."""
