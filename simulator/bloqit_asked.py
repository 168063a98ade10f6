"""What the pretend Bloq.it's operations read from the query string.

May not read one: `Call` and `queries` do, by these declarations. Non-obvious choice: words that a list of the document lacks
(`return` at B:1338, `finished` at B:1449 and 1533) are declared all the same, because only `Settings.strict_lists` refuses them.
"""

from dataclasses import replace

from .bloqit_shapes import LOCATION_STATES, STATES
from .contract import LIMIT, PAGE, PAGING, Query
from .moves import TYPES
from .network import SIZES

FARTHEST = 2**31 - 1
"""The largest maxDistance: it is an int32 (B:267)."""

ACTIVE = Query("active", "B:85-90.", words=("all", "active", "inactive"))
LOCKER_TYPE = Query("lockerType", "Bloqs with a locker of this size (B:98).", words=SIZES)
RENT_TYPE = Query("rentType", "B:98-100.", words=TYPES)
BLOQS = (*PAGING, ACTIVE, LOCKER_TYPE, RENT_TYPE)

LATITUDE = Query("latitude", "B:239.", "number", least=-90, most=90, required=True)
LONGITUDE = Query("longitude", "B:239.", "number", least=-180, most=180, required=True)
FARTHEST_AWAY = Query("maxDistance", "Metres (B:267).", "integer", most=FARTHEST, required=True)
NEARBY = (*BLOQS, LATITUDE, LONGITUDE, FARTHEST_AWAY)

TEMPLATE = Query("templateID", "Required when printing from a template, which must be the bloq's (B:1227).")
LABELS = tuple(replace(one, about="Zero, with a page and a limit of zero, for all (B:1132, 1138).", least=0) for one in PAGING)

EXTERNAL = Query("externalID", "The partner's own id, exactly.")
NAME = Query("name", "Exactly.")
ADDRESS = Query("address", "Exactly.")
LOCATION_STATE = Query("state", "B:819.", words=LOCATION_STATES)
LOCATIONS = (*PAGING, EXTERNAL, NAME, ADDRESS, LOCATION_STATE)

LOCKER = Query("lockerID", "Id of a locker.")
BLOQ = Query("bloqID", "Id of a bloq.")
CUSTOMER = Query("customerID", "Id of a customer; any is taken.")
SIZE = Query("lockerType", "XS to XL, in any case; a lockerID wins over it (B:2782).")
RENT = Query("rentID", "The rent that comes back (B:2889).")
START = (replace(LOCKER, required=True), CUSTOMER)
CREATE = (LOCKER, BLOQ, CUSTOMER)
MAKE = (replace(LOCKER, about="Required if none is selected; replaces the reserved one (B:2566)."),)
SELECT = (replace(BLOQ, about="Required if the rent has none (B:2777)."), LOCKER, SIZE)
WISH = (BLOQ, LOCKER, SIZE, RENT, CUSTOMER)
RESERVE = (replace(BLOQ, required=True), LOCKER, SIZE, RENT, CUSTOMER)

RENT_STATES = Query("rentStates", "Repeated, with commas, or with brackets (B:1344, 1383).", "list", words=STATES)
PERSON = Query("customerQuery", "E-mail or phone (B:1349).")
SINCE = Query("startDate", "Not before.", "instant")
UNTIL = Query("endDate", "Not after.", "instant")
ACTIVE_RENTS = (*PAGING, CUSTOMER, BLOQ, RENT_TYPE, RENT_STATES, PERSON, SINCE, EXTERNAL)
RENTS = (*ACTIVE_RENTS, UNTIL)

REACHED = Query("state", "B:1533.", words=STATES, required=True)
FROM = Query("from", "Reached at the earliest (B:1541).", "instant", required=True)
TO = Query("until", "Reached at the latest (B:1541).", "instant", required=True)
REACHED_RENTS = (*PAGING, REACHED, FROM, TO)
HISTORY = (Query("rentID", "Required where the path does not say it (B:1652, 1662)."),)

WITH_RENTS = Query("withActiveRents", "B:3168.", words=("all", "with", "without"))
CUSTOMERS = (*PAGING, WITH_RENTS)
COURIER = Query("courierID", "B:3378.", required=True)
LIFETIME = Query("expirationDate", 'A span of time such as "1day".')
TOKEN_BLOQS = Query("bloqIDs", "None for the whole network.", "list")
METADATA = Query("metadata", "As `metadata[name]=value`, or as JSON (B:3402).", "object")
TOKEN = (COURIER, LIFETIME, TOKEN_BLOQS, METADATA)

EVENT_TYPE = Query("eventType", "Webhooks that listen to it (B:3605).")
HOOKS = (*PAGING, EVENT_TYPE, SINCE, UNTIL)
EVENT_TYPES = Query("eventTypes", "Repeated, with commas, or with brackets (B:3816).", "list")
EVENTS_LIMIT = replace(LIMIT, about="The sample's default (B:3868).", default=15)
EVENTS = (PAGE, EVENTS_LIMIT, EVENT_TYPES, SINCE, UNTIL)
