"""Log lines that may be kept: what belongs to people or opens doors is masked, whoever wrote it there.

Our own code logs no such values in the first place; this is for the libraries below it, and for mistakes.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from flash.trail import current

HIDDEN = "****"

KEPT = r"""
    \b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b   # a UUID
  | \bFL\d{8}[0-9A-Z]{10}\b                                                           # what people quote
  | \b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?                              # a time
"""
"""What may look like one of the others and is needed to read a log. It comes first."""

GAP = r"[ \-.()/\u00a0\u2010-\u2015]"
"""What people write between the digits of a phone number."""

LAST = rf"(?P<after> (?: {GAP}? \d ){{3}} ) (?! \w )"

SECRETS = (
    # Beside its name, as in JSON, forms, headers and addresses.
    r"""(?P<before>
            (?i: \b (?: authorization | (?:set-)?cookie ) ["']? \s? [:=] \s? ["']? (?: (?:token|bearer|basic) \s )? )
          | (?i: (?: password | passwd | secret | token | api_?key | (?<! [a-z] ) pin | otp ) (?: _code | _confirm )?
                 ["']? \s? [:=] \s? ["']? )
          | (?i: \b (?:token|bearer|basic) \s ) (?= \S{0,99} \d ) (?= \S{12} )
        ) [^\s"',;&}\])]+""",
    # Short, in a sentence.
    r"(?P<before> (?i: \b (?: pin | otp | code | password ) \b ) [^\d\n]{1,24} \b ) \d{4,8} \b (?! - )",
    r"\b \d{4,8} (?P<after> [ ] is [ ] your \b )",
    # In the address of a server.
    r"(?P<before> :// [^\s:/@]* : ) [^\s@/]+ (?P<after> @ )",
    # Long and random: a JWT, a token, a digest.
    r"\b eyJ [\w\-]+ \. [\w\-.]+",
    r"(?<! [\w\-/.] ) (?= [\w\-]* [a-z] ) (?= [\w\-]* [A-Z] ) (?= [\w\-]* \d ) [\w\-]{32,}",
    r"\b [0-9a-f]{40,} \b",
)

NUMBERS = (
    # With its country, as it is dialled here, without its zero, and of another country.
    rf"(?<! [\w*] ) (?: \+ | 00 )? (?: 260 {GAP}{{0,2}} ){{1,3}} 0? [579]\d (?: {GAP}{{0,2}} \d ){{4}} {LAST}",
    rf"(?<! [\w*.,+] ) 0 [579][4-9] (?: {GAP}{{0,2}} \d ){{4}} {LAST}",
    r"""(?<! [\w*.,+] ) [579][4-9] (?: \d{4} | [ \-] \d{3} [ \-]? \d | [ \-] \d{4} [ \-]? ) (?P<after> \d{3} )
        (?! \w | [.,]\d )""",
    rf"(?<! [\w*] ) \+ [1-9] (?: {GAP}? \d ){{5,11}} {LAST}",
)

RULES = [re.compile(rf"(?P<kept> {KEPT} ) | {hidden}", re.VERBOSE) for hidden in (*SECRETS, *NUMBERS)]


def masked(text: str) -> str:
    """Return the text without tokens, PINs, codes and passwords, and with the last digits of phone numbers only."""
    for rule in RULES:
        text = rule.sub(_hidden, text)
    return text


def _hidden(match: re.Match[str]) -> str:
    found = match.groupdict()
    return match[0] if found["kept"] else f"{found.get('before') or ''}{HIDDEN}{found.get('after') or ''}"


def talk_more() -> None:
    """Log what only somebody wants to read who looks for a mistake (`flash.debug`)."""
    logging.getLogger().setLevel(logging.DEBUG)


class MaskingFormatter(logging.Formatter):
    """Formats as it is told, and masks the whole: message, traceback and stack."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        return masked(super().format(record))


FACTS = ("method", "route", "status", "ms")
"""What else a line may say, as `extra` of whoever logs it. Libraries cannot add to it."""


class JsonFormatter(MaskingFormatter):
    """One JSON object a line, for machines: which request and which payment it belongs to, and everything masked."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`. Values are masked one by one: JSON's own quotes would hide what is beside a name."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        trail = current()
        if trail is not None:
            told["request_id"] = trail.trace.id
            if trail.transfer:
                told["transfer"] = trail.transfer
        for fact in FACTS:
            if fact in record.__dict__:
                value = record.__dict__[fact]
                told[fact] = masked(value) if isinstance(value, str) else value
        if record.exc_info:
            told["exception"] = masked(self.formatException(record.exc_info))
        if record.stack_info:
            told["stack"] = masked(self.formatStack(record.stack_info))
        return json.dumps(told, ensure_ascii=False, default=_type_of)


def _type_of(value: object) -> str:
    """Return what stands for a value that is no JSON; what it says of itself nobody has looked at."""
    return type(value).__name__
