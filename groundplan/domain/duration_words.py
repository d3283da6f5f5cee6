"""The words in which people write durations: units, numbers and what stands around them, in several languages."""

from __future__ import annotations


def _words(*texts: str) -> tuple[str, ...]:
    return tuple(word for text in texts for word in text.split())


MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
MONTH, YEAR = (28 * DAY, 31 * DAY), (365 * DAY, 366 * DAY)
"""Of these nobody knows the length without a calendar."""

_SPELLINGS: dict[tuple[float, float], tuple[str, str]] = {
    (1e-3, 1e-3): ("ms msec msecs millisecond milliseconds", ""),
    (1, 1): (
        "sec secs second seconds sekunde sekunden seconde secondes seconden secondi segundo segundos",
        "秒钟 秒鐘 秒",
    ),
    (MINUTE, MINUTE): ("min mins minute minutes minuten minuto minutos minuti minuut", "分钟 分鐘"),
    (HOUR, HOUR): (
        "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur uren",
        "个小时 個小時 小时 小時 時間",
    ),
    (DAY, DAY): ("day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen", "天"),
    (7 * DAY, 7 * DAY): (
        "wk wks week weeks woche wochen semaine semaines semana semanas settimana settimane weken",
        "週間 周 週",
    ),
    (14 * DAY, 14 * DAY): ("fortnight fortnights", ""),
    MONTH: (
        "mo mos mth mths month months monat monate monaten mois mes meses mês mese mesi maand maanden",
        "个月 個月 か月 ヶ月",
    ),
    YEAR: ("yr yrs year years jahr jahre jahren ans année années año años ano anos anno anni jaar jaren", "年間"),
}

UNITS = {word: seconds for seconds, spellings in _SPELLINGS.items() for word in _words(*spellings)}
"""Seconds per unit, lowest and highest."""

UNITS_WITHOUT_SPACES = tuple(word for _, cjk in _SPELLINGS.values() for word in cjk.split())
"""Units of scripts that put no space after a word."""

LETTERS = {"s": (1.0, 1.0), "m": (MINUTE, MINUTE), "d": (DAY, DAY), "w": (7 * DAY, 7 * DAY), "y": YEAR}
"""Units that are only read where nothing but a duration can stand: "5 m" in a sentence may be metres."""

_ONES = _words(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
    "eighteen nineteen",
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}

ARTICLES = _words("a an one ein eine einen einer une un una uma um uno een")
"""Words for 1 that in a sentence may also be an article or part of a rate ("twice a day")."""

_EXACT: dict[str, float] = {
    **{word: n for n, word in enumerate(_ONES, start=1)},
    **_TENS,
    **{f"{ten}{joint}{one}": n + i for ten, n in _TENS.items() for i, one in enumerate(_ONES[:9], 1) for joint in "- "},
    **dict.fromkeys(ARTICLES, 1),
    **dict.fromkeys(("a couple of", "a couple", "couple of"), 2),
    **dict.fromkeys(("half a", "half an", "half", "a half", "halbe", "eine halbe", "einen halben", "een half"), 0.5),
    **dict.fromkeys(("media", "meia", "une demi", "demi", "mezza"), 0.5),
    **dict.fromkeys(("a quarter of a", "a quarter of an", "quarter of an", "quarter"), 0.25),
    **dict.fromkeys(("three quarters of a", "three quarters of an"), 0.75),
    **dict.fromkeys(("anderthalb", "one and a half"), 1.5),
    "two and a half": 2.5,
    "three and a half": 3.5,
    "a dozen": 12,
    **dict.fromkeys(("a hundred", "one hundred"), 100),
}

NUMBERS: dict[str, tuple[float, float]] = {
    **{word: (n, n) for word, n in _EXACT.items()},
    **dict.fromkeys(("a few", "few"), (3, 5)),
}
"""Number words as ranges. "A few" is more than a couple and fewer than one would count: 3 to 5."""

FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}

AT_MOST = (
    *_words("under within max max. maximum"),
    *("up to", "at most", "no more than", "not more than", "less than", "a maximum of", "bis zu", "jusqu'à", "hasta"),
)
"""What names only the longest time: the lower end is 0."""

ROUGHLY = (
    *_words("about around approximately approx approx. roughly circa ca ca. nearly almost some exactly only just for"),
    *_words("over takes take another minimum etwa ungefähr environ aproximadamente unos unas cerca ongeveer"),
    *_words("für pendant durante per voor"),
    *("at least", "more than", "a minimum of", "it takes", "a total of", "cerca de", "more or less"),
)
"""What stands before a duration without changing what one can plan with; "at least" names no upper end."""

NOT_BEFORE = frozenset(_words("last past previous next every each per first final initial coming preceding recent"))
"""Words before what is a period or a rate, not the time that a step takes: "the last 30 days"."""

NOT_AFTER = frozenset(
    _words(
        "ago old older earlier later per trial warranty guarantee forecast history video clip song film movie audio",
        "recording lease contract loan mortgage subscription window interval intervals average data notice itinerary",
        "trip vacation holiday stay anniversary timer alarm",
    )
)
"""Words after what is a property of a thing: "a 30-second clip"."""

BEFORE_ARTICLE = frozenset(
    _words(
        "for about around approximately roughly takes take taking wait in within than least most to nearly almost only",
        "just over another für pendant durante per voor",
    )
)
"""Words after which "an hour" is a duration and not a rate ("$5 an hour")."""

GOES_ON = frozenset(_words("and or to then before after until till in on at with while for between"))
"""Words after "for a second" that leave it a duration, which "opinion" does not."""

HINTS = tuple(
    word.replace("_", " ")
    for word in _words(
        "hour minut second day week month year fortnight",
        "_min _hr _sec _wk _yr stund _tag woche monat jahr heure _jour mois _hora día semana",
        "_mes _año _ora 'ora giorn settiman _dag _uur",
    )
)
"""One of these is in every text that names a duration without a digit: a look that costs little."""
