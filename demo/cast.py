"""Who is in the demo: invented companies and people, the same at every load.

Everything random comes from one generator seeded by the vendor's code, so that a screenshot taken
today and one taken tomorrow show the same names with other days.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

FIRST = (
    "Ana", "Ben", "Carla", "Daniel", "Eva", "Felix", "Grace", "Hugo", "Ines", "Jonas", "Kira",
    "Liam", "Maya", "Nadia", "Oskar", "Petra", "Quentin", "Rosa", "Samir", "Tilda", "Umar",
    "Vera", "Wanda", "Xenia", "Yusuf", "Zoe", "Aisha", "Bruno", "Chiara", "Dmitri", "Elif",
    "Farah", "Goran", "Hana", "Ivo", "Jana", "Karim", "Lena", "Marek", "Nina", "Omar", "Paula",
    "Rafael", "Selma", "Tomas", "Ulla", "Viktor", "Wim", "Yara", "Zoltan",
)  # fmt: skip
LAST = (
    "Almeida", "Berger", "Castro", "Duarte", "Ekberg", "Fontana", "Garcia", "Hansen", "Ivanova",
    "Jensen", "Kovacs", "Lindqvist", "Moreau", "Novak", "Okafor", "Petersen", "Quist", "Rossi",
    "Santos", "Tanaka", "Ueda", "Varga", "Weber", "Xu", "Yilmaz", "Zimmermann", "Adeyemi",
    "Bauer", "Conti", "Dubois", "Eriksen", "Fischer", "Grant", "Horvat", "Iversen", "Jansen",
    "Keller", "Laurent", "Meyer", "Nilsson", "Olsen", "Popescu", "Reyes", "Schmidt", "Toth",
    "Urban", "Vidal", "Wagner", "Young", "Zeman",
)  # fmt: skip
PLACES = (
    ("Leeds", "GB"), ("Dublin", "IE"), ("Hamburg", "DE"), ("Lyon", "FR"), ("Porto", "PT"),
    ("Gdansk", "PL"), ("Turin", "IT"), ("Bergen", "NO"), ("Malmo", "SE"), ("Utrecht", "NL"),
    ("Antwerp", "BE"), ("Graz", "AT"), ("Denver", "US"), ("Toronto", "CA"), ("Austin", "US"),
    ("Boston", "US"), ("Zurich", "CH"), ("Tallinn", "EE"), ("Valencia", "ES"), ("Aarhus", "DK"),
)  # fmt: skip
PARTNER_NAMES = (
    "Kestrel Cloud", "Cobalt Street", "Ironbridge", "Meridian Helpdesk", "Redwood Group",
    "Summit Ridge", "Alder & Finch", "Harbourline", "Granite Peak", "Saffron Systems",
    "Lumen & Oak", "Pacific Tide", "Tern Technologies", "Fjord IT", "Juniper House",
    "Blackfriars Digital", "Calder Vale", "Dovetail", "Eastgate", "Foxglove Computing",
    "Greyfriars", "Hollow Tree", "Inkwell", "Jubilee Street", "Kingfisher", "Longmeadow",
    "Millrace", "Nettlecombe", "Orchard Lane", "Pennine", "Quayside", "Rookery", "Saltmarsh",
    "Thistledown", "Underhill", "Viaduct", "Wharfside", "Yarrow", "Amberley", "Brackenridge",
    "Copperfield", "Drumlin", "Elmbank", "Fernhill", "Gorse", "Heron Point", "Ivybridge",
)  # fmt: skip
PARTNER_FORMS = ("Managed IT", "Services", "Networks", "Solutions", "Partners", "IT")
CUSTOMER_NAMES = (
    "Harrow", "Calder", "Brook", "Aire Valley", "Castle", "Linden", "Marlow", "Norton", "Ashby",
    "Beacon", "Carlton", "Dunmore", "Elgin", "Fairview", "Glebe", "Holt", "Iona", "Kelso",
    "Lark", "Mill Lane", "Newby", "Oakfield", "Priory", "Quorn", "Ridley", "Selby", "Tarn",
    "Upton", "Vale", "Wren", "Abbey", "Birch", "Crown", "Dale", "East End", "Ford", "Grove",
)  # fmt: skip
CUSTOMER_KINDS = {
    "professional": ("Accountants", "Architects", "Consulting", "Surveyors"),
    "healthcare": ("Dental Group", "Clinic", "Physiotherapy", "Care Homes"),
    "legal": ("Law", "Solicitors", "Notaries"),
    "payments": ("Payments", "Card Services"),
    "retail": ("Stores", "Markets", "Outfitters"),
    "education": ("Schools", "Academy", "College"),
    "manufacturing_ot": ("Foundry", "Packaging", "Mills"),
    "logistics": ("Logistics", "Freight", "Couriers"),
    "banking": ("Savings", "Credit Union"),
}
JOBS = ("Engineer", "Senior engineer", "Service manager", "Security analyst", "Account manager")


@dataclass(frozen=True)
class PartnerPart:
    """One partner's part: what it is, how large, and what is special about it."""

    name: str
    city: str
    country: str
    kind: str
    people: int
    customers: int
    seats: int
    quirk: str = ""
    """``lead`` (the tour's partner), ``lapsed``, ``suspended``, ``exited``, ``new``, or nothing."""
    verticals: tuple[str, ...] = ()


@dataclass
class Names:
    """Names drawn without repeating, from a vendor's own generator."""

    draw: random.Random
    used: set[str] = field(default_factory=set)

    def person(self) -> str:
        return self._fresh(lambda: f"{self.draw.choice(FIRST)} {self.draw.choice(LAST)}")

    def customer(self, vertical: str) -> str:
        kinds = CUSTOMER_KINDS[vertical]
        return self._fresh(lambda: f"{self.draw.choice(CUSTOMER_NAMES)} {self.draw.choice(kinds)}")

    def _fresh(self, make: object) -> str:
        for _ in range(40):
            name = make()  # type: ignore[operator]
            if name not in self.used:
                self.used.add(name)
                return str(name)
        name = f"{make()} {len(self.used)}"  # type: ignore[operator]
        self.used.add(name)
        return name


_AURORA_KINDS = ("msp",) * 5 + ("mssp", "vertical", "var_to_msp", "cloud", "reseller")


def aurora(scale: int = 1) -> list[PartnerPart]:
    """40 partners for each step of ``scale``: about 200 people, 1,500 customers, 33,000 seats.

    Scale 0 is the first seven partners with a tenth of the customers, for tests.
    """
    if scale == 0:
        return [
            replace(part, customers=max(4, part.customers // 10), seats=max(40, part.seats // 4))
            for part in aurora(1)[:7]
        ]
    draw = random.Random("aurora")
    parts = [
        PartnerPart(
            "Northwind Managed IT", "Leeds", "GB", "msp", 8, 62, 1480, "lead",
            ("healthcare", "professional", "legal"),
        )
    ]  # fmt: skip
    quirks = {3: "lapsed", 12: "suspended", 17: "exited", 21: "lapsed", 30: "new"}
    for index in range(1, 40 * scale):
        name = PARTNER_NAMES[(index - 1) % len(PARTNER_NAMES)]
        form = PARTNER_FORMS[index % len(PARTNER_FORMS)]
        extra = "" if index < 48 else f" {index // 48 + 1}"
        city, country = PLACES[index % len(PLACES)]
        size = draw.choice((0.4, 0.6, 0.9, 1.0, 1.3, 2.2))
        quirk = quirks.get(index, "") if index < 40 else ""
        size = 1.0 if quirk == "lapsed" else size
        parts.append(
            PartnerPart(
                f"{name} {form}{extra}",
                city,
                country,
                _AURORA_KINDS[index % len(_AURORA_KINDS)],
                people=0 if quirk == "new" else max(2, round(5 * size)),
                customers=0 if quirk == "new" else max(4, round(36 * size)),
                seats=0
                if quirk == "new"
                else _seats(_AURORA_KINDS[index % len(_AURORA_KINDS)], size),
                quirk=quirk,
            )
        )
    return parts


def _seats(kind: str, size: float) -> int:
    """A practice in the making stays under the gate's threshold of 250 seats."""
    return round(230 * min(size, 1)) if kind == "var_to_msp" else max(40, round(1480 * size))


def borealis(scale: int = 1) -> list[PartnerPart]:
    """The contrast: eight partners, among them one whose owner also works with Aurora."""
    parts = [
        PartnerPart("Northwind Backup", "Leeds", "GB", "msp", 4, 18, 620, "lead", ("banking",)),
        PartnerPart("Tagus Cloud", "Lisbon", "PT", "msp", 5, 30, 2300),
        PartnerPart("Costa Sistemas", "Porto", "PT", "msp", 3, 14, 310, "lapsed"),
        PartnerPart("Levante IT", "Valencia", "ES", "msp", 3, 12, 260),
        PartnerPart("Douro Redes", "Porto", "PT", "reseller", 2, 8, 140),
        PartnerPart("Atlas Informatica", "Faro", "PT", "reseller", 2, 6, 90),
        PartnerPart("Serra Digital", "Braga", "PT", "msp", 2, 10, 205),
        PartnerPart("Minho Backup", "Braga", "PT", "msp", 0, 0, 0, "new"),
    ]
    return parts
