"""What a tool sends and where: types, gaps, variables, and addresses that no value can bend."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dashboard.providers.tool_fields import Field, Group, Leaf, Misfit, Row, Source
from dashboard.providers.webhook_tool import WebhookCall, outgoing

TEXT = Leaf(("string",))


def group(required: str = "", **fields: Field) -> Group:
    return Group(fields, frozenset(required.split()))


def post(url: str, body: Field | None = None, **arguments: object) -> WebhookCall:
    names = {("body", name): name for name in arguments}
    return WebhookCall("POST", url, body=body, arguments=arguments, names=names)


@pytest.mark.parametrize(
    ("leaf", "given", "sent"),
    [
        (Leaf(("number",)), "16", 16),
        (Leaf(("number",)), 1.5, 1.5),
        (Leaf(("integer",)), 3.0, 3),
        (Leaf(("boolean",)), "true", True),
        (Leaf(("string",)), 4417, "4417"),
        (Leaf(("string", "null")), None, None),
        (Leaf(("string",), choices=("a", "b")), "b", "b"),
    ],
)
def test_a_value_is_sent_in_the_type_the_other_side_wants(
    leaf: Leaf, given: object, sent: object
) -> None:
    out = outgoing(post("https://shop.example", group("x", x=leaf), x=given))

    assert json.loads(out.content) == {"x": sent}


@pytest.mark.parametrize(
    ("leaf", "given", "said"),
    [
        (Leaf(("number",)), "sixteen", "x must be a number."),
        (Leaf(("number",)), float("nan"), "x must be a number."),
        (Leaf(("integer",)), 1.5, "x must be a whole number."),
        (Leaf(("integer",)), True, "x must be a whole number."),
        (Leaf(("boolean",)), "perhaps", "x must be true or false."),
        (Leaf(("string",)), {"a": 1}, "x must be a text."),
        (Leaf(("string",)), None, "x must be a text."),
        (Leaf(("string",), choices=("a", "b")), "c", "x must be one of: a, b."),
        (Row(TEXT), "a", "x must be a list."),
        (group("", y=TEXT), "a", "x must be an object."),
    ],
)
def test_a_value_that_does_not_fit_is_said_in_words(leaf: Field, given: object, said: str) -> None:
    with pytest.raises(Misfit, match=f"^{said}$"):
        outgoing(post("https://shop.example", group("x", x=leaf), x=given))


def test_what_the_model_may_leave_out_is_left_out() -> None:
    fixed = Leaf(("string",), source=Source.CONSTANT, constant="16")
    body = group("links", note=TEXT, to=group("", id=TEXT), links=Row(group("kind", kind=fixed)))

    out = outgoing(post("https://shop.example", body))

    assert json.loads(out.content) == {"links": [{"kind": "16"}]}


def test_variables_fill_parameters_and_a_secret_one_does_not() -> None:
    mine = Leaf(("integer",), source=Source.VARIABLE, variable="user")
    secret = Leaf(("string",), source=Source.VARIABLE, variable="secret__pin")
    request = post("https://shop.example/{{lang}}", group("user", user=mine, pin=secret))

    out = outgoing(replace(request, values={"user": "7", "secret__pin": "1234", "lang": "nb NO"}))

    assert json.loads(out.content) == {"user": 7}
    assert out.url == "https://shop.example/nb%20NO"


def test_a_required_variable_without_a_value_is_named() -> None:
    mine = Leaf(("string",), source=Source.VARIABLE, variable="user")

    with pytest.raises(Misfit, match="user is missing: the variable user has no value"):
        outgoing(post("https://shop.example", group("user", user=mine)))


@pytest.mark.parametrize(
    ("url", "value", "said"),
    [
        ("https://shop.example/{id}", "..", "cannot be"),
        ("https://shop.example/{id}", "", "id is missing"),
        ("ftp://shop.example/{id}", "1", "does not start with http"),
        ("shop.example/{id}", "1", "does not start with http"),
        ("https://{id}.shop.example/", "evil.example/#", "letters, digits and dashes"),
        ("https://{id}.shop.example/", "user@evil", "letters, digits and dashes"),
        ("https://shop.example/{{secret__pin}}/{id}", "1", "secret__pin has no value"),
    ],
)
def test_no_value_can_bend_the_address(url: str, value: str, said: str) -> None:
    request = WebhookCall(
        "GET",
        url,
        group("id", id=TEXT),
        arguments={"id": value},
        names={("path", "id"): "id"},
        values={"secret__pin": "1234"},
    )

    with pytest.raises(Misfit, match=said):
        outgoing(request)


@pytest.mark.parametrize(
    "url",
    [
        "{{base}}/orders",
        "https://{{base}}/",
        "https://{{base}}.com/",
        "https://a.{{base}}:443/",
        "https://{{base}}.co.uk/",
        "https://{{base}}.shop.example/",
        "https://{region}.shop.example/",
        "https://shop.example:{{base}}/",
    ],
)
def test_a_secret_travels_only_to_a_host_that_the_owner_wrote(url: str) -> None:
    request = WebhookCall("GET", url, values={"base": "evil"}, secrets=["Bearer abcdefgh"])

    with pytest.raises(Misfit, match="must name the host in full"):
        outgoing(request)


@pytest.mark.parametrize("name", ["Authorization", "cookie", "X-Api-Key", "Proxy-Authorization"])
def test_a_login_written_into_a_header_counts_as_a_secret(name: str) -> None:
    request = WebhookCall("GET", "https://{{base}}.shop.example/", values={"base": "a"})

    assert outgoing(request).url == "https://a.shop.example/"
    with pytest.raises(Misfit, match="must name the host in full"):
        outgoing(replace(request, headers={name: "Bearer literal"}))


@pytest.mark.parametrize("value", [10**30, str(10**30), 1e25, -(2**63) - 1])
@pytest.mark.parametrize("kind", ["integer", "number"])
def test_a_whole_number_beyond_64_bits_does_not_fit(kind: str, value: object) -> None:
    request = post("https://shop.example", group("x", x=Leaf((kind,))), x=value)

    if kind == "number" and isinstance(value, float):
        assert json.loads(outgoing(request).content) == {"x": value}
        return
    with pytest.raises(Misfit, match="x must be a"):
        outgoing(request)


@pytest.mark.parametrize(
    ("url", "base", "goes_to"),
    [
        (
            "{{base}}/orders?q={{q}}",
            "https://shop.example/v1/",
            "https://shop.example/v1/orders?q=a%26b",
        ),
        ("https://{{base}}.shop.example:8443/x", "no-1", "https://no-1.shop.example:8443/x"),
    ],
)
def test_an_address_may_hold_variables(url: str, base: str, goes_to: str) -> None:
    assert outgoing(WebhookCall("GET", url, values={"base": base, "q": "a&b"})).url == goes_to
