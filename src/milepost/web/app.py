"""Makes the HTTP interface of the parts it is given.

`bootstrap.serving` and tests call `make_app`; further routes are added to the app it gives.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from milepost.observability.measures import HttpMeasures
from milepost.web import feed_routes, files, purchases, reads
from milepost.web.access_log import AccessLog
from milepost.web.backlog import Backlog
from milepost.web.documented import MODELS, SECURITY_SCHEMES
from milepost.web.file_places import FilePlaces
from milepost.web.intake import Intake
from milepost.web.models import PurchaseIn
from milepost.web.parts import WebParts
from milepost.web.problems import answer_errors

TITLE = "Milepost"
VERSION = "1"
_ABOUT = "Purchases in; receipts, statements and reports out. Partners sign every request: docs/http.md."


def make_app(parts: WebParts, *, measures: HttpMeasures | None = None, takes_only: bool = False) -> FastAPI:
    """The app, which opens nothing before it is started and closes what it began.

    Shape: `takes_only` for one that takes purchases and tells nothing of them, as a reporter's.
    """
    app = FastAPI(title=TITLE, version=VERSION, lifespan=_lifespan, docs_url=None, redoc_url=None)
    app.state.parts = parts
    app.state.backlog = Backlog(
        parts.store, parts.tick, parts.limits.waiting_purchases, parts.limits.retry_after_s
    )
    app.state.file_places = FilePlaces(parts.limits.files_at_once, parts.limits.files_a_partner)
    app.state.intake = Intake(parts.ingest)
    answer_errors(app)
    _include_routes(app, takes_only=takes_only)
    app.add_middleware(AccessLog, measures=measures)
    # FastAPI asks its app for the document by this name, once for each that is sent.
    app.openapi = cache(openapi_document)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.intake.close()


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document, as every app publishes it at /openapi.json; it needs no parts."""
    app = FastAPI()
    _include_routes(app)
    document = get_openapi(title=TITLE, version=VERSION, description=_ABOUT, routes=app.routes)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for model in (PurchaseIn, *MODELS):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        # Models within it are answers of routes, and stand among the schemas already.
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    components["securitySchemes"] = SECURITY_SCHEMES
    return document


def _include_routes(app: FastAPI, *, takes_only: bool = False) -> None:
    for one in (purchases, files, feed_routes):
        app.include_router(one.router)
    if not takes_only:
        app.include_router(reads.router)
