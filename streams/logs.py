"""How every process of the hub logs: events with named fields, one JSON object a line, on standard error."""

import logging
import sys

import structlog


def log_as_json_lines() -> None:
    """From now on log so; no record's content is ever in a line."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
