"""Races as scripts: what holds when several clients are at work at the same moment, tried round after round.

The requests that overlap are those of one curl, which opens all of its connections at once.
"""

from __future__ import annotations

_HEAD = r"""
write() { # write N ID K [HEADER]: the lines for a curl that replaces a task with state K, as request N
	racer "$1" "/tasks/$2"
	printf 'request = "PUT"\nheader = "Content-Type: application/json"\n'
	[ -z "$4" ] || printf 'header = "%s"\n' "$4"
	printf 'data-raw = "{\\"title\\": \\"state %s\\", \\"description\\": \\"of state %s\\", \\"done\\": %s}"\n' "$3" "$3" "$(parity "$3")"
}
create() { # create N K: ask, as N, for a task in state K
	ask "$1" curl -X POST "$url/tasks" -H 'Content-Type: application/json' \
		--data-raw "{\"title\": \"state $2\", \"description\": \"of state $2\", \"done\": $(parity "$2")}"
	new=$(id_of "$1") || quit "$1"
}
parity() { if [ $(($1 % 2)) -eq 0 ]; then echo false; else echo true; fi; }
is_whole() { # is_whole ID FILE: the lines are those of the task in one of its states
	state=$(sed -n 's/^\.title "state \([0-9]*\)"$/\1/p' "$2")
	[ -n "$state" ] && printf '%s\n' '. object' ".description \"of state $state\"" ".done $(parity "$state")" ".id $1" \
		".title \"state $state\"" | sort >"$dir/wanted" && sort "$2" | cmp -s - "$dir/wanted"
}
"""

_ROUNDS = """
round=0
while [ $round -lt {rounds} ]; do
	round=$((round + 1))
{body}
	tidy
done"""


def _rounds(rounds: int, body: str) -> str:
    lines = ("\t" + line if line else "" for line in body.strip("\n").splitlines())
    return _HEAD + _ROUNDS.format(rounds=rounds, body="\n".join(lines))


RACES: dict[str, str] = {
    "race.create": _rounds(
        8,
        r"""
for n in $(seq 16); do
	racer "$n" /tasks
	printf 'request = "POST"\nheader = "Content-Type: application/json"\n'
	printf 'data-raw = "{\\"title\\": \\"racer %s\\"}"\n' "$n"
done | at_once
issued=
for n in $(seq 16); do
	: >"$dir/$n.made"
	status_is "$n" '2??' || broken "$n" 'status 201'
	new=$(id_of "$n") || quit "$n"
	case " $issued " in *" $new "*) broken "$n" 'an id that no other POST was answered' ;; esac
	issued="$issued $new"
done
n=0
first=$(printf '%s\n' $issued | sort -n | head -n 1)
ask page curl "$url/tasks?after=$((first - 1))"
for id in $issued; do
	n=$((n + 1))
	ask read curl "$url/tasks/$id"
	flat read | grep -qxF -e ".title \"racer $n\"" || broken read "the task that POST $n created"
	ids_of page | grep -qxF -e "$id" || broken page "a page that has task $id"
done
""",
    ),
    "race.update": _rounds(
        10,
        r"""
create before 1
id=$new
create task 0
{
	for n in $(seq 12); do
		write "$n" "$new" "$n"
		racer "$((n + 12))" "/tasks/$new"
		[ "$n" -gt 6 ] || racer "$((n + 24))" "/tasks?after=$((new - 1))&limit=1"
	done
} | at_once
for n in $(seq 30); do
	status_is "$n" 200 || broken "$n" 'status 200'
	if [ "$n" -gt 24 ]; then entry "$n" "$new" >"$dir/shown"; else flat "$n" >"$dir/shown"; fi
	is_whole "$new" "$dir/shown" || broken "$n" 'one of the states that were written'
done
ask last curl "$url/tasks/$new"
flat last >"$dir/shown"
is_whole "$new" "$dir/shown" || broken last 'one of the states that were written'
ask page curl "$url/tasks?after=$((new - 1))"
[ "$(entry page "$new" | sort)" = "$(flat last | sort)" ] || broken page 'the task as it reads by id'
""",
    ),
    "race.if-match": _rounds(
        12,
        r"""
create task 0
tag=$(tag_of task) || quit task
for n in $(seq 16); do
	write "$n" "$new" "$n" "If-Match: \\\"$tag\\\""
done | at_once
won=0
for n in $(seq 16); do
	status_is "$n" 200 412 || broken "$n" 'status 200 or 412'
	if status_is "$n" 200; then won=$((won + 1)); fi
done
[ "$won" -eq 1 ] || broken 1 "that one of 16 PUTs is 200, not $won of them"
""",
    ),
    "race.delete": _rounds(
        16,
        r"""
create task 0
puts=$((round % 2 * 8))
{
	n=0
	while [ $n -lt $puts ]; do
		n=$((n + 1))
		write "put$n" "$new" "$n"
	done
	for n in $(seq 8); do
		racer "$n" "/tasks/$new"
		echo 'request = "DELETE"'
	done
} | at_once
won=0
for n in $(seq 8); do
	status_is "$n" '2??' 404 || broken "$n" 'status 200 or 404'
	if status_is "$n" '2??'; then won=$((won + 1)); fi
done
[ "$won" -eq 1 ] || broken 1 "that one of 8 DELETEs is 200, not $won of them"
ask read curl "$url/tasks/$new"
status_is read 404 || broken read 'status 404'
""",
    ),
    "race.list": _rounds(
        6,
        r"""
stable= changing=
for n in $(seq 8); do
	create "new$n" $((n % 2))
	if [ $((n % 2)) -eq 1 ]; then stable="$stable $new"; else changing="$changing $new"; fi
	[ "$n" -ne 1 ] || first=$new
done
for id in $changing; do
	for k in $(seq 6); do write "put$id-$k" "$id" "$k"; done | in_turn &
done
for client in a b; do
	for k in $(seq 6); do
		racer "added$client$k" /tasks
		printf 'request = "POST"\nheader = "Content-Type: application/json"\n'
		printf 'data-raw = "{\\"title\\": \\"added %s\\"}"\n' "$k"
	done | in_turn &
done
for client in a b c d; do
	for k in $(seq 6); do racer "page$client$k" "/tasks?after=$((first - 1))"; done | in_turn &
done
for k in $(seq 6); do racer "pagedone$k" "/tasks?done=true&after=$((first - 1))"; done | in_turn &
wait
heads
for added in "$dir"/added*.body; do : >"${added%.body}.made"; done
for page in "$dir"/page*.body; do
	page=$(basename "$page" .body)
	status_is "$page" 200 || broken "$page" 'status 200'
	shown=$(ids_of "$page")
	[ "$shown" = "$(printf '%s\n' "$shown" | sort -n -u)" ] || broken "$page" 'ascending ids, none twice'
	for id in $stable; do
		case " $(echo $shown) " in *" $id "*) ;; *) broken "$page" "a page that has task $id, which was there throughout" ;; esac
	done
done
""",
    ),
    "race.linearizable": _rounds(
        8,
        r"""
create task 0
for n in $(seq 8); do
	{
		write "put$n" "$new" "$n"
		racer "read$n" "/tasks/$new"
	} | in_turn &
	for k in a b c; do racer "read$k$n" "/tasks/$new"; done | in_turn &
done
wait
heads
for n in $(seq 8); do
	status_is "put$n" 200 || broken "put$n" 'status 200'
	for read in read$n reada$n readb$n readc$n; do
		status_is "$read" 200 || broken "$read" 'status 200'
	done
	! flat "read$n" | grep -qx '\.title "state 0"' || broken "read$n" 'what a PUT left, no older state'
done
ask last curl "$url/tasks/$new"
! flat last | grep -qx '\.title "state 0"' || broken last 'what a PUT left, no older state'
for k in $(seq 4); do
	create "task$k" 0
	{
		for n in 1 2; do racer "before$n" "/tasks/$new"; done
		write put9 "$new" 9
		for n in 1 2; do racer "after$n" "/tasks/$new"; done
	} | at_once
	status_is put9 200 || broken put9 'status 200'
	ask last curl "$url/tasks/$new"
	flat last | grep -qx '\.title "state 9"' || broken last 'the state that the last PUT left'
done
""",
    ),
}
"""The script of each requirement about races, from behind its prelude to its end."""
