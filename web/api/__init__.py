"""The HTTP API: one small module per endpoint family.

Importing this package makes APIFlask read input through web.api.inputs, before any view is declared.
"""

from apiflask.schema_adapters.registry import registry

from web.api.inputs import ProblemAdapter

registry.register("pydantic", ProblemAdapter)
