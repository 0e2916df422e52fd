"""The same jobs done with other means: what Daybook is measured against."""
