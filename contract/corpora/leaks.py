"""How servers give themselves away: what tracebacks, file-system paths, SQL and framework pages look like."""

from __future__ import annotations

import re

_SOURCE = r"(?:pyc?|[cm]?jsx?|tsx?|rb|php|java|kt|go|rs|exs?|erl|cs|fs|pl|pm|lua|swift|so|dll|jar|db|sqlite3?)"
_SYSTEM = r"(?:usr/(?:local|lib|src|share|s?bin)|var/(?:www|lib|log|task|run)|home|Users|root|opt|srv|etc|proc|nix)"
_WORK = r"(?:apps?|build|code|data|dist|go|mnt|private|project|src|tmp|webapps|workspaces?|www)"
_NO_URL = r"(?<![\w./:%~-])(?:file://)?"
_COLUMN = r"(?:\*|[\w.]*[\"`\[][\w.\"`\]]+|\w+\.\w+)(?:\s+as\s+[\w\"`]+)?"
_NAME = r"[\w.\"`\[\]]+"
_VALUE = r"(?:\?|[$:@%]\w|['\"\d])"

_TRACEBACKS = (
    r"Traceback \(most recent call last\)",
    r"File \"[^\"\n]+\", line \d+",
    r"\bat (?:async )?(?:new )?[\w.$<>\[\] ]*\(?(?:file:|node:|/|[A-Z]:\\)[^\s()]*:\d+:\d+",
    r"\bat [\w.$\[\] ]+ \(<anonymous>\)",
    r"\bat [\w.$/<>]+\((?:\w+\.(?:java|kt|scala|groovy|clj):\d+|Native Method|Unknown Source)\)",
    r"\bat [\w.<>`+\[\],]+\([^()\n]*\) in [^\n]+:line \d+",
    r"\bat (?:System|Microsoft)\.[\w.<>`+]+\(",
    r"\.rb:\d+:in [`'‘]",
    r"^#\d+ (?:\S+\.php\(\d+\)|\{main\})",
    r"\bgoroutine \d+ \[\w+|\.go:\d+ \+0x[0-9a-f]+",
    r"\bpanicked at \S+:\d+",
    r"\(\w+ \d+\.\d+[\w.-]*\) (?:lib|src)/\S+\.(?:exs?|erl):\d+",
)
_PATHS = (
    rf"{_NO_URL}/(?:[\w.@+-]+/)*[\w.@+-]+\.{_SOURCE}(?::\d+|\(\d+\)|[\"'>/b<]*,? (?:on )?line \S*\d)",
    rf"{_NO_URL}/{_WORK}/(?:[\w.@+-]+/)*[\w.@+-]+\.{_SOURCE}\b",
    rf"{_NO_URL}/{_SYSTEM}/[\w.@+-]+(?:/[\w.@+-]+)*",
    r"\b[A-Z]:\\(?:[\w .()@+-]+\\)+[\w.@+-]+",
    r"\b(?:site|dist)-packages/|\bnode_modules/|\bvendor/\w+/\w+/",
    r"\b(?:app|src|lib)/(?:[\w.@+-]+/)*[\w@+-]+\.(?:py|[jt]s|rb|php|java|go|rs|exs?|cs):\d+",
)
_SQL = (
    r"\bSELECT\b[^;]{1,2000}?\bFROM\s+[\w\"`\[]",
    rf"(?i)\bselect\s+(?:{_COLUMN}\s*,\s*)*{_COLUMN}\s+from\s+{_NAME}",
    rf"(?i)\binsert\s+into\s+{_NAME}\s*\([^)]*\)\s*(?:values|output|select|returning)\b",
    rf"(?i)\bupdate\s+{_NAME}\s+set\s+{_NAME}\s*=\s*{_VALUE}",
    rf"(?i)\bdelete\s+from\s+{_NAME}\s+where\s+{_NAME}\s*(?:=|in\b)\s*\(?{_VALUE}",
    r"\b(?:sqlite3|psycopg2?|asyncpg|pymysql|MySQLdb|mysql\.connector|sqlalchemy|django\.db|pyodbc|cx_Oracle)\.\w+",
    r"\b(?:java\.sql|org\.hibernate|org\.postgresql|com\.mysql|org\.h2|org\.springframework\.(?:jdbc|dao))\.\w+",
    r"\b(?:Sequelize|PrismaClient|SQLite|PDO)\w*(?:Error|Exception)\b|\bto SQLite INTEGER\b",
    r"\bSQLSTATE\b|\bSQLITE_[A-Z]{4,}\b|\bORA-\d{5}\b|\bER_(?:DUP|PARSE|DATA|BAD_FIELD|TRUNCATED)_\w+",
    r"\b(?:UNIQUE|NOT NULL|FOREIGN KEY|CHECK) constraint failed: \w+",
    r"\bviolates (?:unique|not-null|foreign key|check) constraint\b",
    r"\binvalid input syntax for (?:type )?\w+: \"|\bvalue \"[^\"]*\" is out of range for type \w+",
    r"\bno such (?:table|column): \w+|\brelation \"\w+\" does not exist\b",
    r"\berror in your SQL syntax\b|\bnear \"[^\"]*\": syntax error\b",
)
_PAGES = (
    r"(?i)<!doctype\s+html",
    r"(?i)<html[\s>]",
    r"\bDEBUG = True\b",
    r"\b(?:Werkzeug Debugger|Whitelabel Error Page|Action Controller: Exception caught)\b",
)

LEAKS = tuple(
    (kind, re.compile(pattern, re.MULTILINE))
    for kind, patterns in (
        ("a traceback", _TRACEBACKS),
        ("a path of the server's file system", _PATHS),
        ("SQL", _SQL),
        ("a page of its framework", _PAGES),
    )
    for pattern in patterns
)
"""What leaks, and a pattern that shows it. What messages for people say of titles, URLs and JSON shows none."""
