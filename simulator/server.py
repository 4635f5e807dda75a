"""The application: routes, and a Simulator that starts and stops inside a running event loop."""

from typing import Final

from aiohttp import web

from simulator import control, graph_accounts, graph_media, graph_messages, graph_templates
from simulator.delivery import Delivery
from simulator.endings import answer_error
from simulator.errors import GraphError
from simulator.gateways import control as gateway_control
from simulator.gateways import evolution_api, waha_api, wppconnect_api, wwebjs_api
from simulator.gateways.world import WORLD, World
from simulator.graph import DELIVERY, STATE
from simulator.listener import LISTENER, Listener
from simulator.options import Options
from simulator.state import State

SHUTDOWN_TIMEOUT_S: Final = 0.2
VERSION: Final = r"/{version:v\d{1,2}\.\d}"
OBJECT: Final = VERSION + r"/{object_id:\d+}"


async def _unknown_path(_request: web.Request) -> web.Response:
    return answer_error(GraphError(2500, message="Unknown path components"))


ROUTES: Final = (
    web.post(OBJECT + "/messages", graph_messages.post_messages),
    web.post(OBJECT + "/media", graph_media.post_media),
    web.get(OBJECT, graph_accounts.get_object),
    web.delete(OBJECT, graph_media.delete_media),
    web.get(OBJECT + "/message_templates", graph_templates.get_message_templates),
    web.get(OBJECT + "/phone_numbers", graph_accounts.get_phone_numbers),
    web.get(OBJECT + "/subscribed_apps", graph_accounts.get_subscribed_apps),
    web.post(OBJECT + "/subscribed_apps", graph_accounts.post_subscribed_apps),
    web.delete(OBJECT + "/subscribed_apps", graph_accounts.delete_subscribed_apps),
    web.get(OBJECT + "/subscriptions", graph_accounts.get_subscriptions),
    web.post(OBJECT + "/subscriptions", graph_accounts.post_subscriptions),
    web.get(VERSION + "/debug_token", graph_accounts.get_debug_token),
    web.get("/lookaside/{object_id}", graph_media.download_media),
    web.get("/_sim/sends", control.get_sends),
    web.get("/_sim/inbound", control.get_inbound),
    web.post("/_sim/inbound", control.post_inbound),
    web.get("/_sim/reads", control.get_reads),
    web.post("/_sim/receipts", control.post_receipts),
    web.post("/_sim/webhook", control.post_webhook),
    web.post("/_sim/templates", control.post_templates),
    web.get("/_sim/faults", control.get_faults),
    web.post("/_sim/faults", control.post_faults),
    web.delete("/_sim/faults", control.delete_faults),
    web.get("/_sim/settings", control.get_settings),
    web.post("/_sim/settings", control.post_settings),
    web.get("/_sim/stats", control.get_stats),
    web.post("/_sim/reset", control.post_reset),
    *gateway_control.ROUTES,
    *wwebjs_api.ROUTES,
    *waha_api.ROUTES,
    *evolution_api.ROUTES,
    *wppconnect_api.ROUTES,
    web.route("*", "/{path:.*}", _unknown_path),
)


class Simulator:
    """Meta's stand-in in this event loop: `await start()`, use `port`, `await stop()`."""

    def __init__(self, options: Options) -> None:
        self.state = State(options)
        self._delivery = Delivery(self.state)
        self._gateways = World(self.state)
        self._listener = Listener(options)
        app = web.Application(client_max_size=graph_media.LARGEST_REQUEST, middlewares=[self._listener.end_with_answer])
        app.add_routes(ROUTES)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_S)
        app[STATE], app[DELIVERY], app[LISTENER] = self.state, self._delivery, self._listener
        app[WORLD] = self._gateways

    @property
    def port(self) -> int:
        return self._listener.port

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        await self._runner.setup()
        await self._delivery.start()
        await self._gateways.posting.start()
        try:
            await self._listener.open(self._runner)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening, end open connections and webhooks on their way."""
        self._listener.close()
        await self._delivery.stop()
        self._gateways.reset()
        await self._gateways.posting.stop()
        await self._runner.cleanup()
