"""What would stop a run half-way, found before anything is started."""

from collections.abc import Iterator

from embedded.failure import StartFailure
from embedded.ports import why_unusable
from settings import Settings, is_loopback


def check(settings: Settings) -> None:
    """Look at the ports and at what an open address demands.

    Raises:
        StartFailure: one line for each thing to correct.
    """
    problems = [*_ports(settings), *_open_flower(settings)]
    if problems:
        raise StartFailure("\n".join(problems))


def _ports(settings: Settings) -> Iterator[str]:
    wanted = [
        (settings.port, "PORT", settings.bind_host),
        (settings.realtime_port, "REALTIME_PORT", settings.bind_host),
        (settings.flower_port, "FLOWER_PORT", settings.bind_host),
    ]
    if settings.uses_simulator:
        wanted.append((settings.simulator_port, "SIMULATOR_PORT", "127.0.0.1"))
    seen: dict[int, str] = {}
    for port, variable, host in wanted:
        if port in seen:
            yield f"{seen[port]} and {variable} are both {port}; set one of them in .env or the environment"
        elif problem := why_unusable(port, variable, host):
            yield problem
        seen[port] = variable


def _open_flower(settings: Settings) -> Iterator[str]:
    if settings.flower_basic_auth is None and not is_loopback(settings.bind_host):
        yield (
            f"BIND_HOST={settings.bind_host} opens Flower to the network: "
            "set FLOWER_BASIC_AUTH=user:password in .env or the environment"
        )
