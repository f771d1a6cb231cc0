"""What tells a company exactly: its domains and company numbers, written one way only."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import idna
from django.utils.translation import gettext as _

from tenants.writing import Reason, Refused

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_PUBLIC_MAIL_WORDS = """
126.com 139.com 163.com 189.cn aim.com alice.it aliyun.com aol.com arcor.de att.net bell.net
bellsouth.net bigpond.com bk.ru bluewin.ch bol.com.br btinternet.com centrum.cz charter.net
comcast.net cox.net daum.net duck.com earthlink.net email.cz email.de fastmail.com fastmail.fm
foxmail.com free.fr freenet.de frontier.com gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net
googlemail.com hanmail.net hey.com home.nl hotmail.co.uk hotmail.com hotmail.de hotmail.es
hotmail.fr hotmail.it hushmail.com icloud.com ig.com.br inbox.lv inbox.ru interia.pl juno.com
kpnmail.nl laposte.net libero.it list.ru live.co.uk live.com live.de live.fr live.nl lycos.com
mac.com mail.bg mail.com mail.de mail.ru mailbox.org mailinator.com me.com mindspring.com
msn.com naver.com neuf.fr o2.pl o2online.de onet.pl onmicrosoft.com optonline.net
optusnet.com.au orange.fr outlook.com outlook.de outlook.es outlook.fr outlook.it outlook.jp
planet.nl pm.me posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com
rediffmail.com rocketmail.com rogers.com sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com
sky.com skynet.be sohu.com sympatico.ca t-online.de talktalk.net telenet.be telia.com telus.net
terra.com.br tin.it tiscali.it tuta.com tutanota.com ukr.net uol.com.br verizon.net virgilio.it
virginmedia.com wanadoo.fr web.de windowslive.com wp.pl xs4all.nl yahoo.ca yahoo.co.in
yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.au yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it
yandex.com yandex.ru yeah.net ymail.com zohomail.com ziggo.nl
"""
PUBLIC_MAIL = frozenset(_PUBLIC_MAIL_WORDS.split())
"""Domains that people share, whatever company they work for: they tell no company."""

_NOT_PUBLIC_WORDS = """
arpa corp home internal intranet invalid lan local localhost onion
"""
_NOT_PUBLIC = frozenset(_NOT_PUBLIC_WORDS.split())
_LETTERS_AND_DIGITS = re.compile(r"[^0-9A-Z]")
NUMBER_LENGTH = (3, 58)


def domain(text: str) -> str:
    """The registrable domain of a domain, web address or e-mail address, in ASCII: the same for
    ``https://www.Münch.example/x``, ``jo@xn--mnch-0ra.example`` and ``münch.example``.

    Raises ``Refused``: ``not_a_domain``, ``public_domain`` (a mail provider's).
    """
    name = _host(text)
    try:
        ascii_name = idna.encode(name, uts46=True, transitional=False).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise _no_domain(text) from None
    found = _suffixes().privatesuffix(ascii_name)
    top = ascii_name.rpartition(".")[2]
    if found is None or top in _NOT_PUBLIC or not re.fullmatch(r"[a-z]+|xn--[a-z0-9-]+", top):
        raise _no_domain(text)
    if found in PUBLIC_MAIL:
        raise _refused(
            "public_domain",
            _("“%(domain)s” is a mail provider's domain: many companies write from it.")
            % {"domain": found},
            _("Give the company's own domain, for example that of its web site, or leave it out."),
        )
    return str(found)


def shown(ascii_domain: str) -> str:
    """The domain as people write it: ``münch.example``."""
    try:
        return idna.decode(ascii_domain)
    except (idna.IDNAError, UnicodeError):
        return ascii_domain


def company_number(text: str, country: str) -> str:
    """The number in capitals without anything between, led by its country: ``DE HRB 123`` of ``DE``
    is ``DEHRB123``.

    ``country`` has two letters; it may be empty where the number begins with it already.
    Raises ``Refused``: ``number_country``, ``number_length``.
    """
    number = _LETTERS_AND_DIGITS.sub("", text.upper())
    led = country.strip().upper()
    if not led and re.match(r"[A-Z]{2}\d", number):
        led = number[:2]
    if not re.fullmatch(r"[A-Z]{2}", led):
        raise _refused(
            "number_country",
            _("A company number counts in one country only: “%(text)s” has none.")
            % {"text": text[:60]},
            _("Give the company's country as two letters, like DE."),
            pointer="country",
        )
    number = number.removeprefix(led)
    least, most = NUMBER_LENGTH
    if not least <= len(number) <= most or not re.search(r"\d", number):
        raise _refused(
            "number_length",
            _("“%(text)s” is not a company number.") % {"text": text[:60]},
            _("Write it as in the register, at least three letters and digits: HRB 12345."),
            pointer="number",
        )
    return led + number


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def _host(text: str) -> str:
    """The part of the text between the scheme or the @ and the port or path."""
    found = text.strip().strip("<>\"'.,;").lower()
    if "://" in found or found.startswith("//"):
        try:
            found = urlsplit(found).hostname or ""
        except ValueError:
            raise _no_domain(text) from None
    else:
        found = re.split(r"[/?#]", found, maxsplit=1)[0]
        found = found.rpartition("@")[2].removeprefix("mailto:").partition(":")[0]
    return found.strip(".")


def _no_domain(text: str) -> Refused:
    return _refused(
        "not_a_domain",
        _("“%(text)s” is not a company's domain.") % {"text": text.strip()[:80]},
        _("Write it like example.com, or paste the address of its web site."),
    )


def _refused(code: str, detail: str, fix: str, pointer: str = "domains") -> Refused:
    return Refused(code, detail, reasons=[Reason(code, detail, fix=fix, pointer=pointer)])
