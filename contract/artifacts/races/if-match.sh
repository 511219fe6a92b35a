# put_kept N ID K HEADER: the lines for a curl that changes a task but for its title, as request N
put_kept() {
	racer "$1" "/tasks/$2"
	printf 'request = "PUT"\nheader = "Content-Type: application/json"\nheader = "%s"\n' "$4"
	printf 'data-raw = "{\\"title\\": \\"state 0\\", \\"description\\": \\"text %s%s\\"}"\n' "$3" "$5"
}

# put_long N ID K HEADER: the same with a long description
put_long() { put_kept "$@" "$(printf '%1500s')"; }

round=0
while [ $round -lt 12 ]; do
	round=$((round + 1))
	create_state task 0
	tag=$(tag_of task) || quit task
	case $((round % 4)) in 0) put=put_kept ;; 2) put=put_long ;; *) put=put_state ;; esac
	condition="If-Match: \\\"$tag\\\""
	[ $((round % 3)) -gt 0 ] || condition="$condition, \\\"no such tag\\\""
	for n in $(seq 16); do
		$put "$n" "$new" "$n" "$condition"
	done | at_once
	won=0
	for n in $(seq 16); do
		status_is "$n" 200 412 || broken "$n" 'status 200 or 412'
		if status_is "$n" 200; then won=$((won + 1)); fi
	done
	[ "$won" -eq 1 ] || broken 1 "that one of 16 PUTs is 200, not $won of them"
	tidy
done
