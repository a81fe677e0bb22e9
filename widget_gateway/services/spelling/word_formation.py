"""How new Russian words are made: of a first part and a word, of a prefix and a new verb."""

from collections.abc import Iterator

_FIRST_PARTS = """
авиа авто агит агро арт аудио аэро бизнес био блок веб вело видео гастро гео гидро гипер глав гор
гос демо диджитал доп евро жил загран зам зоо инвест инфо кибер кино контр кофе крипто лаб лже мат
маш мега мед медиа меж метео метод микро мин мини моно мос мото мульти муз нано нац недо нейро нефте
обл онлайн опер орг парт пед пиар полит пост пред пресс пром промо проф псевдо психо радио рай ре
рос росс сан сверх сек сельхоз смарт соц спец спорт строй суб супер тайм теле тест тех техно торг
транс трудо тур ультра учеб физ фин фито фото хим хоз шеф эко эконом экс экспресс экстра электро
энерго юр
"""
FIRST_PARTS = frozenset(_FIRST_PARTS.split())
"""First parts of compounds and clipped words: `соцфонд`, `профпроба`, `кибератака`."""

VERBAL_PREFIXES = frozenset(
    [
        "в",
        "вы",
        "до",
        "за",
        "из",
        "ис",
        "на",
        "о",
        "об",
        "от",
        "пере",
        "по",
        "под",
        "при",
        "про",
        "раз",
        "рас",
        "с",
        "у",
    ]
)
"""Prefixes that make verbs of verbs: `задеплоить`, `отревьюить`."""

_SHORTEST_REST = 4
"""Letters of the shortest word behind a first part."""


def compounds(word: str) -> Iterator[tuple[str, str]]:
    """Yield each first part and the rest that the word may be made of."""
    for at in range(2, len(word) - _SHORTEST_REST + 1):
        if word[:at] in FIRST_PARTS:
            yield word[:at], word[at:]


def without_prefix(word: str) -> Iterator[str]:
    """Yield what follows a verbal prefix of the word."""
    for at in range(1, min(5, len(word) - _SHORTEST_REST + 1)):
        if word[:at] in VERBAL_PREFIXES:
            yield word[at:]
