"""The generator reads the gateway's own description, and no client differs from it."""

import pytest

from clients.generator.__main__ import main, printed_files, stale_files
from clients.generator.model import model_of, read_model
from clients.generator.types import Scalar, Words, type_of
from handlers.reference.openapi import openapi_document
from handlers.reference.pages import endpoints
from widget_gateway.domain.partners.webhook_events import WebhookEventType


@pytest.fixture(scope="module")
def model():
    return read_model()


def call_of(model, name):
    (call,) = [call for call in model.calls if call.name == name]
    return call


def test_the_clients_are_what_the_generator_prints():
    assert list(stale_files(printed_files())) == []
    assert main(["--check"]) == 0


def test_every_call_of_the_current_partner_api_is_read(model):
    document = openapi_document(endpoints(), "https://gateway.example")
    paths = [path for path in document["paths"] if path.startswith("/partner/api/v3/")]
    assert [call.path for call in model.calls] == paths


def test_calls_that_create_something_write_and_lists_page(model):
    assert call_of(model, "progress/save").writes
    assert not call_of(model, "result/get").writes
    assert call_of(model, "users").paging.items == "users"
    assert call_of(model, "stats").paging is None


def test_files_are_methods_of_their_own(model):
    call = call_of(model, "result/get")
    assert call.files == {
        "html": "text/html",
        "pdf": "application/pdf",
        "svg": "image/svg+xml",
    }
    assert "format" not in [parameter.name for parameter in call.plain_parameters]
    (form,) = [parameter for parameter in call.file_parameters if parameter.name == "format"]
    assert form.required
    assert form.type == Words(("html", "pdf", "svg"))


def test_every_event_has_its_data(model):
    assert [event.type for event in model.events] == [kind.value for kind in WebhookEventType]
    assert all(model.structure_of[event.data].fields for event in model.events)


def test_optional_parameters_keep_the_type_they_have_when_given():
    assert type_of({"anyOf": [{"type": "integer"}, {"enum": ["", None]}]}) == Scalar("integer")
    assert type_of({"enum": [0, 1, "0", "1", False, True]}) == Scalar("boolean")


@pytest.mark.parametrize("schema", [{"type": "tuple"}, {"enum": [1, "a"]}, {"not": {}}])
def test_a_schema_of_unknown_form_is_no_silent_anything(schema):
    with pytest.raises(ValueError, match="does not know"):
        type_of(schema)


def test_two_types_of_one_name_are_refused():
    document = openapi_document(endpoints(), "https://gateway.example")
    schemas = document["components"]["schemas"]
    schemas["elsewhere.Done"] = schemas["handlers.partner.base.Done"]
    schemas["Stats"]["properties"]["other"] = {"$ref": "#/components/schemas/elsewhere.Done"}
    with pytest.raises(ValueError, match="Two schemas are named Done"):
        model_of(document)
