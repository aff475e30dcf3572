"""What the environment may set. The only place that reads it; a frozen object is passed down."""

from __future__ import annotations

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from wellhead.model.errors import UsageError


class Settings(BaseSettings):
    """Each setting is read from an environment variable with the prefix ``WELLHEAD_``."""

    model_config = SettingsConfigDict(env_prefix="WELLHEAD_", frozen=True)

    memory: str = Field(
        "4GB",
        pattern=r"^\d+(\.\d+)? ?[KMGT]i?B$",
        description="the most memory that the database engine may take",
    )
    threads: int = Field(0, ge=0, description="threads of the database engine; 0 for one a core")
    log: str = Field("warning", pattern="^(debug|info|warning|error)$", description="what the log says")
    log_json: bool = Field(False, description="log lines as JSON, for machines")


def read_settings() -> Settings:
    """The settings in force. Raises UsageError that names the variable at fault."""
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        first = error.errors()[0]
        name = f"WELLHEAD_{str(first['loc'][0]).upper()}"
        raise UsageError(
            f"{name}={first['input']}: {first['msg']}.", remedy="docs/commands.md explains it."
        ) from None


def configure_log(settings: Settings) -> None:
    """Show the library's log on standard error, so that standard output stays the answer alone."""
    import logging

    import structlog

    renderer = structlog.processors.JSONRenderer() if settings.log_json else structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        )
    )
    log = logging.getLogger("wellhead")
    log.handlers = [handler]
    log.setLevel(settings.log.upper())
    log.propagate = False
