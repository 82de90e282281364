#!/usr/bin/env python3
"""Makes the raw data of the example project, and what a correct pipeline must make of it.

    python3 scripts/make_fixtures.py           write fixtures/raw and fixtures/expected
    python3 scripts/make_fixtures.py --check   exit 1 unless the committed files are what this script makes

Everything comes from one seed, so the data never changes by itself. Only `Random.random()` is used: it is the one method
whose sequence Python promises to keep between versions. The expected figures are counted while the rows are made, by
what was put into them, and not by a second implementation of the cleaning rules.
"""

import csv
import io
import json
import random
import re
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "fixtures"
SEED = 20260115
DAY = "2026-01-15"
FILES = 5
LINES_PER_FILE = 1000
CUSTOMERS = 800
FIRST_ORDER = 7_000_000_001  # beyond 32 bits: order_id is a bigint
FIRST_CUSTOMER = 1001

# How often each country orders, and in which currency.
COUNTRIES = {
    "DE": (30, "EUR"), "FR": (20, "EUR"), "IT": (14, "EUR"), "ES": (10, "EUR"),
    "NL": (8, "EUR"), "AT": (7, "EUR"), "CH": (6, "CHF"), "PL": (5, "PLN"),
}
STATUSES = ["NEW", "PAID", "PAID", "PAID", "SHIPPED", "SHIPPED", "CANCELLED"]
COMMENTS = [
    "", "", "", "gift, please wrap", 'ring "Anna" first, then wait', "leave it at the door",
    "Hinterhaus, 2. Stock; Straße gesperrt", "c'est un cadeau, merci", "  two boxes  ",
]
FIRST_NAMES = ["Anna", "Björn", "Chloé", "Dario", "Elżbieta", "Femke", "Gül", "Hugo", "Íñigo", "Jana"]
LAST_NAMES = ["Müller", "Rossi", "García", "de Vries", "Kowalska", "O'Neill", "Huber", "Lefèvre", "Șerban", "Yılmaz"]

# Each way in which a row can be bad, how many there are in a file, and what is wrong with it then.
BAD_AMOUNTS = ["", "-12.50", "12,50", "n/a", "1e3"]
UNKNOWN_COUNTRIES = ["XX", "", "Germany", "de"]
DIRT = {"duplicate": (6, 12), "amount": (4, 9), "country": (3, 8), "status": (2, 6)}

ORDER_COLUMNS = ["order_id", "customer_id", "country", "status", "amount", "currency", "created_at", "comment"]
CUSTOMER_COLUMNS = ["customer_id", "name", "country", "email", "since"]


class Dice:
    """Random choices from `Random.random()` alone."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def below(self, limit):
        return int(self._random.random() * limit)

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def one_of(self, items):
        return items[self.below(len(items))]

    def weighted(self, weights):
        at = self.below(sum(weights.values()))
        for item, weight in weights.items():
            at -= weight
            if at < 0:
                return item
        raise AssertionError("the weights add up to more than their sum")

    def some_of(self, items, count):
        """`count` different items."""
        left, taken = list(items), []
        for _ in range(count):
            taken.append(left.pop(self.below(len(left))))
        return taken

    def amount(self):
        """Many small amounts and few large ones, in cents."""
        return 150 + int(self._random.random() ** 3 * 120_000)


def make_customers(dice):
    weights = {country: weight for country, (weight, _) in COUNTRIES.items()}
    customers = []
    for number in range(CUSTOMERS):
        first, last = dice.one_of(FIRST_NAMES), dice.one_of(LAST_NAMES)
        customers.append({
            "customer_id": FIRST_CUSTOMER + number,
            "name": f"{last}, {first}",
            "country": dice.weighted(weights),
            "email": f"customer{FIRST_CUSTOMER + number}@example.com",
            "since": f"20{dice.between(15, 25)}-{dice.between(1, 12):02}-{dice.between(1, 28):02}",
        })
    return customers


def make_order(dice, order_id, customers, second):
    customer = dice.one_of(customers)
    cents = dice.amount()
    return {
        "order_id": order_id,
        "customer_id": customer["customer_id"],
        "country": customer["country"],
        "status": dice.one_of(STATUSES),
        "amount": f"{cents // 100}.{cents % 100:02}",
        "currency": COUNTRIES[customer["country"]][1],
        "created_at": f"{DAY}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z",
        "comment": dice.one_of(COMMENTS),
    }


def make_file(dice, first_id, customers, part):
    """The rows of one file, and a list of the same length: what is wrong with each, None if nothing is."""
    dirt = {kind: dice.between(*bounds) for kind, bounds in DIRT.items()}
    count = LINES_PER_FILE - dirt["duplicate"]
    hours = 86_400 // FILES
    rows = [make_order(dice, first_id + n, customers, part * hours + n * hours // count) for n in range(count)]
    faults = [None] * count

    places = dice.some_of(range(count), dirt["amount"] + dirt["country"] + dirt["status"])
    for kind, column, choices in [
        ("amount", "amount", BAD_AMOUNTS), ("country", "country", UNKNOWN_COUNTRIES), ("status", "status", [""]),
    ]:
        for _ in range(dirt[kind]):
            place = places.pop()
            rows[place][column] = dice.one_of(choices)
            faults[place] = kind

    clean = [place for place in range(count) if faults[place] is None]
    for place in dice.some_of(clean, dirt["duplicate"]):
        # The sender repeats a row later in the same file: at its end.
        rows.append(dict(rows[place]))
        faults.append("duplicate")
    return rows, faults, first_id + count


def make_expected(files):
    """The figures of a correct load: in all, and by country."""
    reasons, orders, amounts = Counter(), Counter(), Counter()
    for rows, faults in files:
        for row, fault in zip(rows, faults):
            if fault:
                reasons[fault] += 1
            else:
                orders[row["country"]] += 1
                amounts[row["country"]] += Decimal(row["amount"])
    load = {
        "day": DAY,
        "files": len(files),
        "lines": sum(len(rows) for rows, _ in files),
        "loaded": sum(orders.values()),
        "rejected": sum(reasons.values()),
        "reasons": {kind: reasons[kind] for kind in DIRT},
    }
    countries = [
        {"country": country, "currency": COUNTRIES[country][1], "orders": orders[country], "amount": amounts[country]}
        for country in sorted(COUNTRIES)
    ]
    return load, countries


def as_csv(columns, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_json(value):
    """JSON with amounts as exact numbers of two decimals."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=lambda amount: f"<{amount:.2f}>")
    return re.sub(r'"<([0-9.]+)>"', r"\1", text) + "\n"


def make_all():
    """All files: path below fixtures/ to content."""
    dice = Dice(SEED)
    customers = make_customers(dice)
    contents, files, next_id = {}, [], FIRST_ORDER
    for part in range(FILES):
        rows, faults, next_id = make_file(dice, next_id, customers, part)
        files.append((rows, faults))
        contents[f"raw/orders/orders-{part}.csv"] = as_csv(ORDER_COLUMNS, rows)
    contents["raw/customers/customers.csv"] = as_csv(CUSTOMER_COLUMNS, customers)
    load, countries = make_expected(files)
    contents["expected/load.json"] = as_json(load)
    contents["expected/countries.json"] = as_json(countries)
    return contents, load


def check(contents):
    """The files that are not what they should be."""
    wrong = []
    for name, content in contents.items():
        path = ROOT / name
        if not path.is_file() or path.read_bytes() != content.encode():
            wrong.append(name)
    return wrong


def main(arguments):
    contents, load = make_all()
    if arguments == ["--check"]:
        wrong = check(contents)
        print(json.dumps({"files": len(contents), "wrong": wrong, "load": load}))
        return 1 if wrong else 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    for name, content in contents.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    print(json.dumps(load, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
