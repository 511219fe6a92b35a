# ask N curl …: send a request, and keep what answers it under the number N
ask() { alone "$@" @HEADERS@; }

# alone N curl …: the same without the headers of all requests
alone() {
	number=$1 program=$2
	shift 2
	: >"$dir/$number.body"
	: >"$dir/$number.head"
	[ "$1 $2" != '-X POST' ] || : >"$dir/$number.made"
	"$program" -q -s -m 30 --http1.1 --noproxy '*' -D "$dir/$number.head" -o "$dir/$number.body" \
		-w '%{http_code}' -H 'Expect:' @TLS@ "$@" >"$dir/$number.status"
	if [ "$1" = -I ]; then : >"$dir/$number.body"; fi
}

# follow N M: ask, as N, for the page that the answer M names as the next, if it names one
follow() {
	link=$(next_of "$2")
	: >"$dir/$1.body"
	: >"$dir/$1.head"
	echo none >"$dir/$1.status"
	[ -n "$link" ] && ask "$1" curl -g "$link"
}

# rest N: follow the pages after the answer N to the last, and add their numbers to $pages
rest() {
	last=$1 more=0
	while [ $more -lt 50 ] && [ -n "$(next_of "$last")" ]; do
		more=$((more + 1))
		follow "rest$more" "$last"
		last=rest$more
		pages="$pages $last"
	done
}

# the URL that Link gives for the relation next, nothing without one
next_of() {
	header "$1" link | tr ',' '\n' | grep -iE '; *rel=("([^"]* )?next( [^"]*)?"|next *(;|$))' |
		sed 's/^[^<]*<//; s/>.*//' | head -n 1 |
		while IFS= read -r link; do
			case $link in
			*://*/*)
				path=${link#*://}
				printf '%s\n' "$origin/${path#*/}"
				;;
			/*) printf '%s\n' "$origin$link" ;;
			\?*) printf '%s\n' "$url/tasks$link" ;;
			*) printf '%s\n' "$url/${link#./}" ;;
			esac
		done
}

# create_each N K: create a task of each line, as requests N, N+1, …; the ids are $idK, …
create_each() {
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
		remember "$number_of" || quit "$number_of"
		eval "id$name_of=\$new"
		number_of=$((number_of + 1)) name_of=$((name_of + 1))
	done <"$dir/bodies"
}

# remember N: the task in the answer N is written like that
remember() {
	: >"$dir/$1.made"
	new=$(id_of "$1") && cp "$dir/$1.body" "$dir/of.$new.body"
}

# read_each N ID …: read each task, as requests N, N+1, …; it is as it was written last
read_each() {
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
		[ ! -e "$dir/of.$id.body" ] || cmp -s "$dir/$reads.body" "$dir/of.$id.body" ||
			same_document "$reads" "of.$id" || broken "$reads" 'what was written last'
		reads=$((reads + 1))
	done
}

# racer N PATH: the lines for a curl that sends a GET, as request N
racer() {
	begin "$1"
	quoted url "$url$2"
}

# send the requests of these lines at the same time, each on a connection of its own
at_once() {
	curl -q -s -Z --parallel-immediate --parallel-max 100 -K - 2>"$dir/errors"
	heads
}

# send the requests of these lines one after the other, on one connection
in_turn() {
	curl -q -s -K -
}

# turn N C curl …: the lines for a curl that sends a request, as request N, on the connection C
turn() {
	begin "$1"
	echo "local-port = $((port + $2))-60000"
	shift 3
	while [ $# -gt 0 ]; do
		case $1 in
		-I) printf 'head\noutput = /dev/null\n' ;;
		-g) echo globoff ;;
		--path-as-is) echo path-as-is ;;
		-X) quoted request "$2" ;;
		-H) quoted header "$2" ;;
		--data-raw | --data-binary) quoted "${1#--}" "$2" ;;
		*) quoted url "$1" ;;
		esac
		case $1 in -X | -H | --data-*) shift ;; esac
		shift
	done
}

# begin N: the first lines for a curl that sends a request, as request N
begin() {
	rm -f "$dir/$1.status" "$dir/$1.head"
	: >"$dir/$1.body"
	printf 'next\nmax-time = 30\nhttp1.1\nnoproxy = "*"\nheader = "Expect:"\n'
	quoted output "$dir/$1.body"
	quoted dump-header "$dir/$1.head"
	@CONFIG@
}

# quoted NAME VALUE: an option as a line for a curl
quoted() { printf '%s = "%s"\n' "$1" "$(printf %s "$2" | sed 's/[\\"]/\\&/g')"; }

# take the status of each answer from its head
heads() {
	for head in "$dir"/*.head; do
		head=${head%.head}
		[ -e "$head.status" ] || sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$head.head" | tail -n 1 >"$head.status"
	done
}

# the status of an answer, 000 where none came
status() { cat "$dir/$1.status"; }

# an answer, shortened
answer() { echo "$(status "$1") $(head -c 300 "$dir/$1.body" | tr -d '\000')"; }

# header N NAME: the value of a header, in small letters its name
header() {
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
}

# the JSON of a body, a line for each value
flat() {
	json='@json.awk@'
	od -An -v -tu1 <"$dir/$1.body" | awk "$json"
}

# the id of the task in a body
id_of() { flat "$1" | sed -n 's/^\.id \([0-9][0-9]*\)$/\1/p' | grep .; }

# the ids of a page, in its order
ids_of() { flat "$1" | sed -n 's/^\[[0-9]*\]\.id //p'; }

# entry N ID: what a page shows of a task, as if that were the whole body
entry() {
	flat "$1" | awk -v id="$2" '
		{
			end = index($0, "]")
			place = substr($0, 1, end)
			rest = substr($0, end + 1)
			shown[place] = shown[place] (rest ~ /^ / ? "." : "") rest "\n"
			if (end && rest == ".id " id) wanted[place] = 1
		}
		END { for (place in wanted) printf "%s", shown[place] }'
}

# an entity tag, unquoted
tag_of() { header "$1" etag | sed 's/^W\///' | grep '^".*"$' | sed 's/^"//; s/"$//' | grep .; }

# status_is N STATUS …: the status is one of these patterns
status_is() {
	answered=$(status "$1")
	shift
	for wanted; do
		# shellcheck disable=SC2254
		case $answered in $wanted) return ;; esac
	done
	return 1
}

# body_is N <<LINES: the body is the JSON value of these lines
body_is() {
	sort >"$dir/wanted"
	flat "$1" | sort | cmp -s - "$dir/wanted"
}

# body_has N <<LINES: the body has each of these lines
body_has() {
	flat "$1" >"$dir/shown"
	has_lines
}

# entry_is N ID <<LINES: the page has the task once, and the entry has no other value for these lines
entry_is() {
	entry "$1" "$2" >"$dir/shown"
	[ "$(ids_of "$1" | grep -cxF -e "$2")" -eq 1 ] || return 1
	grep -v '^\. ' >"$dir/members"
	while IFS= read -r line; do
		grep -qF -e "${line%% *} " "$dir/shown" || continue
		grep -qxF -e "$line" "$dir/shown" || return 1
	done <"$dir/members"
}

has_lines() {
	while IFS= read -r line; do
		grep -qxF -e "$line" "$dir/shown" || return 1
	done
}

# the body is an Error
is_error() {
	flat "$1" | sed 's/^\.details\[[0-9]*\]/.entry/' >"$dir/shown"
	entries=$(grep -c '^\.entry object$' "$dir/shown")
	grep -qE '^\.error ".+"$' "$dir/shown" &&
		! grep -qvE '^(\. object|\.error ".*"|\.details array|\.entry object|\.entry\.(field|message) ".*")$' "$dir/shown" &&
		[ "$(grep -c '^\.details array$' "$dir/shown")" -eq $((entries > 0)) ] &&
		[ "$(grep -c '^\.entry\.field ' "$dir/shown")" -eq "$entries" ] &&
		[ "$(grep -c '^\.entry\.message ' "$dir/shown")" -eq "$entries" ]
}

# are_tasks N COUNT: the lines of the body are those of so many tasks; * counts them itself
are_tasks() {
	flat "$1" | sed 's/^\[[0-9]*\]//; s/^ /. /' | sed '/^\. array$/d' >"$dir/shown"
	count=$2
	[ "$count" != '*' ] || count=$(grep -c '^\. object$' "$dir/shown")
	! grep -qvE '^(\. object|\.id [1-9][0-9]*|\.title ".+"|\.description ".*"|\.done (true|false))$' "$dir/shown" &&
		[ "$(grep -c . "$dir/shown")" -eq $((5 * count)) ]
}

same_field() { [ "$(header "$1" "$3")" = "$(header "$2" "$3")" ] && [ -n "$(header "$2" "$3")" ]; }

same_document() { [ "$(flat "$1" | sort)" = "$(flat "$2" | sort)" ]; }

# bytes_after_head METHOD PATH HEADER …: how many bytes follow the head
bytes_after_head() {
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
}

# raw SECONDS: write the input to a connection, and print what comes back until it ends, or so long
raw() {
	curl -q -s -N -m "$1" --noproxy '*' "telnet://$authority"
}

needs_telnet() { curl --version | grep -qw telnet || unable 'it needs a curl that speaks telnet'; }

# is_in_step ENDED TIMES METHOD STATUS …: the bytes are so many whole answers with such a status, and another one, or
# none since the connection ended: curl had not to wait for that
is_in_step() {
	messages='@messages.awk@'
	ended=$1 times=$2
	od -An -v -tu1 <"$dir/raw" | awk -v method="$3" "$messages" >"$dir/shown"
	shift 3
	case $(sed "1,${times}d" "$dir/shown") in '') [ "$ended" -ne 28 ] || return 1 ;; '200 whole') ;; *) return 1 ;; esac
	for number in $(seq "$times"); do
		one=$(sed -n "${number}p" "$dir/shown")
		known=no
		for wanted; do
			# shellcheck disable=SC2254
			case $one in $wanted' whole') known=yes ;; esac
		done
		[ -n "$one" ] || [ "$number" -eq 1 ] || known=yes
		[ $known = yes ] || return 1
	done
}

# in_digits ID DIGIT …: the id in other digits, which are given from zero on
in_digits() {
	printf '%s\n' "$@" | awk '
		NR == 1 { id = $0 }
		{ digit[NR - 2] = $0 }
		END { for (i = 1; i <= length(id); i++) printf "%s", digit[substr(id, i, 1)] }'
}

# broken N WHAT: the server still does not do this
broken() {
	echo "$(basename "$0"): request $1 is still answered with $(answer "$1")"
	echo "It must be: $2."
	exit 1
}

# quit N: what the rest builds on did not happen
quit() {
	echo "$(basename "$0"): request $1 did not do what the rest builds on: $(answer "$1")" >&2
	exit 2
}

# wrong WHAT: the bytes that came are others than these
wrong() {
	echo "$(basename "$0"): the connection still brings $(head -c 600 "$dir/raw" | tr '\r\n\000' '   ')"
	echo "It must be: $1."
	exit 1
}

# unable WHY: this cannot be shown here
unable() {
	echo "$(basename "$0"): not reproducible with curl, since $1. Run: task-contract run $url --only @ENTRY@" >&2
	exit 2
}

# delete what was created
tidy() {
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
}

parity() { if [ $(($1 % 2)) -eq 0 ]; then echo false; else echo true; fi; }

# create_state N K: ask, as N, for a task in state K; its id is $new
create_state() {
	ask "$1" curl -X POST "$url/tasks" -H 'Content-Type: application/json' \
		--data-raw "{\"title\": \"state $2\", \"description\": \"of state $2\", \"done\": $(parity "$2")}"
	new=$(id_of "$1") || quit "$1"
}

# put_state N ID K [HEADER]: the lines for a curl that brings a task into state K, as request N
put_state() {
	racer "$1" "/tasks/$2"
	printf 'request = "PUT"\nheader = "Content-Type: application/json"\n'
	[ -z "$4" ] || printf 'header = "%s"\n' "$4"
	printf 'data-raw = "{\\"title\\": \\"state %s\\", \\"description\\": \\"of state %s\\", ' "$3" "$3"
	printf '\\"done\\": %s}"\n' "$(parity "$3")"
}

# post_title N TITLE: the lines for a curl that creates a task, as request N
post_title() {
	racer "$1" /tasks
	printf 'request = "POST"\nheader = "Content-Type: application/json"\n'
	printf 'data-raw = "{\\"title\\": \\"%s\\"}"\n' "$2"
}

# is_state ID FILE: the lines in the file are those of the task in one of its states
is_state() {
	state=$(sed -n 's/^\.title "state \([0-9]*\)"$/\1/p' "$2")
	[ -n "$state" ] || return 1
	printf '%s\n' '. object' ".description \"of state $state\"" ".done $(parity "$state")" ".id $1" \
		".title \"state $state\"" | sort >"$dir/wanted"
	sort "$2" | cmp -s - "$dir/wanted"
}
