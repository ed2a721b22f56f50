"""The chats and pagers that alerts go to, by the apprise library: those of this list and no other."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Final

from django.conf import settings

from tracker.alerts.channels.guarded import GUARDED
from tracker.outbound import AddressRefused, target_of


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its module and class in apprise, the beginning of its addresses, and an example of one."""

    name: str
    module: str
    plugin: str
    schemes: tuple[str, ...]
    example: str
    own_host: bool = False  # people run it themselves, so that its address names a host


SERVICES: Final = (
    Service("Slack", "slack", "NotifySlack", ("slack",), "https://hooks.slack.com/services/T…/B…/…"),
    Service("Microsoft Teams", "workflows", "NotifyWorkflows", ("workflow", "workflows"), "https://….azure.com/workflows/…"),
    Service("Discord", "discord", "NotifyDiscord", ("discord",), "https://discord.com/api/webhooks/…/…"),
    Service("PagerDuty", "pagerduty", "NotifyPagerDuty", ("pagerduty",), "pagerduty://INTEGRATION_KEY@API_KEY"),
    Service("Opsgenie", "opsgenie", "NotifyOpsgenie", ("opsgenie",), "opsgenie://API_KEY"),
    Service("Splunk On-Call", "splunk", "NotifySplunk", ("splunk", "victorops"), "splunk://ROUTING_KEY@API_KEY"),
    Service("Google Chat", "google_chat", "NotifyGoogleChat", ("gchat",), "https://chat.googleapis.com/v1/spaces/…"),
    Service("Webex", "webexteams", "NotifyWebexTeams", ("wxteams", "webex"), "https://webexapis.com/v1/webhooks/incoming/…"),
    Service("Zulip", "zulip", "NotifyZulip", ("zulip",), "zulip://BOT@ORGANISATION/TOKEN/CHANNEL"),
    Service("Mattermost", "mattermost", "NotifyMattermost", ("mmost", "mmosts"), "mmosts://example.org/TOKEN", True),
    Service("Rocket.Chat", "rocketchat", "NotifyRocketChat", ("rocket", "rockets"), "rockets://TOKEN@HOST/", True),
    Service("Gotify", "gotify", "NotifyGotify", ("gotify", "gotifys"), "gotifys://example.org/TOKEN", True),
    Service("ntfy", "ntfy", "NotifyNtfy", ("ntfy", "ntfys"), "ntfys://example.org/TOPIC", True),
    Service("Pushover", "pushover", "NotifyPushover", ("pover",), "pover://USER_KEY@TOKEN"),
)  # fmt: skip
# What would read this machine's files, or try again and wait by itself: tries are rows here.
NOT_TAKEN: Final = frozenset({"template", "attach", "config", "retry", "wait"})
INCOMING: Final = "Incoming webhook"


@dataclass(frozen=True, slots=True)
class Place:
    """An address, read: the service's name, what people see of it, and apprise's plug-in; None: an incoming webhook."""

    service: str
    shown: str
    plugin: Any = None


def place_of(address: str) -> Place:
    """Read an address. Asks nobody. Raises `AddressRefused`, in words for whoever typed it.

    An address of https that is none of the known services' is taken for an incoming webhook as Slack has them, which
    many chats understand.
    """
    scheme, found, _ = address.strip().partition("://")
    scheme = scheme.lower()
    if not found:
        raise AddressRefused("Paste the address of an incoming webhook, or write one as in slack://….")
    if scheme in ("http", "https"):
        return _of_web_address(address.strip())
    service = next((one for one in SERVICES if scheme in one.schemes), None)
    if service is None:
        names = ", ".join(one.schemes[0] for one in SERVICES)
        raise AddressRefused(f"Addresses that begin with {scheme[:20]}:// are not known here. Known are {names}.")
    try:
        said = _plugin(service).parse_url(address.strip())
    except Exception:
        said = None
    return _place(service, said)


def _of_web_address(address: str) -> Place:
    target = target_of(address)
    for service in SERVICES:
        try:
            said = _plugin(service).parse_native_url(address)
        except Exception:  # whatever stumbles over an address of somebody else's
            said = None
        if said:
            return _place(service, said)
    return Place(INCOMING, f"{'https' if target.secure else 'http'}://{target.authority}/…")


def _place(service: Service, said: Any) -> Place:
    if not said:
        raise AddressRefused(f"This is no address of {service.name}. It looks like {service.example}.")
    if wrong := sorted(NOT_TAKEN & {name.lower() for name in said.get("qsd", {})}):
        raise AddressRefused(f"Leave out “{wrong[0]}=”: an address says where to, and nothing else.")
    try:
        plugin = _plugin(service)(asset=_asset(), **said)
    except Exception:
        why = f"The address is not complete. One of {service.name} looks like {service.example}."
        raise AddressRefused(why) from None
    plugin.request_rate_per_sec = 0  # many alerts are one message here, and nobody sleeps in the middle of a run
    host = said.get("host") if service.own_host else ""
    return Place(service.name, f"{service.name} at {host}" if host else service.name, plugin)


@cache
def _plugin(service: Service) -> Any:
    """Its class. Only the modules of this list are ever loaded."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it writes addresses, with the secrets in them
    module = import_module(f"apprise.plugins.{service.module}")
    module.requests = GUARDED  # type: ignore[attr-defined]  # see `guarded`
    return getattr(module, service.plugin)


@lru_cache(maxsize=1)
def _asset() -> Any:
    apprise = import_module("apprise")
    asset = apprise.AppriseAsset(
        app_id="Throughline",
        app_desc="Throughline",
        app_url=settings.PUBLIC_URL,
        http_redirects=False,
        async_mode=False,
        allow_templates=False,
    )
    asset.image_url_mask = asset.image_url_logo = None
    return asset
