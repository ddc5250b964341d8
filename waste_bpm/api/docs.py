"""The readable reference: one page, its script and styles from an installed package, nothing from elsewhere."""

from pathlib import Path as File
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response
from swagger_ui_bundle import swagger_ui_path

from waste_bpm.errors import NotFound
from waste_bpm.vocabulary import Finding

routes = APIRouter(include_in_schema=False)

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>waste_bpm: the HTTP interface</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<noscript>This page needs scripts; the same is in <a href="openapi.json">openapi.json</a>.</noscript>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
# The reader in the package knows OpenAPI 3.0 by its number; it shows what 3.1 adds well enough.
_START = """\
fetch("openapi.json")
  .then((answer) => answer.json())
  .then((described) =>
    SwaggerUIBundle({
      spec: { ...described, openapi: "3.0.3" },
      dom_id: "#swagger-ui",
      docExpansion: "list",
      defaultModelsExpandDepth: 0,
      validatorUrl: null,
    }),
  );
"""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_KEPT = {"Cache-Control": "max-age=86400"}


@routes.get("/docs")
def page() -> Response:
    """The reference for people."""
    return Response(_PAGE, media_type="text/html", headers={"Content-Security-Policy": _POLICY})


@routes.get("/docs/start.js")
def start() -> Response:
    """The script that shows the description on the page."""
    return Response(_START, media_type="text/javascript", headers=_KEPT)


@routes.get("/docs/{name}")
def asset(name: Annotated[str, Path(max_length=60)]) -> Response:
    """A script, style or picture of the page; raises NotFound for any other name."""
    if name not in _ASSETS:
        raise NotFound(Finding(rule_id="asset-unknown", message=f"The page has no {name!r}."))
    data = File(str(swagger_ui_path)).joinpath(name).read_bytes()
    return Response(data, media_type=_ASSETS[name], headers=_KEPT)
