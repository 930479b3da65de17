"""Word lists behind the people and their company; names are put together from parts and mean nobody."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple


class Department(NamedTuple):
    """A department, the words its people use of their work, and the skill families that go with it."""

    name: str
    field: str
    noun: str
    taught: str
    experience: str


class Site(NamedTuple):
    """An office, its IANA time zone and what is spoken there beside English, commonest first."""

    name: str
    timezone: str
    languages: tuple[str, ...] = ()
    english: bool = True


DEPARTMENTS: tuple[Department, ...] = (
    Department("Customer Service", "Customer Service", "customer adviser", "collaboration", "communication"),
    Department("Engineering", "Engineering", "software engineer", "software", "operations"),
    Department("Sales", "Sales", "account executive", "social media", "sales"),
    Department("Operations", "Operations", "operations analyst", "automation", "operations"),
    Department("Finance", "Finance", "finance analyst", "data", "finance"),
    Department("Information Technology", "IT", "systems engineer", "cloud", "operations"),
    Department("Marketing", "Marketing", "marketing specialist", "digital marketing", "strategy"),
    Department("Human Resources", "HR", "HR adviser", "inclusion", "leadership"),
    Department("Product", "Product", "product owner", "agile", "strategy"),
    Department("Data and Analytics", "Analytics", "data analyst", "data", "strategy"),
    Department("Procurement", "Procurement", "buyer", "automation", "sales"),
    Department("Research", "Research", "research scientist", "ai", "strategy"),
    Department("Legal", "Legal", "legal adviser", "ai", "governance"),
    Department("Communications", "Communications", "communications officer", "social media", "communication"),
    Department("Security", "Security", "security analyst", "security", "governance"),
    Department("Sustainability", "Sustainability", "sustainability analyst", "sustainability", "strategy"),
)
"""From the largest to the smallest."""

TEAMS: tuple[str, ...] = ("Delivery", "Services", "Planning", "Projects", "Support", "Insight", "Change", "Partners")

SITES: tuple[Site, ...] = (
    Site("London", "Europe/London"),
    Site("Berlin", "Europe/Berlin", ("German",), False),
    Site("Bengaluru", "Asia/Kolkata", ("Hindi", "Kannada")),
    Site("Manchester", "Europe/London"),
    Site("Paris", "Europe/Paris", ("French",), False),
    Site("New York", "America/New_York", ("Spanish",)),
    Site("Warsaw", "Europe/Warsaw", ("Polish",), False),
    Site("Madrid", "Europe/Madrid", ("Spanish",), False),
    Site("Munich", "Europe/Berlin", ("German",), False),
    Site("Singapore", "Asia/Singapore", ("Mandarin", "Malay")),
    Site("Toronto", "America/Toronto", ("French",)),
    Site("Dublin", "Europe/Dublin"),
    Site("Sao Paulo", "America/Sao_Paulo", ("Portuguese",), False),
    Site("Sydney", "Australia/Sydney", ("Mandarin",)),
    Site("Lisbon", "Europe/Lisbon", ("Portuguese",), False),
    Site("Tokyo", "Asia/Tokyo", ("Japanese",), False),
)
"""From the largest to the smallest."""

LANGUAGES: tuple[str, ...] = (
    "English", "Spanish", "French", "German", "Mandarin", "Portuguese", "Polish", "Hindi", "Italian", "Dutch",
    "Turkish", "Arabic", "Japanese", "Kannada", "Malay",
)  # fmt: skip
"""From the commonest second language to the rarest."""

TITLES: dict[int, str] = {
    1: "Junior {noun}",
    2: "{noun}",
    3: "Senior {noun}",
    4: "Lead {noun}",
    5: "{field} Manager",
    6: "Senior {field} Manager",
    7: "Head of {field}",
    8: "Director of {field}",
    9: "Vice President, {field}",
    10: "Chief Executive",
}

CAREER_PATHS: tuple[str, ...] = (
    "Graduate scheme", "Experienced hire", "Internal move", "Apprenticeship", "Internship", "Returner", "Acquisition",
)  # fmt: skip

TENURE_BANDS: tuple[str, ...] = ("0-1 years", "2-4 years", "5-9 years", "10-19 years", "20+ years")

AVAILABILITY: tuple[str, ...] = tuple(
    f"{day} {hours}"
    for day, hours in product(
        ("Mon", "Tue", "Wed", "Thu", "Fri"), ("09:00-11:00", "11:00-13:00", "14:00-16:00", "16:00-18:00")
    )
)

GOALS: tuple[str, ...] = (
    "Learn digital tools", "Use AI in daily work", "Widen my network", "Understand younger colleagues",
    "Be heard by leadership", "Prepare for promotion", "Improve my presentations", "Share knowledge across departments",
    "Lead more inclusively", "Understand new customers", "Make better use of data", "Build confidence",
    "Learn how decisions are made", "Change the culture", "Try new ways of working", "Find a sponsor",
    "Improve my social media presence", "Work better in hybrid teams", "Explore another career path",
    "Support mental health", "Keep talent in the company", "Work more sustainably", "Practise coaching",
    "Get a view from outside my field",
)  # fmt: skip
"""From the commonest to the rarest."""

GIVEN_NAMES: tuple[str, ...] = (
    "Ada", "Adam", "Aisha", "Alex", "Amara", "Amir", "Ana", "André", "Anika", "Ben", "Bo", "Carla", "Chen", "Chloé",
    "Clara", "Daniel", "Diego", "Elena", "Eli", "Emma", "Eva", "Farid", "Fatima", "Felix", "Finn", "Grace", "Hana",
    "Hugo", "Ibrahim", "Ines", "Ivan", "Jan", "Jonas", "Joy", "Julia", "Kai", "Karim", "Kofi", "Lara", "Leo", "Lina",
    "Lucas", "Maja", "Malik", "Maria", "Mei", "Mia", "Miguel", "Mila", "Nadia", "Nia", "Nils", "Noah", "Nora", "Olga",
    "Omar", "Oscar", "Paula", "Priya", "Rafael", "Ravi", "Rosa", "Ruth", "Sam", "Sana", "Sara", "Sofia", "Tara", "Theo",
    "Tomas", "Uma", "Vera", "Wei", "Yara", "Yusuf", "Zoë",
)  # fmt: skip

FAMILY_NAMES: tuple[str, ...] = tuple(
    "".join(syllables)
    for syllables in product(
        ("Al", "Bar", "Bel", "Cor", "Dal", "Den", "Fer", "Gal", "Har", "Hol", "Jan", "Kal", "Kes", "Lan", "Lin", "Mar",
         "Mel", "Nor", "Pel", "Ran", "Ros", "Sal", "Sten", "Tal", "Tor", "Val", "Ven", "Wal", "Yor", "Zel"),
        ("a", "e", "i", "o", "en", "er", "in", "or"),
        ("berg", "by", "dale", "den", "field", "ford", "gard", "kov", "ley", "lund", "man", "mont", "nell", "ric", "ro",
         "sen", "son", "ston", "ti", "vic", "well", "wood"),
    )
)  # fmt: skip
