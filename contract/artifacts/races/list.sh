round=0
while [ $round -lt 6 ]; do
	round=$((round + 1))
	stable= done= changing=
	for n in $(seq 8); do
		create_state "new$n" $((n % 4 > 0))
		case $((n % 4)) in 0) changing="$changing $new" ;; 2) done="$done $new" ;; *) stable="$stable $new" ;; esac
		[ "$n" -ne 1 ] || first=$new
	done
	for id in $changing; do
		for k in $(seq 6); do put_state "put$id-$k" "$id" "$k"; done | in_turn &
	done
	for id in $done; do
		for k in $(seq 6); do put_state "put$id-$k" "$id" $((2 * k + 1)); done | in_turn &
	done
	for client in a b; do
		for k in $(seq 6); do
			post_title "added$client$k" "added $k"
		done | in_turn &
	done
	for client in a b c d; do
		for k in $(seq 6); do racer "page$client$k" "/tasks?after=$((first - 1))"; done | in_turn &
	done
	for k in $(seq 6); do racer "pagedone$k" "/tasks?done=true&after=$((first - 1))"; done | in_turn &
	wait
	heads
	changing="$done $changing"
	for id in $changing; do ask "left$id" curl "$url/tasks/$id"; done
	ask pageleft curl "$url/tasks?after=$((first - 1))"
	ask pagedoneleft curl "$url/tasks?done=true&after=$((first - 1))"
	for id in $changing; do
		[ "$id" -gt "$first" ] || continue
		flat "left$id" | sort >"$dir/now"
		entry pageleft "$id" | sort | cmp -s - "$dir/now" || broken pageleft "task $id as it reads by id"
	done
	for added in "$dir"/added*.body; do : >"${added%.body}.made"; done
	for page in "$dir"/page*.body; do
		page=$(basename "$page" .body)
		status_is "$page" 200 || broken "$page" 'status 200'
		shown=$(ids_of "$page")
		[ "$shown" = "$(printf '%s\n' "$shown" | sort -n -u)" ] || broken "$page" 'ascending ids, none twice'
		case $page in pagedone*) there="$stable $done" ;; *) there="$stable $changing" ;; esac
		case $page in pageleft) there="$there $(for added in "$dir"/added*.body; do id_of "$(basename "$added" .body)"; done)" ;; esac
		for id in $there; do
			[ "$id" -lt "$first" ] || echo "$shown" | grep -qxF -e "$id" || broken "$page" "a page that has task $id, which was there throughout"
		done
	done
	tidy
done
