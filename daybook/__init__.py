"""What every Daybook process shares: settings, telemetry and the embedded servers."""
