"""Functions of the scripts, in POSIX shell and awk: send a request and keep its answer, read it, compare it.

JSON is compared in a flat form, one line for each value: its path, a blank, the value. ``flat_lines`` writes the same
for a value of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from contract.exchange import NO_JSON
from contract.jsontext import JsonValue

JSON_READER = r"""json='
BEGIN { n = p = 0 }
{ for (i = 1; i <= NF; i++) b[n++] = $i }
END {
	for (c = 32; c < 127; c++) ascii = ascii sprintf("%c", c)
	if (b[0] == 239 && b[1] == 187 && b[2] == 191) p = 3
	blanks(); value("", 0); blanks()
	if (bad || p < n) print "no JSON"
	else for (i = 1; i <= lines; i++) print line[i]
}
function blanks() { while (p < n && (b[p] == 32 || b[p] == 9 || b[p] == 10 || b[p] == 13)) p++ }
function put(path, text) { line[++lines] = (path == "" ? "." : path) " " text }
function show(c, name) {
	if (c < 32 || c > 126 || c == 34 || c == 92 || (name && (c == 46 || c == 91 || c == 32))) return sprintf("\\u{%x}", c)
	return substr(ascii, c - 31, 1)
}
function hex(  i, c, d, v) {
	v = 0
	for (i = 0; i < 4; i++) {
		c = p < n ? b[p++] : 0
		d = c > 47 && c < 58 ? c - 48 : c > 64 && c < 71 ? c - 55 : c > 96 && c < 103 ? c - 87 : -1
		if (d < 0) bad = 1
		v = v * 16 + d
	}
	return v
}
function string(name,   s, c, d, k) {
	s = ""
	p++
	while (!bad) {
		if (p >= n) { bad = 1; break }
		c = b[p++]
		if (c == 34) return s
		if (c < 32) bad = 1
		if (c == 92) {
			c = b[p++]
			if (c == 117) {
				c = hex()
				if (c >= 55296 && c < 56320 && b[p] == 92 && b[p + 1] == 117) {
					k = p
					p += 2
					d = hex()
					if (d >= 56320 && d < 57344) c = 65536 + (c - 55296) * 1024 + d - 56320
					else p = k
				}
			}
			else if (c == 98) c = 8
			else if (c == 102) c = 12
			else if (c == 110) c = 10
			else if (c == 114) c = 13
			else if (c == 116) c = 9
			else if (c != 34 && c != 92 && c != 47) bad = 1
		}
		else if (c > 127) {
			k = c >= 194 && c < 224 ? 1 : c >= 224 && c < 240 ? 2 : c >= 240 && c < 245 ? 3 : 0
			if (!k) bad = 1
			d = c
			c = k == 1 ? c - 192 : k == 2 ? c - 224 : c - 240
			for (; k > 0; k--) {
				if (b[p] < 128 || b[p] > 191) bad = 1
				c = c * 64 + b[p++] - 128
			}
			if (c > 1114111 || (c >= 55296 && c < 57344) || (d > 223 && c < 2048) || (d > 239 && c < 65536)) bad = 1
		}
		s = s show(c, name)
	}
	return s
}
function value(path, deep,   name, text, k) {
	if (bad || deep > 40) { bad = 1; return }
	if (b[p] == 123) {
		put(path, "object")
		p++
		blanks()
		if (b[p] == 125) { p++; return }
		while (!bad) {
			if (b[p] != 34) { bad = 1; return }
			name = path "." string(1)
			if (name in seen) bad = 1
			seen[name] = 1
			blanks()
			if (b[p++] != 58) bad = 1
			blanks(); value(name, deep + 1); blanks()
			if (b[p] == 44) { p++; blanks() }
			else if (b[p++] == 125) return
			else bad = 1
		}
	}
	else if (b[p] == 91) {
		put(path, "array")
		p++
		blanks()
		if (b[p] == 93) { p++; return }
		while (!bad) {
			value(path "[" (k + 0) "]", deep + 1)
			k++
			blanks()
			if (b[p] == 44) { p++; blanks() }
			else if (b[p++] == 93) return
			else bad = 1
		}
	}
	else if (b[p] == 34) { text = string(0); put(path, "\"" text "\"") }
	else {
		text = ""
		while (p < n && (b[p] == 43 || b[p] == 45 || b[p] == 46 || (b[p] > 47 && b[p] < 58) || (b[p] > 64 && b[p] < 91) || (b[p] > 96 && b[p] < 123)))
			text = text show(b[p++])
		if (text !~ /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$/) bad = 1
		put(path, text)
	}
}'"""

MESSAGES = r"""messages='
BEGIN { n = p = 0 }
{ for (i = 1; i <= NF; i++) b[n++] = $i }
END {
	for (c = 32; c < 127; c++) ascii = ascii sprintf("%c", c)
	while (p < n) {
		head = ""
		for (; p < n && head !~ /\n\n$/; p++) if (b[p] != 13) head = head (b[p] == 10 ? "\n" : show(b[p]))
		if (head !~ /^HTTP\/1\.[01] [0-9][0-9][0-9]/) { print "surplus"; exit }
		if (head !~ /\n\n$/) { print "short"; exit }
		status = substr(head, 10, 3)
		if (status < 200) continue
		fields = tolower(head)
		if (method == "HEAD" || status == 204 || status == 304) length_ = 0
		else if (fields ~ /\ntransfer-encoding: *chunked/) length_ = chunks()
		else if (match(fields, /\ncontent-length: *[0-9]+/)) {
			length_ = substr(fields, RSTART, RLENGTH)
			sub(/[^0-9]*/, "", length_)
		}
		else length_ = n - p
		p += length_
		print status, (p > n ? "short" : "whole")
		method = "GET"
	}
}
function show(c) { return c < 32 || c > 126 ? "?" : substr(ascii, c - 31, 1) }
function chunks(  q, size, c) {
	q = p
	while (q < n) {
		size = 0
		for (; q < n && b[q] != 10; q++) {
			c = index("0123456789abcdef", tolower(show(b[q])))
			if (c) size = size * 16 + c - 1
			else break
		}
		while (q < n && b[q] != 10) q++
		q += size + 3
		if (!size) break
	}
	return q - p
}
'"""

_FUNCTIONS: dict[str, str] = {
    "ask": r"""ask() { # ask N curl …: send a request, and keep what answers it under the number N
	number=$1 program=$2
	shift 2
	: >"$dir/$number.body"
	: >"$dir/$number.head"
	[ "$1 $2" != '-X POST' ] || : >"$dir/$number.made"
	"$program" -q -s -m 30 --http1.1 --noproxy '*' -D "$dir/$number.head" -o "$dir/$number.body" \
		-w '%{http_code}' @HEADERS@ "$@" >"$dir/$number.status"
	echo $? >"$dir/$number.code"
	if [ "$1" = -I ]; then : >"$dir/$number.body"; fi
}""",
    "follow": r"""follow() { # follow N M: ask, as N, for the page that the answer M names as the next, if it names one
	link=$(next_of "$2")
	: >"$dir/$1.body"
	: >"$dir/$1.head"
	echo none >"$dir/$1.status"
	[ -n "$link" ] && ask "$1" curl -g "$link"
}""",
    "rest": r"""rest() { # rest N: follow the pages after the answer N to the last, and add their numbers to $pages
	last=$1 more=0
	while [ $more -lt 50 ] && [ -n "$(next_of "$last")" ]; do
		more=$((more + 1))
		follow "rest$more" "$last"
		last=rest$more
		pages="$pages $last"
	done
}""",
    "next_of": r"""next_of() { # the URL that Link gives for the relation next, nothing without one
	header "$1" link | tr ',' '\n' | grep -iE ';[ ]*rel=("([^"]* )?next( [^"]*)?"|next *(;|$))' | sed 's/^[^<]*<//; s/>.*//' | head -n 1 |
		while IFS= read -r link; do
			case $link in
			*://*/*) path=${link#*://}; printf '%s\n' "$origin/${path#*/}" ;;
			/*) printf '%s\n' "$origin$link" ;;
			\?*) printf '%s\n' "$url/tasks$link" ;;
			*) printf '%s\n' "$url/${link#./}" ;;
			esac
		done
}""",
    "create_each": r"""create_each() { # create_each N K: create a task of each line, as requests N, N+1, …; the ids are $idK, …
	number_of=$1 name_of=$2
	sed 's/[\\"]/\\&/g' >"$dir/bodies"
	while IFS= read -r line; do
		racer "$number_of" /tasks
		printf 'request = "POST"\nheader = "Content-Type: application/json"\ndata-raw = "%s"\n' "$line"
		number_of=$((number_of + 1))
	done <"$dir/bodies" >"$dir/requests"
	in_turn <"$dir/requests"
	heads
	number_of=$1
	while IFS= read -r line; do
		: >"$dir/$number_of.made"
		remember "$number_of" || quit "$number_of"
		eval "id$name_of=\$new"
		number_of=$((number_of + 1)) name_of=$((name_of + 1))
	done <"$dir/bodies"
}""",
    "read_each": r"""read_each() { # read_each N ID …: read each task, as requests N, N+1, …; it is as it was written last
	reads=$1
	shift
	for id; do
		racer "$reads" "/tasks/$id"
		reads=$((reads + 1))
	done >"$dir/requests"
	in_turn <"$dir/requests"
	heads
	reads=$((reads - $#))
	for id; do
		cmp -s "$dir/$reads.body" "$dir/of.$id.body" || [ ! -e "$dir/of.$id.body" ] || same_document "$reads" "of.$id" || broken "$reads" 'what was written last'
		reads=$((reads + 1))
	done
}""",
    "remember": r"""remember() { # remember N: the task in the answer N is written like that
	new=$(id_of "$1") && cp "$dir/$1.body" "$dir/of.$new.body"
}""",
    "status": r"""status() { cat "$dir/$1.status"; } # the status of an answer, 000 where none came""",
    "header": r"""header() { # header N NAME: the value of a header, in small letters its name
	tr -d '\r' <"$dir/$1.head" | awk -v name="$2" '
		/^HTTP\// { value = ""; found = 0 }
		{ colon = index($0, ":") }
		colon && tolower(substr($0, 1, colon - 1)) == name {
			text = substr($0, colon + 1)
			sub(/^[ \t]+/, "", text)
			sub(/[ \t]+$/, "", text)
			value = found++ ? value ", " text : text
		}
		END { if (found) print value }'
}""",
    "flat": r"""flat() { # the JSON of a body, a line for each value
	od -An -v -tu1 <"$dir/$1.body" | awk "$json"
}""",
    "id_of": r"""id_of() { flat "$1" | sed -n 's/^\.id \([0-9][0-9]*\)$/\1/p' | grep .; } # the id of the task in a body""",
    "ids_of": r"""ids_of() { flat "$1" | sed -n 's/^\[[0-9]*\]\.id //p'; } # the ids of a page, in its order""",
    "entry": r"""entry() { # entry N ID: what a page shows of a task, as if that were the whole body
	flat "$1" | awk -v id="$2" '
		{
			end = index($0, "]")
			place = substr($0, 1, end)
			rest = substr($0, end + 1)
			shown[place] = shown[place] (rest ~ /^ / ? "." : "") rest "\n"
			if (end && rest == ".id " id) wanted[place] = 1
		}
		END { for (place in wanted) printf "%s", shown[place] }'
}""",
    "tag_of": r"""tag_of() { header "$1" etag | sed 's/^W\///' | grep '^".*"$' | sed 's/^"//; s/"$//' | grep .; } # an entity tag, unquoted""",
    "status_is": r"""status_is() { # status_is N STATUS …: the status is one of these patterns
	answered=$(status "$1")
	shift
	for wanted; do
		# shellcheck disable=SC2254
		case $answered in $wanted) return ;; esac
	done
	return 1
}""",
    "body_is": r"""body_is() { # body_is N <<LINES: the body is the JSON value of these lines
	sort >"$dir/wanted"
	flat "$1" | sort | cmp -s - "$dir/wanted"
}""",
    "body_has": r"""body_has() { # body_has N <<LINES: the body has each of these lines
	flat "$1" >"$dir/shown"
	has_lines
}""",
    "entry_is": r"""entry_is() { # entry_is N ID <<LINES: the page has the task once, and the entry has no other value for these lines
	entry "$1" "$2" >"$dir/shown"
	[ "$(ids_of "$1" | grep -cxF -e "$2")" -eq 1 ] || return 1
	grep -v '^\. ' >"$dir/members"
	while IFS= read -r line; do
		grep -qF -e "${line%% *} " "$dir/shown" || continue
		grep -qxF -e "$line" "$dir/shown" || return 1
	done <"$dir/members"
}""",
    "has_lines": r"""has_lines() {
	while IFS= read -r line; do
		grep -qxF -e "$line" "$dir/shown" || return 1
	done
}""",
    "is_error": r"""is_error() { # the body is an Error
	flat "$1" >"$dir/shown"
	grep -qE '^\.error ".+"$' "$dir/shown" &&
		! grep -vE '^(\. object|\.error ".*"|\.details array|\.details\[[0-9]+\] object|\.details\[[0-9]+\]\.(field|message) ".*")$' "$dir/shown" >/dev/null &&
		[ "$(grep -c '^\.details array' "$dir/shown")" -eq "$(grep -c '^\.details\[0\] object' "$dir/shown")" ] &&
		[ "$(grep -c '^\.details\[[0-9]*\]\.' "$dir/shown")" -eq $((2 * $(grep -c '^\.details\[[0-9]*\] object' "$dir/shown"))) ]
}""",
    "are_tasks": r"""are_tasks() { # are_tasks N COUNT: the lines of the body are those of so many tasks; * counts them itself
	flat "$1" | sed 's/^\[[0-9]*\]//; s/^ /. /' | sed '/^\. array$/d' >"$dir/shown"
	count=$2
	[ "$count" = '*' ] && count=$(grep -c '^\. object$' "$dir/shown")
	! grep -vE '^(\. object|\.id [1-9][0-9]*|\.title ".+"|\.description ".*"|\.done (true|false))$' "$dir/shown" >/dev/null &&
		[ "$(grep -c . "$dir/shown")" -eq $((5 * count)) ]
}""",
    "same_field": r"""same_field() { [ "$(header "$1" "$3")" = "$(header "$2" "$3")" ] && [ -n "$(header "$2" "$3")" ]; }""",
    "same_document": r"""same_document() { [ "$(flat "$1" | sort)" = "$(flat "$2" | sort)" ]; }""",
    "bytes_after_head": r"""bytes_after_head() { # bytes_after_head METHOD PATH HEADER …: how many bytes follow the head
	{
		printf '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n' "$1" "$base$2" "$authority"
		shift 2
		[ $# -eq 0 ] || printf '%s\r\n' "$@"
		printf '\r\n'
	} | raw 5 >"$dir/raw"
	od -An -v -tu1 <"$dir/raw" | awk '
		{ for (i = 1; i <= NF; i++) b[n++] = $i }
		END {
			for (i = 0; i < n; i++)
				if (b[i] == 13 && b[i + 1] == 10 && b[i + 2] == 13 && b[i + 3] == 10) { print n - i - 4; exit }
			print "none"
		}'
}""",
    "in_digits": r"""in_digits() { # in_digits ID DIGIT …: the id in other digits, which are given from zero on
	printf '%s\n' "$@" | awk '
		NR == 1 { id = $0 }
		{ digit[NR - 2] = $0 }
		END { for (i = 1; i <= length(id); i++) printf "%s", digit[substr(id, i, 1)] }'
}""",
    "raw": r"""raw() { # raw SECONDS: write the input to a connection, and print what comes back until it ends, or so long
	curl -q -s -N -m "$1" --noproxy '*' "telnet://$authority"
}""",
    "needs_telnet": r"""needs_telnet() { curl --version | grep -qw telnet || unable 'it needs a curl that speaks telnet'; }""",
    "unable": r"""unable() { # unable WHY: this cannot be shown here
	echo "$(basename "$0"): not reproducible with curl, since $1. Run: task-contract run $url --only ENTRY" >&2
	exit 2
}""",
    "wrong": r"""wrong() { # wrong WHAT: the bytes that came are others than these
	echo "$(basename "$0"): the connection still brings $(head -c 600 "$dir/raw" | tr '\r\n\000' '   ')"
	echo "It must be: $1."
	exit 1
}""",
    "is_in_step": r"""is_in_step() { # is_in_step METHOD STATUS …: the bytes are a whole answer with such a status, and another one or none
	od -An -v -tu1 <"$dir/raw" | awk -v method="$1" "$messages" >"$dir/shown"
	shift
	first=$(head -n 1 "$dir/shown")
	case $(sed 1d "$dir/shown") in '' | '200 whole') ;; *) return 1 ;; esac
	for wanted; do
		# shellcheck disable=SC2254
		case $first in $wanted' whole') return ;; esac
	done
	return 1
}""",
    "racer": r"""racer() { # racer N PATH: the lines for a curl that sends a GET, as request N
	printf 'next\nurl = "%s"\noutput = "%s"\ndump-header = "%s"\n' "$url$2" "$dir/$1.body" "$dir/$1.head"
	printf 'max-time = 30\nhttp1.1\nnoproxy = "*"\n'
	@CONFIG@
	rm -f "$dir/$1.status" "$dir/$1.head"
	: >"$dir/$1.body"
}""",
    "at_once": r"""at_once() { # send the requests of these lines at the same time, each on a connection of its own
	curl -q -s -S -Z --parallel-immediate --parallel-max 100 -K - 2>"$dir/errors"
	heads
}""",
    "in_turn": r"""in_turn() { # send the requests of these lines one after the other, on one connection
	curl -q -s -K -
}""",
    "await": r"""await() { # forget older answers under these numbers
	for number; do
		rm -f "$dir/$number.status" "$dir/$number.head"
		: >"$dir/$number.body"
	done
}""",
    "heads": r"""heads() { # take the status of each answer from its head
	for head in "$dir"/*.head; do
		head=${head%.head}
		[ -e "$head.status" ] || { sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$head.head" | tail -n 1 >"$head.status"; }
	done
}""",
    "broken": r"""broken() { # broken N WHAT: the server still does not do this
	echo "$(basename "$0"): request $1 is still answered with $(status "$1") $(head -c 300 "$dir/$1.body" | tr -d '\000')"
	echo "It must be: $2."
	exit 1
}""",
    "quit": r"""quit() { # quit N: what the rest builds on did not happen
	echo "$(basename "$0"): request $1 did not do what the rest builds on: $(status "$1") $(head -c 300 "$dir/$1.body")" >&2
	exit 2
}""",
    "tidy": r"""tidy() { # delete what was created
	for made in "$dir"/*.made; do
		[ -e "$made" ] || continue
		rm "$made"
		made=${made##*/}
		new=$(id_of "${made%.made}") || continue
		racer deleted "/tasks/$new"
		printf 'request = "DELETE"\n'
	done >"$dir/requests"
	[ ! -s "$dir/requests" ] || in_turn <"$dir/requests"
	rm -f "$dir"/of.*
}""",
}


def functions_for(text: str) -> Iterator[str]:
    """The definitions of the functions that a script uses, those that they use included."""
    used: set[str] = set()
    texts = [text]
    while texts:
        words = set(re.findall(r"\w+", texts.pop()))
        new = [name for name in _FUNCTIONS if name in words and name not in used]
        used.update(new)
        texts += [_FUNCTIONS[name] for name in new]
    if "flat" in used:
        yield JSON_READER
    if "is_in_step" in used:
        yield MESSAGES
    for name, definition in _FUNCTIONS.items():
        if name in used:
            yield definition


def flat_lines(value: JsonValue, path: str = "") -> Iterator[str]:
    """The lines of a JSON value; the same as the script makes of its text."""
    where = path or "."
    if value is NO_JSON:
        yield "no JSON"
    elif isinstance(value, dict):
        yield f"{where} object"
        for name, member in value.items():
            yield from flat_lines(member, f"{path}.{_shown(name, named=True)}")
    elif isinstance(value, list):
        yield f"{where} array"
        for number, member in enumerate(value):
            yield from flat_lines(member, f"{path}[{number}]")
    elif isinstance(value, str):
        yield f'{where} "{_shown(value)}"'
    else:
        words = {True: "true", False: "false", None: "null"}
        yield f"{where} {words[value] if value is None or isinstance(value, bool) else value}"


def _shown(text: str, named: bool = False) -> str:
    special = '"\\' + (".[ " if named else "")
    return "".join(c if " " <= c <= "~" and c not in special else f"\\u{{{ord(c):x}}}" for c in text)
