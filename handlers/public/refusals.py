"""What a visitor reads where a page with the widget can't be opened, in the widget's languages."""

from collections.abc import Mapping
from typing import NamedTuple

from handlers.languages import DEFAULT_LOCALE, accepted_languages
from widget_gateway.domain.catalogue.languages import best_language


class Refusal(NamedTuple):
    """The words of the page; `unknown` and `disabled` name the provider as `{slug}`."""

    title: str
    unknown: str
    disabled: str
    advice: str


REFUSALS: Mapping[str, Refusal] = {
    "ru": Refusal(
        title="Тест не открывается",
        unknown="В адресе этой страницы указан партнёр «{slug}», которого здесь нет.",
        disabled="Тесты партнёра «{slug}» сейчас отключены.",
        advice="Сообщите об этом, пожалуйста, владельцу сайта, с которого вы пришли.",
    ),
    "en": Refusal(
        title="The test can't be opened",
        unknown="The address of this page names the partner “{slug}”, who is not known here.",
        disabled="The tests of the partner “{slug}” are switched off at present.",
        advice="Please tell the owner of the site that you came from.",
    ),
    "hy": Refusal(
        title="Թեստը չի բացվում",
        unknown="Այս էջի հասցեում նշված է «{slug}» գործընկերը, որն այստեղ հայտնի չէ։",
        disabled="«{slug}» գործընկերոջ թեստերն այժմ անջատված են։",
        advice="Խնդրում ենք տեղեկացնել այն կայքի տիրոջը, որտեղից եկել եք։",
    ),
    "az": Refusal(
        title="Test açılmır",
        unknown="Bu səhifənin ünvanında “{slug}” tərəfdaşı göstərilib, o isə burada tanınmır.",
        disabled="“{slug}” tərəfdaşının testləri hazırda söndürülüb.",
        advice="Zəhmət olmasa, gəldiyiniz saytın sahibinə bildirin.",
    ),
    "kk": Refusal(
        title="Тест ашылмайды",
        unknown="Бұл беттің мекенжайында «{slug}» серіктесі көрсетілген, ал ол мұнда белгісіз.",
        disabled="«{slug}» серіктесінің тесттері қазір өшірулі.",
        advice="Бұл туралы өзіңіз келген сайттың иесіне хабарлаңыз.",
    ),
    "mn": Refusal(
        title="Тест нээгдэхгүй байна",
        unknown="Энэ хуудасны хаягт «{slug}» түншийг заасан боловч энд бүртгэлгүй байна.",
        disabled="«{slug}» түншийн тестүүд одоогоор унтраалттай байна.",
        advice="Таны орж ирсэн сайтын эзэнд энэ тухай мэдэгдэнэ үү.",
    ),
    "fr": Refusal(
        title="Le test ne peut pas être ouvert",
        unknown="L’adresse de cette page nomme le partenaire «\xa0{slug}\xa0», inconnu ici.",
        disabled="Les tests du partenaire «\xa0{slug}\xa0» sont désactivés pour le moment.",
        advice="Veuillez en informer le propriétaire du site d’où vous venez.",
    ),
}


def refusal_language(wanted: str, accept_language: str) -> str:
    """Return the language of the page for a `locale` and an `Accept-Language` header.

    Whoever wants languages that we don't have reads English; whoever wants none, Russian.
    """
    tags = [*accepted_languages(wanted), *accepted_languages(accept_language)]
    found = (best_language(tag, REFUSALS) for tag in tags)
    return next((tag for tag in found if tag), "en" if tags else DEFAULT_LOCALE)
