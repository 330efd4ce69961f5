"""Web events as JSON lines in the Segment spec, gzip files by day of arrival (UTC).

Every text that goes into the JSON comes from this package's own words, hexadecimal digits and
numbers, none with a quote or a backslash, so lines are joined without escaping.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from rapport.simulate import text
from rapport.simulate import vocabulary as words
from rapport.simulate.people import People
from rapport.simulate.sessions import IDENTIFY, PAGE, PURCHASE, SEARCH
from rapport.simulate.text import Column, Ints
from rapport.simulate.web import Web
from rapport.simulate.world import DAY, PRODUCTS, World

BATCH = 100_000  # events turned into text at a time: bounds memory
SHOP = "https://shop.simulated.example"
_NAMES = (
    None, "Product Viewed", "Product Added", "Checkout Started", "Products Searched",
    "Form Submitted", "Signed In", None, "Order Completed",
)  # fmt: skip
_HEADS = [
    '"type":"page",' if kind == PAGE else '"type":"identify",' if kind == IDENTIFY
    else f'"type":"track","event":"{name}",'
    for kind, name in enumerate(_NAMES)
]  # fmt: skip
_PAGES = [
    ("/", "Home"), ("/cart", "Cart"), ("/checkout", "Checkout"), ("/search", "Search"),
    ("/contact", "Contact"), ("/account", "Account"), ("/stories", "Stories"),
    ("/stores", "Stores"), ("/shipping", "Shipping"),
    *[(f"/c/{i}", entry[0]) for i, entry in enumerate(words.CATEGORIES)],
    *[(f"/p/P{number + 1:04}", f"Product {number + 1}") for number in range(PRODUCTS)],
]  # fmt: skip
_PRODUCT_PAGE = len(_PAGES) - PRODUCTS
_SOURCES = (  # utm source, medium, campaign; referrer
    (None, None, None, None),
    (None, None, None, "https://www.google.com/"),
    ("google", "cpc", "brand_search", "https://www.google.com/"),
    ("meta", "paid_social", "spring_collection", "https://www.facebook.com/"),
    ("newsletter", "email", "monthly_letter", None),
    (None, None, None, "https://blog.kaffeefreunde.example/"),
)
_SOURCE_SHARE = (0.30, 0.28, 0.17, 0.12, 0.09, 0.04)
# Place in _SOURCES by acquisition channel; who was won in a store comes to the site by any.
_CAME_BY = {"direct": 0, "organic_search": 1, "paid_search": 2, "paid_social": 3, "email": 4,
            "referral": 5}  # fmt: skip
_FORMS = ("contact", "newsletter", "sample_request", "quote_request")


class WebFiles:
    """Appends events to `<folder>/YYYY-MM-DD.jsonl.gz`; each append is one gzip member."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder, self.world = folder, world
        self.events = 0
        folder.mkdir(parents=True)

    def append(
        self, chunk: int, people: People, shop_email: Column, order_no: Column, web: Web
    ) -> None:
        """Write one chunk's events, which are in order of arrival."""
        first, found = 0, web.event
        total = len(found["kind"])
        rng = self.world.rng("webfiles", chunk)
        context = _Context(rng, self.world, people, shop_email, order_no, web)
        while first < total:
            rows = slice(first, min(first + BATCH, total))
            event = {name: values[rows] for name, values in found.items()}
            self._write(event["received"], context.lines(event))
            first += BATCH
        self.events += total

    def _write(self, received: Ints, lines: Column) -> None:
        """The text buffer of a column of lines is the file's content, cut at the days."""
        day = received // (DAY * 1000)
        cuts = np.concatenate([[0], np.flatnonzero(np.diff(day)) + 1, [len(day)]])
        offsets = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset :]
        content = memoryview(lines.buffers()[2])
        for begin, until in pairwise(cuts):
            name = str(day[begin].astype("datetime64[D]"))
            member = gzip.compress(content[offsets[begin] : offsets[until]], 1, mtime=0)
            with (self.folder / f"{name}.jsonl.gz").open("ab") as file:
                file.write(member)

    def finish(self) -> None:
        """A day on which nothing arrived gets an empty file, so that it is told from a lost one."""
        for path in self._days():
            if not path.exists():
                path.write_bytes(gzip.compress(b"", mtime=0))

    def _days(self) -> Iterator[Path]:
        first = self.world.start // DAY
        for day in range(first, first + self.world.days):
            yield self.folder / f"{np.datetime64(day, 'D')}.jsonl.gz"


class _Context:
    """Draws what every event of a chunk needs once, and joins batches of lines."""

    def __init__(
        self,
        rng: np.random.Generator,
        world: World,
        people: People,
        shop_email: Column,
        order_no: Column,
        web: Web,
    ) -> None:
        self.world, self.web = world, web
        session = web.session
        count = len(session["person"])
        self.person = np.maximum(session["person"], -1)
        self.source = rng.choice(len(_SOURCES), count, p=_SOURCE_SHARE)
        self._win(people)
        self.product = world.draw_products(
            rng, rng.choice(len(world.category_share), count, p=world.category_share)
        )
        self.ip = (session["device"] * 7919) % 762
        self.salt = rng.integers(0, 1 << 30, count)
        self.order_no = order_no
        home = np.where(self.person >= 0, people.country[np.maximum(self.person, 0)], 0)
        self.device = session["agent"] * len(words.COUNTRIES) + home
        self.user = text.join('"', web.user_id, '"')
        traits = text.join(
            ',"traits":{"email":"', shop_email, '","name":"', people.first, " ", people.last, '"}'
        )
        self.traits = text.where(np.zeros(len(people), bool), "", traits)
        self._vocabulary()

    def _win(self, people: People) -> None:
        """Let the first visit of each person come by the channel that won them."""
        earliest = np.argsort(self.web.session["start"], kind="stable")
        person, at = np.unique(self.person[earliest], return_index=True)
        first = earliest[at[person >= 0]]
        came_by = np.array([_CAME_BY.get(channel[0], -1) for channel in words.CHANNELS])
        source = came_by[people.channel[person[person >= 0]]]
        self.source[first] = np.where(source >= 0, source, self.source[first])

    def _vocabulary(self) -> None:
        agents = [*words.BROWSERS, *[("desktop", bot) for bot in words.BOTS]]
        self.device_words = [
            f'"userAgent":"{agent}","locale":"{country.locale}","timezone":"{country.timezone}",'
            f'"device":{{"type":"{kind}"}},'
            for kind, agent in agents
            for country in words.COUNTRIES
        ]
        self.page_words = [
            f'"page":{{"path":"{path}","url":"{SHOP}{path}","title":"{title}","referrer":'
            f"{_quoted(source[3])}}}"
            for path, title in _PAGES
            for source in _SOURCES
        ]
        self.campaign_words = [
            f',"campaign":{{"source":"{source}","medium":"{medium}","name":"{name}"}}'
            if source
            else ""
            for source, medium, name, _ in _SOURCES
        ]
        self.screen_words = ["", *[
            f',"screen":{{"width":{width},"height":{height}}}'
            for width, height in ((1920, 1080), (1440, 900), (390, 844), (412, 915), (820, 1180))
        ]]  # fmt: skip
        product = [f'{{"product_id":"P{number + 1:04}"' for number in range(PRODUCTS)]
        page = [
            f'{{"path":"{path}","url":"{SHOP}{path}","title":"{title}"' for path, title in _PAGES
        ]
        search = [f'{{"query":"{query}"' for query in words.SEARCHES]
        form = [f'{{"form_id":"{name}"' for name in _FORMS]
        self.property_words = [*page, *product, *search, *form, "{"]
        self.first_product = len(page)
        self.first_search = self.first_product + PRODUCTS
        self.first_form = self.first_search + len(search)

    def lines(self, event: dict[str, Ints]) -> Column:
        """One JSON object per event, each with its line end."""
        at, kind = event["session"], event["kind"]
        salt = (self.salt[at] + event["place"] * 48_271) % 1_000_003
        hops = salt % 5 == 0
        product = np.where(hops, (self.product[at] + salt) % PRODUCTS, self.product[at])
        order = np.where(kind == PURCHASE, self.web.session["order"][at], -1)
        page = np.select(
            [kind == PAGE, kind == SEARCH, kind == 5, (kind == 6) | (kind == IDENTIFY),
             (kind == 3) | (kind == PURCHASE)],
            [np.where(event["bot"] == 1, salt % len(_PAGES),
                      np.where(salt % 3 == 0, 0, 4 + salt % (_PRODUCT_PAGE - 4))), 3, 4, 5, 2],
            _PRODUCT_PAGE + product,
        )  # fmt: skip
        source = np.where((event["place"] == 0) & (event["bot"] == 0), self.source[at], 0)
        prop = np.select(
            [kind == PAGE, (kind == 1) | (kind == 2), kind == SEARCH, kind == 5],
            [page, self.first_product + product, self.first_search + salt % len(words.SEARCHES),
             self.first_form + salt % len(_FORMS)],
            len(self.property_words) - 1,
        )  # fmt: skip
        properties = text.pick(self.property_words, prop)
        bought = text.join(
            '{"order_id":"', self.order_no.take(pa.array(np.maximum(order, 0))),
            '","path":"/checkout"',
        ) if len(self.order_no) else properties  # fmt: skip
        properties = text.where(order >= 0, bought, properties)
        person = self.person[at]
        who = pa.array(np.maximum(person, 0))
        user = text.where((event["signed_in"] == 1) & (person >= 0), self.user.take(who), "null")
        user = user.fill_null("null")
        traits = text.where((kind == IDENTIFY) & (person >= 0), self.traits.take(who), "")
        traits = traits.fill_null("")
        changed = event["moment"] >= self.world.web_change * 1000
        screen = np.where(changed, 1 + self.device[at] % 5, 0)
        return text.join(
            '{"messageId":"m', text.number(event["message"], 19), '",', text.pick(_HEADS, kind),
            '"anonymousId":"', self.web.anonymous_id.take(pa.array(self.web.session["device"][at])),
            '","userId":', user, ',"timestamp":"', text.iso_ms(event["moment"]),
            '","sentAt":"', text.iso_ms(event["sent"]), '","receivedAt":"',
            text.iso_ms(event["received"]), '","context":{"ip":"',
            text.pick(_IPS, self.ip[at]), '",', text.pick(self.device_words, self.device[at]),
            text.pick(self.page_words, page * len(_SOURCES) + source),
            text.pick(self.campaign_words, source), text.pick(self.screen_words, screen),
            '},"properties":', properties, "}", traits, "}\n",
        )  # fmt: skip


def _quoted(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'


_IPS = [f"{net}.{host}" for net in ("192.0.2", "198.51.100", "203.0.113") for host in range(1, 255)]
"""Addresses reserved for documentation."""
