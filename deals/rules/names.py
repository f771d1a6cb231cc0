"""Names of companies: how they are compared, and what a search by name looks up.

``fold`` takes off what does not tell two companies apart: case, accents, punctuation, legal forms.
``grams`` are the numbers under which a name is found again with a typo in a word: each telling word
and it with one letter left out (two words that differ in one letter, or in the order of two, share
such a rest), and each two neighbours as one word. ``likeness`` says how alike two names are, and
which of their words agree.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LEGAL_FORMS_WORDS = """
ab ag aktiengesellschaft aps as asa asbl bhd bt bv bvba ca co company corp corporation cv cvba
dba doo ead eg eirl eireli ek eood epe esv eurl ev fcp fzco fze fzllc gbr gesmbh ggmbh gie gk
gmbh gmbhco hb hf ik inc incorporated ip ivs jdoo jsc kb kda kf kft kg kgaa kk kkt ks ky lda
limitada limited lllp llc llp lp ltd ltda mbb mbh nv nyrt ntnv oao od ohg ooo ood oy oyj ou pao
partg pc plc pllc private proprietary pt pte pty publ pvt rl rt sa sab sae sagl sal sapi sarl
sas sasu sc sca scop scp scrl sci scs sdn se sicav sicaf sia sl slu snc soparfi spa spj spk spol
spzoo srl srls sro ss stg tbk tmi uab ug uk unlimited ltee vof vzw wll yk zao zrt zoo oo
gesellschaft haftungsbeschrankt anonima anonyme societe ооо оао зао пао ао ип тов еоод оод ад αε
επε ικε
"""
LEGAL_FORMS = frozenset(_LEGAL_FORMS_WORDS.split())
"""As single words, folded: taken off the end, and off the front of a name."""
_FRONT_WORDS = """
ab oy pt sc ooo oao zao pao ao ооо оао зао пао ао тов ип cv
"""
_FRONT = frozenset(_FRONT_WORDS.split())
_ANYWHERE_WORDS = """
gmbh gesmbh mbh ggmbh kgaa inc incorporated limited ltd ltda llc llp plc pty pte pvt bhd sdn
sarl spzoo
"""
_ANYWHERE = frozenset(_ANYWHERE_WORDS.split())
_ATTACHED = re.compile(
    "株式会社|有限会社|合同会社|合資会社|[(](?:株|有|同|주|유)[)]|股份有限公司|有限责任公司|有限公司|주식회사|유한회사"
)
_PHRASES = re.compile(
    r"\bsp\.? ?z\.? ?o\.? ?o\b\.?|\bgesellschaft mit beschränkter haftung\b"
    r"|\bsoci[ée]t[ée] anonyme\b|\bsociedad an[óo]nima\b"
    r"|\bsociet[àa] per azioni\b|\bnaamloze vennootschap\b"
)
_JOINING_WORDS = """
and und et y e en och og i ja the der die das of de del di la le les
"""
_JOINING = frozenset(_JOINING_WORDS.split())

_GENERIC_WORDS = """
academy advisory advisors agency agentur alliance america american applications apps asia
associates assurance automotive bank banking bau beratung betriebs biotech brothers bros bureau
business capital care catering center centers centre centro centrum city clinic clinica clinics
clinique cloud college commerce commercial communication communications community components
computer computing concept concepts conseil construction consult consultants consulting controls
council cyber data deli dental design development digital direct distribution education
einzelhandel electric electrical electronics elektro energy engineering enterprise enterprises
equipment estate europa europe european express farm farma farms finance financial first food
foods foundation freight fund furniture future general gesundheit global green group grupo
gruppe gruppo handel handels haus health healthcare help holding holdings home hospital
hospitals hotel hotels house immobilien import industria industrial industrie industries
information innovation innovations institut institute insurance integrated intelligence
international internet invest investment investments it kanzlei klinik kliniken kliniker lab
labor laboratories labs law legal life line link logistic logistics logistik machinery
management manufacturing marine market marketing markets maschinenbau materials mechanical med
media medical medicine medien metal mobile motor motors national net network networks new nord
north one online organic partner partners petroleum pharma pharmaceutical pharmaceuticals
pharmacy plan plastics plus power practice praxis precision press print pro produce product
production productions products professional projects properties property public real
recruitment regional research resources restaurant restaurants retail sales school schools
science sciences secure security service services servicios shop software sol solution solutions
south sports spital stadt stadtwerke state steel store stores strategic studio studios sud
supplies supply support systeme systems tech technik technologie technologies technology tek
telecom textile textiles the tools trade trading training trans transport transportation travel
treuhand trust union united university utilities value ventures verwaltungs warehouse water web
werk werke west wholesale wood works world worldwide zentrum
"""
GENERIC = frozenset(_GENERIC_WORDS.split())
"""Words that very many companies carry: they weigh little, and nobody is searched by one alone."""

_DEFAULT_WEIGHT, _GENERIC_WEIGHT = 4, 1  # quarters of a letter
_LONGEST = 24  # letters of a word that count
_MOST_WORDS = 8  # of a name that are looked up
_LETTERS_WITH_ERRORS = 4  # shorter words are looked up as they are
_AGREE = 0.75  # two words alike less are two words
_WITHOUT_ACCENT = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe"}
)


def fold(name: str) -> str:
    """The name as names are compared: small letters, unaccented, words parted by one space, without
    punctuation, legal forms and words that only join. Empty where nothing is a letter or digit.

    Folding twice changes nothing; a name of nothing but such words keeps the first of them.
    """
    text = unicodedata.normalize("NFKC", name).lower()
    for forms in (_ATTACHED, _PHRASES):
        without = forms.sub(" ", text)
        text = without if re.search(r"[^\W_]", without) else text
    text = unicodedata.normalize("NFKD", text.translate(_WITHOUT_ACCENT))
    text = "".join(c for c in text if not "\u0300" <= c <= "\u036f")
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"['’`´‘]|(?<=\b\w)\.", "", text)
    words = re.sub(r"[\W_]+", " ", text).split()
    while (fewer := _without_forms(_initials_joined(words))) != words:
        words = fewer
    return " ".join(words)


def _initials_joined(words: Sequence[str]) -> list[str]:
    """``b v`` as ``bv``: how a legal form or initials are spaced tells nothing."""
    found: list[str] = []
    run = False
    for word in words:
        single = len(word) == 1 and word.isalpha()
        if single and run:
            found[-1] += word
        else:
            found.append(word)
        run = single
    return found


def _without_forms(words: list[str]) -> list[str]:
    kept = [w for w in words if w not in _JOINING] or words[:1]
    while len(kept) > 1 and kept[-1] in LEGAL_FORMS:
        kept = kept[:-1]
    while len(kept) > 1 and kept[0] in _FRONT:
        kept = kept[1:]
    return [word for n, word in enumerate(kept) if n == 0 or word not in _ANYWHERE]


@dataclass(frozen=True)
class Looked:
    """The numbers that one lookup asks for: any of ``any_of``, and where there are some, any of
    ``beside`` as well."""

    any_of: tuple[int, ...]
    beside: tuple[int, ...] = ()


def grams(vendor_id: int, folded: str) -> list[int]:
    """Under which numbers a folded name is found, sorted. The vendor is within each: one vendor's
    search costs the same whatever others keep. As signed 32-bit, as PostgreSQL takes them."""
    words = folded.split()
    telling = _telling(words)
    found = set(_neighbours(words))
    for word in telling:
        found.update(_with_errors(word))
    for a, b in pairwise(words):
        if (a in GENERIC) != (b in GENERIC):
            found.update(_beside(b, a) if a in GENERIC else _beside(a, b))
    if len(words) == 1 or not telling:
        found.update(_whole(words))
    return sorted(_numbers(vendor_id, found))


def lookups(vendor_id: int, folded: str) -> list[Looked]:
    """What to ask for, so that a name with a typo, other order or a missing word is found: the two
    longest telling words together, each word, and neighbours and the whole name.

    Any word may be a typo of a generic one, or a generic one the typo of another.
    """
    words = folded.split()[:_MOST_WORDS]
    in_order = sorted(set(words), key=lambda word: (word in GENERIC, -len(word), word))
    each = {word: _numbers(vendor_id, _with_errors(word)) for word in in_order}
    telling = [each[word] for word in _telling(in_order)]
    found = [Looked(telling[0], telling[1])] if len(telling) > 1 else []
    found += [Looked(numbers) for numbers in each.values()]
    together = {*_neighbours(words), *_whole(words)}
    for a, b in pairwise(words):
        together.update(_beside(a, b), _beside(b, a))
    found.append(Looked(_numbers(vendor_id, together)))
    return found


def _telling(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in GENERIC]


def _neighbours(words: Sequence[str]) -> Iterator[str]:
    """Neighbours as one word: ``cedar dental`` and ``cedardental`` meet."""
    return (f"{a}{b}"[:_LONGEST] for a, b in pairwise(words) if not (a in GENERIC and b in GENERIC))


def _beside(telling: str, generic: str) -> set[str]:
    """A telling word beside a generic one, with an error in either: of a telling word that a
    thousand companies carry, it finds the one that goes on like this."""
    found = {f"{rest}+{generic}" for rest in _with_errors(telling)}
    return found | {f"{telling}+{rest}" for rest in _with_errors(generic)}


def _whole(words: Sequence[str]) -> set[str]:
    """The name as one word, with an error in it or in another order."""
    errors = _with_errors("".join(words), longest=3 * _LONGEST)
    return {f"={text}" for text in (*errors, "".join(sorted(words)))}


def _with_errors(word: str, longest: int = _LONGEST) -> set[str]:
    word = word[:longest]
    if len(word) < _LETTERS_WITH_ERRORS:
        return {word}
    return {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}


def _numbers(vendor_id: int, texts: Iterable[str]) -> tuple[int, ...]:
    unsigned = {zlib.crc32(f"{vendor_id}:{text}".encode()) for text in texts}
    return tuple(sorted(n - 2**32 if n >= 2**31 else n for n in unsigned))


@dataclass(frozen=True)
class Likeness:
    """How alike two folded names are: ``score`` 0 to 100, and which words agree (``same``) or
    nearly do (``near``, of the one and of the other)."""

    score: int
    same: tuple[str, ...] = ()
    near: tuple[tuple[str, str], ...] = ()


def likeness(one: str, other: str) -> Likeness:
    """Compare two folded names, whichever comes first: the share of their letters that stands in
    words that agree, where letters of words that many companies carry count a quarter."""
    mine, theirs = one.split(), other.split()
    if not mine or not theirs:
        return Likeness(0)
    if sorted(mine) == sorted(theirs) or _glued(mine, theirs):
        return Likeness(100, tuple(mine))
    total = sum(map(_weight, mine)) + sum(map(_weight, theirs))
    agreeing, same, near = 0.0, [], []
    for alike, a, b in _agreeing(mine, theirs):
        agreeing += alike * (_weight(a) + _weight(b))
        if a == b:
            same.append(a)
        else:
            near.append((a, b))
    score = round(100 * agreeing / total)
    return Likeness(min(score, 99), tuple(same), tuple(near))


def _glued(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    return "".join(mine) == "".join(theirs)


def _weight(word: str) -> int:
    return len(word) * (_GENERIC_WEIGHT if word in GENERIC else _DEFAULT_WEIGHT)


def _agreeing(mine: list[str], theirs: list[str]) -> list[tuple[float, str, str]]:
    """Pairs of words that agree, each word once: the most alike first."""
    from rapidfuzz.distance import OSA

    pairs = []
    for i, a in enumerate(mine):
        for j, b in enumerate(theirs):
            alike = 1.0 if a == b else OSA.normalized_similarity(a, b)
            if alike >= _AGREE:
                pairs.append((alike, a, b, i, j))
    pairs.sort(key=lambda p: (-p[0], -_weight(p[1]) - _weight(p[2]), sorted(p[1:3]), p[3] + p[4]))
    found, used_i, used_j = [], set(), set()
    for alike, a, b, i, j in pairs:
        if i not in used_i and j not in used_j:
            used_i.add(i)
            used_j.add(j)
            found.append((alike, a, b))
    return found
