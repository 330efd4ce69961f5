"""The table of words: topics by the words that name them, tone by words that praise or blame.

No kept library has a lexicon of both languages: those in use (VADER, SnowNLP) are years old.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapport.errors import RapportError

GOOD, BAD, NOT, NEITHER = "good", "bad", "not", "neither"
OTHER = "other"  # the topic of a text without a word of any
# Characters of scripts that put no blanks between words: kana, Han, Hangul.
_SCRIPTS = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_SPACED = re.compile(rf"^(?!.*[{_SCRIPTS}])\w[\w '-]*\*?$")
_LETTER = rf"[^\W{_SCRIPTS}]"
_UNIT = re.compile(rf"[{_SCRIPTS}]|{_LETTER}+")
_STOP = re.compile(r"[,.;:!?\n，。；：！？、…]|\bbut\b|但")
_REACH = 3  # words (in Chinese: characters) from a "not" to what it turns round: "not at all happy"


@dataclass(frozen=True)
class Words:
    """Words by meaning.

    Attributes:
        topics: what finds the words of each topic.
        tones: what finds any word of tone, the longest that stands there.
        meanings: of the words of tone; stems with * at their end.
    """

    topics: Mapping[str, re.Pattern[str]]
    tones: re.Pattern[str]
    meanings: Mapping[str, str]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, str]]) -> Words:
        """Read the rows of the seed `voice_words`, and a company's own in the same shape.

        Raises:
            RapportError: `company-invalid` for a row without a meaning or words.
        """
        by_meaning: dict[str, dict[str, None]] = {}
        for row in rows:
            words = [one.strip().casefold() for one in str(row.get("words") or "").split("|")]
            meaning = str(row.get("meaning") or "")
            if not meaning or meaning == OTHER or not all(words):
                raise RapportError(
                    "company-invalid",
                    "A row of voice_words needs a meaning other than 'other', and words",
                    f"vars.voice_words: {dict(row)}",
                    "Write e.g. {meaning: delivery, language: en, words: parcel*|drop off}.",
                )
            by_meaning.setdefault(meaning, {}).update(dict.fromkeys(words))
        tones = {
            word: meaning
            for meaning in (GOOD, BAD, NOT, NEITHER)
            for word in by_meaning.pop(meaning, {})
        }
        return cls(
            {topic: _any_of(words) for topic, words in by_meaning.items()}, _any_of(tones), tones
        )

    def topics_of(self, text: str) -> list[str]:
        """Topics of a plain text, the one with most different words first; empty for none.

        Of topics with as many words the one that is named first comes first.
        """
        found = {}
        for topic, pattern in self.topics.items():
            matches = list(pattern.finditer(text))
            if matches:
                found[topic] = (-len({match[0] for match in matches}), matches[0].start(), topic)
        return sorted(found, key=lambda topic: found[topic])

    def tone_of(self, text: str) -> tuple[int, int]:
        """Words that praise and that blame in a plain text, those turned round by a "not" too."""
        good = bad = 0
        turned_from = -1
        for match in self.tones.finditer(text):
            meaning = self._meaning(match[0])
            if meaning == NOT:
                turned_from = match.end()
            if meaning not in (GOOD, BAD):
                continue
            between = text[turned_from : match.start()]
            is_turned = (
                turned_from >= 0
                and not _STOP.search(between)
                and len(_UNIT.findall(between)) < _REACH
            )
            if is_turned:
                turned_from = -1
            if (meaning == GOOD) != is_turned:
                good += 1
            else:
                bad += 1
        return good, bad

    def _meaning(self, found: str) -> str:
        """Of what `tones` has found: the word itself, else its longest stem."""
        stems = (f"{found[:length]}*" for length in range(len(found), 0, -1))
        return next(self.meanings[word] for word in (found, *stems) if word in self.meanings)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, the longest that stands at a place: "no problem" before "no".

    Words of letters stand alone or amid characters, with any ending after *; characters and signs
    stand anywhere. Each alternative begins with what it seeks, by which the engine passes over the
    others.
    """
    longest = sorted(words, key=lambda word: (-len(word), word))
    letters = [
        f"{re.escape(word[:-1])}{_LETTER}*"
        if word.endswith("*")
        else f"{re.escape(word)}(?!{_LETTER})"
        for word in longest
        if _SPACED.match(word)
    ]
    signs = [re.escape(word) for word in longest if not _SPACED.match(word)]
    parts = [*([f"(?<!{_LETTER})(?:{'|'.join(letters)})"] if letters else []), *signs]
    return re.compile("|".join(parts) or "(?!)")
