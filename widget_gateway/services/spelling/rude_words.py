"""Rude words, which are right if people type them but never proposed in place of others."""

import re

from widget_gateway.services.morphology import russian

_ROOTS = re.compile(
    r"(?:на|по|о|ни|до|за|от|при|вы|а|рас|пере)?ху(?:[йеия]|ю$|ют|ес)"
    r"|.*(?:пизд|жоп)"
    r"|(?:за|вы|на|до|по|про|у|об|от|ото|под|пере|раз|из|съ)?ъ?еб(?:а[лнтшц]|у[тчн]|ну|л[ао]|$)"
    r"|бля(?:[дт]|$)"
    r"|муд(?:ак|ач|аз|ил|оз)"
    r"|манд[ау]$"
    r"|минет"
    r"|(?:за|об|под)?(?:пид[ао]р|педераст|гандон|залуп|говн|дерьм|дроч)"
    r"|(?:на|по|о)?хер(?:н|ов|ач|$|а$|у$|ом$|е$)"
)
"""Beginnings of words with such a root."""

_LEMMAS = """
сука сучка сучара шлюха курва шалава потаскуха проститутка трахать трахнуть трахаться трахнуться
срать насрать обосрать обосраться засранец ссать обоссать обоссаться пердеть пукать педик
ублюдок дебил кретин урод сиська сперма оргазм порно порнуха вагина пенис анус
"""

_ENGLISH = re.compile(
    r"(?:mother)?f[ua]ck|(?:bull|dip|horse)?shit(?!ake)|cunt|bitch|cocksuck|dickhead|puss(?:y|ies)$"
    r"|ass(?:hole|es)?$|whore|slut|blowjob|bastard|wank|porn|nigg"
)
"""Beginnings of rude English words."""

_RUDE_FORMS = frozenset(
    form.word.replace("ё", "е")
    for lemma in _LEMMAS.split()
    for found in russian().parse(lemma)[:1]
    for form in found.lexeme
)


def is_rude(word: str) -> bool:
    """Whether a folded word must not be proposed."""
    patterns = _ENGLISH if word.isascii() else _ROOTS
    return word in _RUDE_FORMS or patterns.match(word) is not None
