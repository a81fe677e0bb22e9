"""Words that definitions need and the predecessor's files lack, in the catalogue's languages."""

CLOSER = {
    "ru": "Что вам ближе?",
    "en": "Which is closer to you?",
    "hy": "Ո՞րն է ձեզ ավելի մոտ",
    "az": "Hansı sizə daha yaxındır?",
    "kk": "Сізге қайсысы жақын?",
    "mn": "Аль нь танд илүү ойр вэ?",
    "fr": "Laquelle vous ressemble le plus ?",
}
"""The question of a gradient, which is between two statements, where it has no words."""

LEVELS = {
    "min": {
        "ru": "Низкий",
        "en": "Low",
        "hy": "Ցածր",
        "az": "Aşağı",
        "kk": "Төмен",
        "mn": "Бага",
        "fr": "Faible",
    },
    "mid": {
        "ru": "Средний",
        "en": "Medium",
        "hy": "Միջին",
        "az": "Orta",
        "kk": "Орташа",
        "mn": "Дунд",
        "fr": "Moyen",
    },
    "max": {
        "ru": "Высокий",
        "en": "High",
        "hy": "Բարձր",
        "az": "Yüksək",
        "kk": "Жоғары",
        "mn": "Өндөр",
        "fr": "Élevé",
    },
}
"""Names of the three levels of a type."""

ASPECTS = {
    "interest": {
        "ru": "интерес",
        "en": "interest",
        "hy": "հետաքրքրություն",
        "az": "maraq",
        "kk": "қызығушылық",
        "mn": "сонирхол",
        "fr": "intérêt",
    },
    "skills": {
        "ru": "способности",
        "en": "abilities",
        "hy": "ունակություններ",
        "az": "qabiliyyətlər",
        "kk": "қабілеттер",
        "mn": "чадвар",
        "fr": "aptitudes",
    },
    "force": {
        "ru": "усилия",
        "en": "effort",
        "hy": "ջանքեր",
        "az": "səylər",
        "kk": "күш-жігер",
        "mn": "хичээл зүтгэл",
        "fr": "efforts",
    },
}
"""Names of the sides of a type, by the ends of the names of their groups: `art-interest`."""
