"""The headers of one call of a tool, filled in; they alone may carry secrets."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.engine.variables import SECRET_PREFIX, MissingVariable, Value, fill, names, shown

from .tool_documents import FromSecret, FromVariable, WebhookTool

Values = Mapping[str, Value | None]


def filled_headers(
    tool: WebhookTool, revealed: Mapping[str, str], values: Values
) -> dict[str, str]:
    """`revealed`: the secrets' values, by header. Raises MissingVariable, or Overlong."""
    headers: dict[str, str] = {}
    for name, source in tool.headers.items():
        match source:
            case FromSecret():
                headers[name] = revealed[name]
            case FromVariable(variable):
                if values.get(variable) is None:
                    raise MissingVariable(variable)
                headers[name] = shown(values[variable])
            case str():
                headers[name] = fill(source, values, secrets=True, field=name)
    return headers


def secret_variables(tool: WebhookTool, values: Values) -> list[str]:
    """The values of the `secret__…` variables that go out in this tool's headers."""
    used: set[str] = set()
    for source in tool.headers.values():
        used |= {source.name} if isinstance(source, FromVariable) else set()
        used |= names(source) if isinstance(source, str) else set()
    return [shown(values.get(name)) for name in used if name.startswith(SECRET_PREFIX)]
