"""Requests and answers are held against openapi.yaml, by schemas that are compiled once.

This stands in for openapi-core behind pyramid_openapi3. What is refused becomes one sentence for a person: the
`x-message` of the first field that cannot be used, in the order of the document.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from jsonschema_rs import Validator, validator_for

from flash.domain.errors import BadInput, NotFound, Refusal
from flash.domain.partner import Scope
from flash.web.api.strict_json import parse_json
from flash.web.errors import WrongContentType

NO_OBJECT = "Please send a JSON object."
UNUSABLE = "Please check what you entered."
JSON = "application/json"
METHODS = ("get", "post", "put", "patch", "delete")


class UndocumentedAnswer(AssertionError):
    """An answer that openapi.yaml does not describe."""


@dataclass(frozen=True, slots=True)
class Validated:
    """What a view finds as `request.openapi_validated`."""

    errors: list[Refusal] = field(default_factory=list)
    body: Any = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Document:
    """The parsed openapi.yaml, ready to check with."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._operations = {
            (item["x-pyramid-route-name"], method): Operation(item[method], item.get("parameters", []), self)
            for item in document["paths"].values()
            for method in METHODS
            if method in item
        }

    def unmarshal(self, wrapped: Any) -> Validated:
        """Return what the request carries, or why it is refused."""
        request = wrapped.request
        operation = self._operation(request)
        try:
            operation.check_caller(request)
            return Validated(parameters=operation.parameters_of(request), body=operation.body_of(request))
        except Refusal as refusal:
            return Validated(errors=[refusal])

    def iter_errors(self, request: Any, response: Any) -> Iterator[Exception]:
        """Check an answer.

        Raises:
            UndocumentedAnswer: it is a mistake of ours, so nothing answers it.
        """
        if response.status_code == 304:  # It has no body.
            return iter(())
        answers = self._operation(request.request).answers
        answer = answers.get(str(response.status_code), answers["default"])
        wrong = answer.wrong_with(response.content_type, response.data)
        if wrong:
            raise UndocumentedAnswer(f"{request.method} {request.path}: {response.status_code} {wrong}")
        return iter(())

    def resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the node that a `$ref` means, with what stands beside the `$ref`."""
        if "$ref" not in node:
            return node
        target = reduce(lambda part, key: part[key], node["$ref"].removeprefix("#/").split("/"), self._document)
        return self.resolved({**target, **{key: part for key, part in node.items() if key != "$ref"}})

    def compiled(self, schema: Mapping[str, Any]) -> Validator:
        """Compile a schema that may refer to the document's components."""
        root = {"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [schema]}
        schemas = self._document["components"]["schemas"]
        return validator_for({**root, "components": {"schemas": schemas}}, validate_formats=True)

    def _operation(self, request: Any) -> "Operation":
        method = "get" if request.method == "HEAD" else request.method.lower()
        return self._operations[request.matched_route.name, method]


class Operation:
    """One method of one address."""

    def __init__(self, operation: Mapping[str, Any], shared: list[Mapping[str, Any]], document: Document) -> None:
        self._security = operation.get("security", [{}])
        parameters = [document.resolved(one) for one in (*shared, *operation.get("parameters", ()))]
        self._parameters = [(one, document.compiled(one["schema"])) for one in parameters]
        body = document.resolved(operation.get("requestBody", {}))
        self._body, self._body_required = _schema(body), body.get("required", False)
        self._as_it_is = frozenset(body.get("content", {})) - {JSON}
        if self._body:
            self._body_validator = document.compiled(self._body)
            fields = self._body["properties"].items()
            self._messages = {name: document.resolved(one).get("x-message", UNUSABLE) for name, one in fields}
        self.answers = {
            status: Answer(document.resolved(one), document) for status, one in operation["responses"].items()
        }

    def check_caller(self, request: Any) -> None:
        """Refuse a caller we do not know, or a key that is not for this.

        Raises:
            NotSignedIn: a person's token is needed, or the web app's cookie, or a partner's key.
            ScopeMissing: the partner's key is for something else.
        """
        for needed in () if {} in self._security else self._security:
            if "token" in needed:
                request.account  # noqa: B018 - it refuses whoever has none
            if "session" in needed:
                request.web_session  # noqa: B018 - likewise
            for scope in needed.get("partner", ()):
                request.caller.key.check(Scope(scope))

    def parameters_of(self, request: Any) -> dict[str, Any]:
        """Return the parameters by name. An id that cannot exist is one that does not exist."""
        sources = {"path": request.matchdict, "query": request.GET, "header": request.headers}
        found = {}
        for parameter, validator in self._parameters:
            name, schema = parameter["name"], parameter["schema"]
            value = sources[parameter["in"]].get(name, schema.get("default"))
            if schema["type"] == "integer" and isinstance(value, str) and value.isascii() and value.isdigit():
                value = int(value[:20])
            if value is None and not parameter.get("required"):
                continue
            if not validator.is_valid(value):
                raise NotFound if parameter["in"] == "path" else BadInput(schema.get("x-message"), field=name)
            found[name] = value
        return found

    def body_of(self, request: Any) -> Any:
        """Return the parsed body; None where the document knows of none, whatever was sent.

        One that is not required and not sent is an empty object. What the document takes besides JSON comes as bytes.
        """
        if not self._body:
            return None
        if not request.body and not self._body_required:
            return {}
        if not request.body:
            raise BadInput(NO_OBJECT)
        if request.content_type in self._as_it_is:
            return request.body
        if request.content_type != JSON:
            raise WrongContentType
        body = parse_json(request.body)
        wrong = {_field(error) for error in self._body_validator.iter_errors(body)}
        if wrong:
            name = next((name for name in self._messages if name in wrong), None)
            raise BadInput(self._messages[name] if name else NO_OBJECT, field=name)
        return body


class Answer:
    """One status of an operation's answers: JSON by its schema, anything else by its kind alone."""

    def __init__(self, answer: Mapping[str, Any], document: Document) -> None:
        self._kinds = frozenset(answer.get("content", {JSON: {}}))
        self._validator = document.compiled(_schema(answer) or {})

    def wrong_with(self, kind: str, body: bytes) -> list[str]:
        """Return what the document does not describe."""
        if kind not in self._kinds:
            return [f"{kind} is not documented"]
        if kind != JSON:
            return []
        return [error.message for error in self._validator.iter_errors(json.loads(body))]


def _schema(node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the schema of the JSON that a request or an answer has."""
    schema: Mapping[str, Any] | None = node.get("content", {}).get(JSON, {}).get("schema")
    return schema


def _field(error: Any) -> str | None:
    """Return the field that an error is about; None when it is about the whole."""
    missing: str | None = getattr(error.kind, "property", None)
    return next(iter(error.instance_path), missing)
