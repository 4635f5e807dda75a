"""The client that speaks to a gateway of a kind."""

from collections.abc import Mapping

from gateways.clients.client import GatewayClient
from gateways.clients.evolution import EvolutionClient
from gateways.clients.waha import WahaClient
from gateways.clients.wppconnect import WppconnectClient
from gateways.clients.wwebjs import WwebjsClient
from gateways.kinds import Kind

CLIENTS: Mapping[Kind, type[GatewayClient]] = {
    Kind.FOUNDING: WwebjsClient,
    Kind.WWEBJS: WwebjsClient,
    Kind.WAHA: WahaClient,
    Kind.EVOLUTION: EvolutionClient,
    Kind.WPPCONNECT: WppconnectClient,
}
