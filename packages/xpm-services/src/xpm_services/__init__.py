"""What runs beside an experiment: services, processes with a web page, and the proxy to them.

Names are loaded when they are first used; the proxy (aiohttp) only by the web monitor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xpm_services.__about__ import __version__

if TYPE_CHECKING:
    from xpm_services.errors import ServiceError, ServiceFailed
    from xpm_services.making import resolve_service
    from xpm_services.process_service import ProcessWebService
    from xpm_services.service import Service, ServiceListener
    from xpm_services.web_service import WebService
    from xpm_workspace.services import ServiceState

__all__ = [
    "ProcessWebService",
    "Service",
    "ServiceError",
    "ServiceFailed",
    "ServiceListener",
    "ServiceState",
    "WebService",
    "__version__",
    "resolve_service",
]

_MODULES = {
    "xpm_services.errors": ("ServiceError", "ServiceFailed"),
    "xpm_services.making": ("resolve_service",),
    "xpm_services.process_service": ("ProcessWebService",),
    "xpm_services.service": ("Service", "ServiceListener"),
    "xpm_services.web_service": ("WebService",),
    "xpm_workspace.services": ("ServiceState",),
}


def __getattr__(name: str) -> Any:
    import importlib

    for module, names in _MODULES.items():
        if name in names:
            return getattr(importlib.import_module(module), name)
    raise AttributeError(f"module 'xpm_services' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
