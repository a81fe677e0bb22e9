"""The forms of providers: what is agreed with a partner, checked by the rules of the command."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from handlers.console.forms import (
    MAX_FIELD,
    ConsoleForm,
    FormFields,
    WholeNumberField,
    options,
)
from handlers.console.texts import Texts
from handlers.languages import Locale
from widget_gateway.domain.partners.brands import parse_brand_name, parse_color
from widget_gateway.domain.partners.money import parse_amount
from widget_gateway.domain.partners.providers import (
    MAX_COUNT,
    MAX_NAME,
    PaymentPolicy,
    Provider,
    TestPolicy,
    parse_name,
    parse_origin,
    parse_slug,
)
from widget_gateway.services.partners.currencies import amount_text, is_in_use

MAX_ORIGINS = 100
"""The most origins that the form takes."""

LIMIT_FIELDS = ("payment_policy", "access_limit", "overdraft")
"""The fields of a limit (domain.console.limits.Limit)."""

MAX_TEXT = 20_000
"""The most characters of all origins together."""


class ProviderForm(ConsoleForm):
    """A form that shows fields of a provider.

    `seen` holds the values that the form was made from, so that it is known which ones the operator
    has changed, and which ones somebody else has changed meanwhile.
    """

    seen = HiddenField()

    def values(self) -> dict[str, Any]:
        """Return fields of a Provider. The form is valid."""
        raise NotImplementedError

    def seen_values(self) -> dict[str, Any]:
        """Return the values that the form was made from, as JSON has them; none if unreadable."""
        try:
            return msgspec.json.decode(self.seen.data or "", type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            return {}


class AgreementForm(ProviderForm):
    """What is agreed with a partner, but for the limit.

    `kept` is the provider as it is stored, if it is: its own values stay valid, although a test may
    be gone or a currency no longer in use.
    """

    name = StringField(validators=[InputRequired()])
    test_policy = SelectField(choices=options(TestPolicy), default="one_test")
    main_tests = SelectMultipleField(choices=[])
    bonus_tests = SelectMultipleField(choices=[])
    origins = TextAreaField(validators=[Length(max=MAX_TEXT)])
    allow_no_origin = BooleanField()
    open_results = BooleanField()
    sandbox_guests = BooleanField()
    price = StringField(validators=[InputRequired(), Length(max=40)], default="0")
    currency = StringField(validators=[InputRequired(), Length(max=3)], default="RUB")
    brand_name = StringField(validators=[Length(max=MAX_FIELD)])
    brand_color = StringField(validators=[Length(max=MAX_FIELD)])

    def __init__(
        self,
        fields: FormFields | None,
        locale: Locale,
        tests: Iterable[str],
        kept: Provider | None = None,
    ) -> None:
        self._kept = kept
        data = {} if fields is not None or kept is None else form_data(kept)
        super().__init__(fields, locale, **data)
        if kept is not None:
            tests = dict.fromkeys((*tests, *kept.main_tests, *kept.bonus_tests))
        for field in (self.main_tests, self.bonus_tests):
            field.choices = options(tests)

    def validate_name(self, _field: Field) -> None:
        """Check the name for people."""
        is_kept = self._kept is not None and self._kept.name == self.name.data
        if not is_kept and parse_name(str(self.name.data)) is None:
            raise self._fault("name_wrong", most=MAX_NAME)

    def validate_origins(self, _field: Field) -> None:
        """Check that each line is an origin."""
        lines = self.lines_of_origins()
        kept = 0 if self._kept is None else len(self._kept.origins)
        if len(lines) > max(MAX_ORIGINS, kept):
            raise self._fault("origins_many", most=MAX_ORIGINS)
        for line in lines:
            if parse_origin(line) is None:
                raise self._fault("origin_wrong", origin=line[:80])

    def validate_price(self, _field: Field) -> None:
        """Check that the price is an amount; whether it suits the currency is checked later."""
        if parse_amount(str(self.price.data)) is None:
            raise self._fault("price_wrong")

    def validate_currency(self, _field: Field) -> None:
        """Check that the currency is in use."""
        code = str(self.currency.data).upper()
        is_kept = self._kept is not None and self._kept.currency == code
        if not is_kept and not is_in_use(code, datetime.now(UTC).date()):
            raise self._fault("currency_wrong")

    def validate_brand_name(self, _field: Field) -> None:
        """Check the name on reports, which may be empty."""
        if self.brand_name.data and parse_brand_name(self.brand_name.data) is None:
            raise self._fault("brand_name_wrong")

    def validate_brand_color(self, _field: Field) -> None:
        """Check the colour of reports, which may be empty."""
        if self.brand_color.data and parse_color(self.brand_color.data) is None:
            raise self._fault("brand_color_wrong")

    def _fault(self, key: str, **values: object) -> ValidationError:
        return ValidationError(Texts(self.locale).text(f"providers.{key}", **values))

    def lines_of_origins(self) -> list[str]:
        """Return the origins as they were typed."""
        return [line.strip() for line in (self.origins.data or "").split("\n") if line.strip()]

    def values(self) -> dict[str, Any]:
        """Return fields of a Provider. The form is valid."""
        name = str(self.name.data)
        origins = (parse_origin(line) for line in self.lines_of_origins())
        return {
            "name": parse_name(name) or name,
            "test_policy": TestPolicy(self.test_policy.data),
            "main_tests": tuple(self.main_tests.data or ()),
            "bonus_tests": tuple(self.bonus_tests.data or ()),
            "origins": tuple(dict.fromkeys(filter(None, origins))),
            "allow_no_origin": bool(self.allow_no_origin.data),
            "open_results": bool(self.open_results.data),
            "sandbox_guests": bool(self.sandbox_guests.data),
            "price": parse_amount(str(self.price.data)) or Decimal(0),
            "currency": str(self.currency.data).upper(),
            "brand_name": parse_brand_name(self.brand_name.data or ""),
            "brand_color": parse_color(self.brand_color.data or ""),
        }


class LimitForm(ProviderForm):
    """How many accesses a provider may use, and how it pays for them."""

    payment_policy = SelectField(choices=options(PaymentPolicy))
    access_limit = WholeNumberField(validators=[InputRequired(), NumberRange(0, MAX_COUNT)])
    overdraft = WholeNumberField(validators=[InputRequired(), NumberRange(0, MAX_COUNT)])

    def values(self) -> dict[str, Any]:
        """Return the fields of a Limit, which are also those of a Provider. The form is valid."""
        return _limit_values(self)


class NewProviderForm(AgreementForm):
    """A provider that is registered, with its first limit unless that `needs_approval`."""

    slug = StringField(validators=[InputRequired(), Length(max=64)])
    payment_policy = SelectField(choices=options(PaymentPolicy), default="prepaid")
    access_limit = WholeNumberField(validators=[NumberRange(0, MAX_COUNT)], default=0)
    overdraft = WholeNumberField(validators=[NumberRange(0, MAX_COUNT)], default=0)

    def __init__(
        self,
        fields: FormFields | None,
        locale: Locale,
        tests: Iterable[str],
        *,
        needs_approval: bool,
    ) -> None:
        super().__init__(fields, locale, tests)
        self.has_limit = not needs_approval
        if needs_approval:
            for name in LIMIT_FIELDS:
                del self[name]

    def validate_slug(self, _field: Field) -> None:
        """Check the public name."""
        if parse_slug(str(self.slug.data)) is None:
            raise self._fault("slug_wrong")

    def values(self) -> dict[str, Any]:
        """Return fields of a Provider. The form is valid."""
        limit = _limit_values(self) if self.has_limit else {}
        return super().values() | limit


def _limit_values(form: LimitForm | NewProviderForm) -> dict[str, Any]:
    return {
        "payment_policy": PaymentPolicy(form.payment_policy.data),
        "access_limit": int(form.access_limit.data or 0),
        "overdraft": int(form.overdraft.data or 0),
    }


def shown_values(provider: Provider) -> dict[str, Any]:
    """Return what the forms show of a provider, as JSON has it."""
    return {
        "name": provider.name,
        "payment_policy": provider.payment_policy.value,
        "access_limit": provider.access_limit,
        "overdraft": provider.overdraft,
        "test_policy": provider.test_policy.value,
        "main_tests": list(provider.main_tests),
        "bonus_tests": list(provider.bonus_tests),
        "origins": list(provider.origins),
        "allow_no_origin": provider.allow_no_origin,
        "open_results": provider.open_results,
        "sandbox_guests": provider.sandbox_guests,
        "price": amount_text(provider.price, provider.currency),
        "currency": provider.currency,
        "brand_name": provider.brand_name,
        "brand_color": provider.brand_color,
        "brand_logo": provider.brand_logo,
    }


def form_data(provider: Provider) -> dict[str, Any]:
    """Return the data of a form that shows a provider."""
    shown = shown_values(provider)
    seen = msgspec.json.encode(shown).decode()
    return shown | {"origins": "\n".join(provider.origins), "seen": seen}


def changed_fields(form: ProviderForm, provider: Provider) -> tuple[dict[str, Any], list[str]]:
    """Return the fields that the operator has changed, and those that others have changed, too.

    A form whose `seen` can't be read counts as made from what is stored now.
    """
    now, values = shown_values(provider), form.values()
    seen = now | form.seen_values()
    sent = {name: _plain(name, value, values) for name, value in values.items()}
    changed = [name for name in values if sent[name] != seen[name]]
    conflicts = [name for name in changed if seen[name] != now[name]]
    return {name: values[name] for name in changed}, conflicts


def show_conflicts(
    form: ProviderForm, provider: Provider, changes: dict[str, Any], conflicts: list[str]
) -> None:
    """Tell beside their fields which ones others have changed, too.

    What only others have changed is shown as they left it. So whoever sends the form again has seen
    all that is stored.
    """
    for name in conflicts:
        form.refuse(name, Texts(form.locale).text("providers.conflict"))
    for name, stored in form_data(provider).items():
        if name in form and name not in changes:
            form[name].data = stored


def _plain(name: str, value: Any, values: dict[str, Any]) -> Any:
    if name == "price":
        return amount_text(value, values["currency"])
    return list(value) if isinstance(value, tuple) else value
