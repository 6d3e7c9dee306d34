"""Services: what runs beside the jobs of an experiment."""

from xpm_services import (
    ProcessWebService,
    Service,
    ServiceListener,
    ServiceState,
    WebService,
    resolve_service,
)

__all__ = [
    "ProcessWebService",
    "Service",
    "ServiceListener",
    "ServiceState",
    "WebService",
    "resolve_service",
]
