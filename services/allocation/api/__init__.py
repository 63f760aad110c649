"""The routes, one module per resource."""

from services.allocation.api.allocations import routes as allocations
from services.allocation.api.capacity import routes as capacity
from services.allocation.api.exclusions import routes as exclusions
from services.allocation.api.handovers import routes as handovers
from services.allocation.api.proposals import routes as proposals
from services.allocation.api.requests import routes as requests
from services.allocation.api.schemes import routes as schemes
from services.allocation.api.staff import routes as staff

ROUTERS = (staff, schemes, requests, proposals, allocations, handovers, exclusions, capacity)

__all__ = ["ROUTERS"]
