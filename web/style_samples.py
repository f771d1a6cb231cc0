"""Sample content of the style page: made up, dense, and without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import django_tables2 as tables
from django import forms

from web.tables import Blank, DayColumn, ListTable, MoneyColumn, NumberColumn

TODAY = date(2026, 11, 22)


class SampleTable(ListTable):
    """Partners as a CAM sees them."""

    noun = "%(n)s partners"
    blank = Blank("No partners yet", "Invite the first one, or import a list.", "Import", "#")
    caption = "Partners"
    partner = tables.TemplateColumn(
        '{% include "web/_person.html" with name=record.partner sub=record.sub url="#" %}'
    )
    health = tables.TemplateColumn(
        "{% load mainstay %}<span class='cell-line num'>{{ value }}"
        "<span class='meter-short'>{% meter value 100 record.tone %}</span></span>"
    )
    seats = tables.TemplateColumn(
        "{% load mainstay %}<span class='cell-line num'>{% sparkline record.line record.tone %}"
        "{{ value|number }}</span>",
        verbose_name="Seats, 12 months",
    )
    arr = MoneyColumn(verbose_name="ARR")
    renewal = DayColumn(verbose_name="Next renewal")
    certified = NumberColumn()
    signal = tables.TemplateColumn(
        "{% load mainstay %}<span class='dot tone-{{ record.tone }}'></span>{{ value }}",
        verbose_name="Top signal",
        attrs={"td": {"class": "wide bare"}},
    )


class SampleForm(forms.Form):
    """One of each control, with an error."""

    name = forms.CharField(label="Customer", help_text="As on the agreement.")
    email = forms.EmailField(label="E-mail of the first contact")
    environment = forms.ChoiceField(
        label="Environment", choices=[("it", "Office IT"), ("clinical", "Clinical")]
    )
    reach = forms.ChoiceField(
        label="Who sees it", widget=forms.RadioSelect, choices=[("a", "My team"), ("b", "All")]
    )
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label="The agreement is signed")


def _rows() -> list[dict[str, Any]]:
    down = [883, 870, 851, 840, 829, 810, 790, 770, 750, 731, 702, 688]
    up = [180, 176, 177, 186, 192, 190, 199, 204, 201, 220, 215, 228]
    flat = [84, 90, 84, 84, 90, 84, 83, 83, 83, 83, 83, 84]
    data = [
        ("Kestrel Cloud Partners", "Gold · Dublin", 38, "bad", down, 688, 358_000, 7),
        ("Cobalt Street Tech", "Gold · Chicago", 41, "bad", down, 551, 287_000, 7),
        ("Meridian Helpdesk Co", "Registered · Cape Town", 59, "warn", flat, 84, 44_000, 0),
        ("Northwind Managed IT", "Gold · Leeds", 71, "warn", flat, 792, 412_000, 6),
        ("Alder & Finch IT", "Silver · Toronto", 77, "ok", up, 228, 119_000, 4),
    ]
    signals = (
        "Seats down 22% in 90 days",
        "Renewal in 12 days, no quote sent",
        "Payment 21 days overdue",
        "2 engineer certificates expire in 18 days",
        "None",
    )
    keys = ("partner", "sub", "health", "tone", "line", "seats", "arr", "certified")
    return [
        {**dict(zip(keys, row, strict=True)), "signal": signal, "renewal": date(2026, 12, 4 + i)}
        for i, (row, signal) in enumerate(zip(data, signals, strict=True))
    ]


def _todo() -> list[dict[str, Any]]:
    return [
        {
            "icon": "certificate",
            "tone": "bad",
            "title": "Renew 2 engineer certificates",
            "due": "18 days",
            "why": "Priya Nair and Tom Ellis expire on 10 Dec. Below 6 you lose Gold pricing.",
            "button_label": "Book exams",
            "button_url": "#",
        },
        {
            "icon": "file-dollar",
            "tone": "warn",
            "title": "Classify Harrow Dental Group",
            "due": "8 days",
            "why": "Healthcare customer without an environment class. New seats stop on 30 Nov.",
            "button_label": "Classify",
            "button_url": "#",
        },
        {
            "icon": "signature",
            "tone": "brand",
            "title": "Accept the 2027 program terms",
            "due": "39 days",
            "why": "Needed before your January review.",
            "button_label": "Read and accept",
            "button_url": "#",
        },
    ]


def _blockers() -> list[dict[str, Any]]:
    return [
        {
            "tone": "bad",
            "rule": "Ordering is blocked: this product needs 2 engineers with "
            "“Mail Guard Specialist”.",
            "still_works": "Existing seats keep working.",
            "need": "2 engineers",
            "have": "1",
            "fix_label": "See who can certify",
            "fix_url": "#",
            "who": "Priya Nair, partner admin",
            "code": "certified_people",
        },
        {
            "tone": "warn",
            "rule": "12 seats over your commitment. New seats still work until 6 Dec, "
            "then ordering stops.",
            "fix_label": "Buy 12 seats",
            "fix_url": "#",
        },
    ]


def _requirements() -> list[dict[str, Any]]:
    keys = ("label", "have", "need", "value", "total", "met", "note", "url")
    rows = [
        ("Annual recurring revenue", "$412k", "$500k", 412, 500, False, "$88k to go.", "#"),
        ("Certified engineers", "6", "8", 6, 8, False, "2 more. 2 of 6 expire on 10 Dec.", "#"),
        ("Customer satisfaction", "4.6", "4.5", 4.6, 4.5, True, "Average of 38 surveys.", "#"),
        ("Registered deals, 12 months", "–", "10", 0, 10, None, "No import since 3 Oct.", "#"),
    ]
    return [dict(zip(keys, row, strict=True)) for row in rows]


def _kpis() -> list[dict[str, Any]]:
    up, down = [3, 3.2, 3.1, 3.5, 3.6, 3.8, 4.1, 4.77], [99, 98, 99, 97, 98, 97, 97, 96.4]
    return [
        {
            "label": "Recurring revenue",
            "value": "$4.77M",
            "line": up,
            "delta": "+3.1%",
            "delta_tone": "ok",
            "delta_icon": "trending-up",
            "note": "vs last quarter",
            "url": "#",
        },
        {
            "label": "Expiring in 90 days",
            "value": "27",
            "note": "certificates · 9 partners",
            "segments": [
                {"value": 6, "tone": "bad"},
                {"value": 9, "tone": "warn"},
                {"value": 12, "tone": "ok"},
            ],
        },
        {
            "label": "Blocked products",
            "value": "3",
            "line": [1, 1, 2, 1, 2, 3],
            "tone": "bad",
            "delta": "+1",
            "delta_tone": "bad",
            "delta_icon": "trending-up",
            "note": "of 16 partners",
        },
        {
            "label": "SLA met, 30 days",
            "value": "96.4%",
            "line": down,
            "tone": "bad",
            "delta": "−1.2 pt",
            "delta_tone": "bad",
            "delta_icon": "trending-down",
            "note": "target 98%",
        },
    ]


def _events() -> list[dict[str, Any]]:
    rows = [
        ("lock", "bad", "Deployment denied: Mail Guard", "Needs 2 engineers, has 1.", "API"),
        ("certificate", "ok", "Certificate AU-20418 issued", "Sam Okafor, Endpoint.", "Dana"),
        ("user-plus", "muted", "Jo Whitfield joined the team", "", "Priya Nair"),
    ]
    return [
        {
            "icon": icon,
            "tone": tone,
            "title": title,
            "text": text,
            "who": who,
            "at": datetime(2026, 11, 20 - i, 14, 30, tzinfo=UTC),
            "url": "#",
        }
        for i, (icon, tone, title, text, who) in enumerate(rows)
    ]


def _chart() -> list[dict[str, Any]]:
    weeks = ["22 Nov", "29 Nov", "6 Dec", "13 Dec", "20 Dec", "27 Dec", "3 Jan"]
    counts = [(4, 0, 0), (1, 2, 0), (5, 1, 0), (0, 4, 2), (0, 6, 1), (0, 2, 5), (0, 1, 9)]
    names = (("Not booked", "bad"), ("Booked", "warn"), ("Renewed", "ok"))
    return [
        {
            "label": week,
            "parts": [
                {"value": value, "label": label, "tone": tone}
                for value, (label, tone) in zip(row, names, strict=True)
            ],
        }
        for week, row in zip(weeks, counts, strict=True)
    ]


def samples() -> dict[str, Any]:
    """Return the style page's context."""
    table = SampleTable(_rows())
    table.paginate(per_page=3)
    table.base_url = "/style/"
    table.order_by = "health"
    filtered = SampleTable([], prefix="none-")
    filtered.filtering, filtered.hidden_count, filtered.base_url = True, 16, "/style/"
    keys = ("name", "track", "days", "day")
    people = [
        ("Priya Nair", "Endpoint Protect Expert", 18, date(2026, 12, 10)),
        ("Tom Ellis", "Backup Vault Associate", -4, date(2026, 11, 18)),
        ("Marta Kowal", "Mail Guard Specialist", 74, date(2027, 2, 4)),
        ("Sam Okafor", "Endpoint Protect Expert", 203, date(2027, 6, 13)),
    ]
    return {
        "today": TODAY,
        "todo": _todo(),
        "blockers": _blockers(),
        "requirements": _requirements(),
        "kpis": _kpis(),
        "events": _events(),
        "chart": _chart(),
        "table": table,
        "filtered_table": filtered,
        "people": [dict(zip(keys, row, strict=True)) for row in people],
        "steps": [
            {"label": "Registered", "state": "done"},
            {"label": "Silver", "state": "done"},
            {"label": "Gold", "state": "current"},
            {"label": "Platinum", "state": "locked"},
        ],
        "segments": [
            {"value": 7400, "tone": "brand", "label": "Paid out"},
            {"value": 2850, "tone": "info", "label": "Approved"},
            {"value": 1500, "tone": "muted", "label": "In review"},
        ],
        "facts": [
            {"label": "Partner since", "value": "14 Mar 2019"},
            {"label": "Agreement", "value": "MPA 2026, in force", "url": "#"},
            {"label": "Account manager", "value": "Dana Mercer", "note": "Answers within 1 day"},
            {"label": "Seats", "value": "1,065"},
        ],
        "form": SampleForm({"name": "", "email": "sam@", "environment": "it", "reach": "a"}),
    }
