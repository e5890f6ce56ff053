"""What Schemathesis has to be told of this API: how lines of JSON are sent, and who may not be answered."""

import json
import os
import re

import schemathesis

ROLE = os.environ.get("HEDUI_ROLE", "everybody")
ROLES = re.compile(r"Roles: ((?:`\w+`(?:, )?)+)\.")


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(ctx, value):
    """One object a line; a text goes as it is."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", errors="surrogatepass")
    rows = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(row) for row in rows).encode("utf-8", errors="surrogatepass")


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/yaml", "application/pdf")
def bytes_as_they_are(ctx, value):
    """Files of which the document says no more than their type."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", errors="surrogatepass")


@schemathesis.hook
def filter_case(ctx, case):
    """Methods that Node's own parser does not know never reach the program: it answers 400 and ends the connection."""
    return case.method.upper() != "QUERY"


@schemathesis.check
def wrong_caller(ctx, response, case):
    """A role that the document does not name for a call gets nothing of it: 401, 403, or as little as for what does not exist."""
    raw = case.operation.definition.raw
    if not raw.get("security", True):
        return
    named = ROLES.search(raw.get("description", ""))
    roles = re.findall(r"`(\w+)`", named.group(1)) if named else []
    allowed = {401} if ROLE == "nobody" else {401, 403, 404}
    # What is no request at all is refused before anybody asks who sends it.
    allowed |= {400, 405, 408, 413, 414, 415, 429, 431}
    if ROLE not in roles and response.status_code not in allowed:
        raise AssertionError(f"{ROLE} was answered {response.status_code}, and only {', '.join(roles)} may ask")
